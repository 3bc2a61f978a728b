"""Small values for tests of remediations: every one says only what its test is about."""

from __future__ import annotations

from graph.model.access import Role
from graph.model.actions import (
    ActionCategory,
    ActionTemplate,
    OnNotBetter,
    PolicyRule,
    Risk,
    Verification,
)
from graph.model.observation import Observation, Result
from graph.model.remediation import (
    Demand,
    ExecutorRef,
    FiredRule,
    Plan,
    Remediation,
    RemediationStatus,
    Step,
)
from tests.contracts.samples import PACK, later, text

VERIFICATION = Verification(
    text=text("看线路状态"),
    field="line",
    value="{line}",
    settle_s=5,
    deadline_s=60,
    on_not_better=OnNotBetter.ROLL_BACK,
)


def action(slug: str = "switch-cdn", *, risk: Risk = Risk.MEDIUM) -> ActionTemplate:
    """Make an action of the catalogue."""
    return ActionTemplate(
        id=f"{PACK}:{slug}",
        name=text("切换 CDN"),
        category=ActionCategory.CDN_SWITCH,
        kinds=("service",),
        risk=risk,
        operation="switch",
        executor="dry-run",
        undo="switch",
        verification=VERIFICATION,
        effects=text("{users} 人会短暂卡顿"),
        if_nothing=text("播放继续失败"),
        undo_text=text("切回原线路"),
        minutes=2,
        expected_success=0.9,
    )


def policy(slug: str = "cdn", *, roles: tuple[Role, ...] = (Role.OPS_LEAD,)) -> PolicyRule:
    """Make a policy rule on switch-overs of the CDN."""
    return PolicyRule(
        id=f"{PACK}:{slug}",
        name=text("CDN 切换"),
        categories=(ActionCategory.CDN_SWITCH,),
        roles=roles,
        why=text("影响一个大区"),
    )


def plan() -> Plan:
    """Make a plan of one step."""
    step = Step(
        seq=1,
        operation="switch",
        target_id=f"{PACK}:exam",
        parameters={"line": "b", "share": 0.5, "drain": True, "wait": 3},
        rendered="POST /switch line=b",
        undo="switch",
        undo_parameters={"line": "a"},
    )
    return Plan(
        action_id=f"{PACK}:switch-cdn",
        name=text("切换 CDN"),
        risk=Risk.MEDIUM,
        target_ids=(step.target_id,),
        parameters={"line": "b"},
        steps=(step,),
        preview=text("线路 a → b"),
        before={f"{PACK}:exam": {"line": "a", "load": 0.25, "spare": None}},
        preconditions=(),
        verification=VERIFICATION,
        executor=ExecutorRef(
            profile="dry-run",
            version="1",
            content_digest="ab",
            can_preview=True,
            can_roll_back=True,
            honours_idempotency_key=True,
        ),
        effects=text("短暂卡顿"),
        if_nothing=text("播放继续失败"),
        undo_text=text("切回原线路"),
        diagnosis_revision=1,
        diagnosis_digest="d",
        policy_version="p",
        catalog_version="c",
    )


def remediation(
    slug: str = "1",
    *,
    incident_id: str = "inc-1",
    requested_s: float = 0,
    status: RemediationStatus = RemediationStatus.REQUESTED,
    version: int = 1,
) -> Remediation:
    """Make a request, `requested_s` seconds after T0."""
    return Remediation(
        id=f"rem-{slug}",
        incident_id=incident_id,
        plan=plan(),
        digest="d",
        demand=Demand(
            roles=(Role.OPS_LEAD,), rules_fired=(FiredRule(rule="cdn", why=text("大区")),)
        ),
        reason="三区播放失败",
        requester="wang",
        requested_at=later(requested_s),
        expires_at=later(requested_s + 900),
        status=status,
        version=version,
    )


def observation(
    slug: str = "1", *, incident_id: str = "inc-1", at_s: float = 0, by: str = "wang"
) -> Observation:
    """Make the result of a check, `at_s` seconds after T0."""
    return Observation(
        evidence_id=f"ob-{slug}",
        incident_id=incident_id,
        check_id=f"look@{PACK}:exam",
        result=Result.POSITIVE,
        note="日志里有内存不足",
        by=by,
        at=later(at_s),
    )
