"""The small pack with actions and rules: what the desk of the tests may do, and who agrees."""

from __future__ import annotations

from graph.failure import FailureGraph
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
from graph.model.pack import DomainPack
from graph.model.topology import Scalar, WindowKind
from tests.small_pack import PACK, small_pack, text


def acting_pack(**changed: object) -> DomainPack:
    """Add catalogue and rules to the small pack."""
    pack = small_pack().model_copy(update={"actions": _actions(), "policies": policies()})
    return pack.model_copy(update=changed)


def graph_of(pack: DomainPack) -> FailureGraph:
    """Index a pack."""
    return FailureGraph(pack)


def policies() -> tuple[PolicyRule, ...]:
    """State the rules of the work order."""
    leads = (Role.OPS_LEAD, Role.ACADEMIC_LEAD)
    return (
        PolicyRule(
            id="exam",
            name=text("exam"),
            affects=("exam", "credits"),
            windows=(WindowKind.EXAM_WEEK,),
            window_or_affects=True,
            roles=(Role.ACADEMIC_LEAD,),
            why=text("exams"),
        ),
        PolicyRule(
            id="cdn",
            name=text("cdn"),
            categories=(ActionCategory.CDN_SWITCH,),
            roles=(Role.OPS_LEAD,),
            why=text("cdn"),
        ),
        PolicyRule(
            id="high",
            name=text("high"),
            risks=(Risk.HIGH,),
            roles=(Role.PLATFORM_OWNER, Role.OPS_LEAD),
            why=text("high risk"),
        ),
        PolicyRule(
            id="credit",
            name=text("credit"),
            touches_credit_data=True,
            roles=leads,
            password_again=True,
            why=text("credit data"),
        ),
        PolicyRule(
            id="everyday",
            name=text("everyday"),
            categories=(ActionCategory.RESTART,),
            risks=(Risk.LOW,),
            roles=(Role.OPS_LEAD,),
            why=text("everyday"),
        ),
    )


def verification(
    field_: str, value: Scalar, on_not_better: OnNotBetter = OnNotBetter.ROLL_BACK
) -> Verification:
    """Judge by a field, from 10 s to 60 s after the last answer."""
    return Verification(
        text=text("read back"),
        field=field_,
        value=value,
        settle_s=10,
        deadline_s=60,
        on_not_better=on_not_better,
    )


def _action(slug: str, **given: object) -> ActionTemplate:
    known: dict[str, object] = {
        "id": f"{PACK}:{slug}",
        "name": text(slug),
        "category": ActionCategory.RESTART,
        "kinds": ("service", "container"),
        "risk": Risk.LOW,
        "operation": slug.replace("-", "_"),
        "executor": "line",
        "verification": verification("state", "serving", OnNotBetter.HOLD_AND_ASK),
        "effects": {
            "zh": "约 {users} 人由 {target} 换走，{regions} 停几秒，涉及 {steps}",
            "en": "About {users} people leave {target}; {regions} pause; this hits {steps}",
        },
        "if_nothing": text("it goes on"),
        "undo_text": text("take it back"),
        "minutes": 1,
        "expected_success": 0.9,
    }
    return ActionTemplate.model_validate({**known, **given})


def _receiver() -> ActionParameter:
    return ActionParameter(
        id="receiver", name=text("receiver"), kind=ParameterKind.COMPONENT, kinds=("cdn_node",)
    )


def _condition(slug: str, kind: PreconditionKind, **given: object) -> Precondition:
    return Precondition.model_validate({"id": slug, "kind": kind, "text": text(slug), **given})


def _actions() -> tuple[ActionTemplate, ...]:
    cdn = {"category": ActionCategory.CDN_SWITCH, "kinds": ("cdn_node",), "risk": Risk.MEDIUM}
    share = ActionParameter(
        id="share",
        name=text("share"),
        kind=ParameterKind.INTEGER,
        minimum=10,
        maximum=90,
        unit="%",
        default=50,
    )
    quality = ActionParameter(
        id="quality",
        name=text("quality"),
        kind=ParameterKind.CHOICE,
        choices=("low", "high"),
    )
    found = (
        _action(
            "cap",
            **cdn,
            operation="set_quality",
            undo="set_quality",
            parameters=(quality,),
            verification=verification("quality", "{quality}"),
        ),
        _action(
            "switch",
            **cdn,
            operation="switch_over",
            undo="switch_back",
            parameters=(_receiver(),),
            preconditions=(
                _condition(
                    "not-drained", PreconditionKind.STATE_IS_NOT, field="state", value="drained"
                ),
                _condition("sound", PreconditionKind.RECEIVER_SOUND, parameter="receiver"),
                _condition("room", PreconditionKind.CAPACITY_LEFT, parameter="receiver"),
            ),
            verification=verification("serving_by", "{receiver}"),
        ),
        _action("switch-back", **cdn, operation="switch_back"),
        _action(
            "failover",
            category=ActionCategory.DATABASE_FAILOVER,
            kinds=("database",),
            risk=Risk.HIGH,
            undo="fail_back",
            verification=verification("state", "failed-over"),
        ),
        _action(
            "credit",
            category=ActionCategory.CREDIT_DATA,
            kinds=("database",),
            risk=Risk.MEDIUM,
            touches_credit_data=True,
            verification=verification("rows", 0, OnNotBetter.ESCALATE),
        ),
        _action(
            "drain",
            category=ActionCategory.LIMIT,
            parameters=(share,),
            preconditions=(_condition("enough", PreconditionKind.GROUP_KEEPS_MINIMUM),),
        ),
        _action("restart", executor="dry-run", parameters=(share,)),
    )
    return tuple(sorted(found, key=lambda action: action.id))
