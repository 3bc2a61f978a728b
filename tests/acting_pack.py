"""The small platform with actions, rules of approval, and hands that remember what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from graph.model.access import Role
from graph.model.actions import (
    ActionCategory,
    ActionParameter,
    ActionTemplate,
    OnNotBetter,
    ParameterKind,
    PolicyRule,
    Precondition,
    PreconditionKind,
    Risk,
    Verification,
)
from graph.model.base import Text
from graph.model.digest import canonical, sha256_hex
from graph.model.pack import DomainPack
from graph.model.remediation import ExecutorRef, Step, StepOutcome
from graph.model.topology import Component, Relation, RelationType, Scalar, Visibility, WindowKind
from reasoning.ports import StepAnswer
from tests.small_pack import PACK, small_pack, text

HANDS: Final = "cdn-control"
SWITCH: Final = f"{PACK}:switch"
CREDITS: Final = f"{PACK}:credits"
FAILOVER: Final = f"{PACK}:failover"
NODE, RECEIVER = f"{PACK}:cdn-a", f"{PACK}:cdn-b"
DATABASE: Final = f"{PACK}:exam-db"
SITE: Final = "hospital-9"


def acting_pack(*, spare_nodes: int = 0, executor: str = HANDS) -> DomainPack:
    """Build the pack; `spare_nodes` more CDN nodes hang on the origin and serve cdn-a's clients."""
    small = small_pack()
    spare = [_spare(number) for number in range(spare_nodes)]
    hidden = Component(
        id=f"{PACK}:cdn-hidden",
        kind="cdn_node",
        name=text("cdn-hidden"),
        site=SITE,
        visibility=Visibility.SITE,
    )
    return small.model_copy(
        update={
            "components": tuple(
                sorted([*small.components, *spare, hidden], key=lambda found: found.id)
            ),
            "relations": tuple(
                sorted(
                    [*small.relations, *(_used(node.id) for node in spare)],
                    key=lambda found: (found.source, found.type, found.target),
                )
            ),
            "actions": (_credits(executor), _failover(executor), _switch(executor)),
            "policies": _policies(),
        }
    )


def _spare(number: int) -> Component:
    slug = f"cdn-x{number:03d}"
    return Component(
        id=f"{PACK}:{slug}", kind="cdn_node", name=text(slug), aliases=(f"{slug}.local",)
    )


def _used(node_id: str) -> Relation:
    return Relation(
        source=f"{PACK}:client-r3-mobile",
        type=RelationType.ROUTES_TO,
        target=node_id,
        strength=0.01,
    )


def _switch(executor: str) -> ActionTemplate:
    return ActionTemplate(
        id=SWITCH,
        name=Text(zh="切换到备用节点", en="Switch to another node"),
        category=ActionCategory.CDN_SWITCH,
        kinds=("cdn_node",),
        risk=Risk.MEDIUM,
        parameters=(
            ActionParameter(
                id="receiver",
                name=Text(zh="接手的节点", en="Receiving node"),
                kind=ParameterKind.COMPONENT,
                kinds=("cdn_node",),
            ),
            ActionParameter(
                id="share",
                name=Text(zh="比例", en="Share"),
                kind=ParameterKind.INTEGER,
                minimum=10,
                maximum=90,
                unit="%",
                default=50,
            ),
        ),
        operation="switch_over",
        executor=executor,
        undo="switch_back",
        preconditions=(
            Precondition(
                id="not-drained",
                kind=PreconditionKind.STATE_IS_NOT,
                field="state",
                value="drained",
                text=Text(zh="还没有被切走", en="Not switched over yet"),
            ),
        ),
        verification=_read_back("serving_by", "{receiver}", OnNotBetter.ROLL_BACK),
        effects=Text(
            zh="{regions} 约 {users} 人改由 {receiver} 供课。",
            en="About {users} people in {regions} are served by {receiver}.",
        ),
        if_nothing=Text(zh="课程继续打不开：{steps}。", en="Courses go on failing: {steps}."),
        undo_text=Text(zh="几秒内回到 {target}。", en="Back to {target} within seconds."),
        minutes=1,
        expected_success=0.9,
    )


def _credits(executor: str) -> ActionTemplate:
    return ActionTemplate(
        id=CREDITS,
        name=Text(zh="重算学分", en="Recompute the credits"),
        category=ActionCategory.CREDIT_DATA,
        kinds=("database",),
        risk=Risk.MEDIUM,
        operation="recompute",
        executor=executor,
        touches_credit_data=True,
        verification=_read_back("state", "recomputed", OnNotBetter.HOLD_AND_ASK),
        effects=text("credits"),
        if_nothing=text("nothing"),
        undo_text=text("never"),
        minutes=5,
        expected_success=0.9,
    )


def _failover(executor: str) -> ActionTemplate:
    return ActionTemplate(
        id=FAILOVER,
        name=Text(zh="主从切换", en="Fail over"),
        category=ActionCategory.DATABASE_FAILOVER,
        kinds=("database",),
        risk=Risk.HIGH,
        operation="fail_over",
        executor=executor,
        verification=_read_back("state", "failed-over", OnNotBetter.HOLD_AND_ASK),
        effects=text("failover"),
        if_nothing=text("nothing"),
        undo_text=text("never"),
        minutes=5,
        expected_success=0.9,
    )


def _read_back(field_id: str, value: str, otherwise: OnNotBetter) -> Verification:
    return Verification(
        text=text("read back"),
        field=field_id,
        value=value,
        settle_s=0,
        deadline_s=1,
        on_not_better=otherwise,
    )


def _policies() -> tuple[PolicyRule, ...]:
    return (
        PolicyRule(
            id=f"{PACK}:exam-week",
            name=text("exam week"),
            windows=(WindowKind.EXAM_WEEK,),
            roles=(Role.ACADEMIC_LEAD,),
            why=Text(zh="正值考试周。", en="It is exam week."),
        ),
        PolicyRule(
            id=f"{PACK}:switch-over",
            name=text("switch-over"),
            categories=(ActionCategory.CDN_SWITCH,),
            roles=(Role.OPS_LEAD,),
            why=Text(zh="改变由谁供课。", en="It changes who serves."),
        ),
        PolicyRule(
            id=f"{PACK}:credit-data",
            name=text("credit data"),
            touches_credit_data=True,
            roles=(Role.OPS_LEAD, Role.ACADEMIC_LEAD),
            password_again=True,
            why=Text(zh="改动学分数据。", en="Credit data change."),
        ),
        PolicyRule(
            id=f"{PACK}:high-risk",
            name=text("high risk"),
            risks=(Risk.HIGH,),
            roles=(Role.OPS_LEAD, Role.PLATFORM_OWNER),
            why=Text(zh="高风险。", en="High risk."),
        ),
    )


@dataclass
class RecordingHands:
    """An `ActionRunner` that really moves its own states, and keeps what it was told.

    Where it is `blind` it cannot tell a state any more once it was told something.
    """

    states: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    obeys: bool = True
    blind: bool = False

    def describe(self) -> ExecutorRef:
        """Say what these hands are."""
        return ExecutorRef(
            profile=HANDS,
            version="recording/1",
            content_digest=sha256_hex(["recording/1"]),
            can_preview=True,
            can_roll_back=True,
            honours_idempotency_key=True,
        )

    def render(
        self,
        operation: str,
        target_id: str,
        parameters: Mapping[str, Scalar],
        *,
        undoing: bool = False,
    ) -> str:
        """Write a step as canonical JSON."""
        return canonical(
            {"operation": operation, "target": target_id, "parameters": dict(parameters)}
        ).decode()

    def read_state(self, target_id: str) -> dict[str, JsonValue] | None:
        """Tell the state of a target; everything serves itself until it is moved."""
        if self.blind and self.told:
            return None
        return self.states.get(target_id, {"state": "serving", "serving_by": target_id})

    def run(self, step: Step, *, key: str, undoing: bool) -> StepAnswer:
        """Remember the order, and carry it out unless it is not obeyed."""
        operation = step.undo if undoing else step.operation
        self.told.append((operation or "", step.target_id, key))
        if self.obeys:
            self.states[step.target_id] = _state_after(step, undoing)
        return StepAnswer(StepOutcome.DONE, "done")


def _state_after(step: Step, undoing: bool) -> dict[str, JsonValue]:
    if undoing:
        return {"state": "serving", "serving_by": step.target_id}
    states = {"switch_over": "drained", "recompute": "recomputed", "fail_over": "failed-over"}
    return {
        "state": states[step.operation],
        "serving_by": step.parameters.get("receiver", step.target_id),
    }
