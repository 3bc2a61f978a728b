"""What may be done about a fault: the catalogue of actions, and the rules of who must agree."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from graph.model.access import Role
from graph.model.base import Id, Model, Probability, Text
from graph.model.topology import Basis, Scalar, WindowKind


class Risk(StrEnum):
    """How much harm an action can do when it goes wrong."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ActionCategory(StrEnum):
    """What sort of intervention it is; policies speak of categories, not of single actions."""

    CDN_SWITCH = "cdn_switch"
    LINE_SWITCH = "line_switch"
    DATABASE_FAILOVER = "database_failover"
    CREDIT_DATA = "credit_data"
    ROLLBACK = "rollback"
    RESTART = "restart"
    SCALE = "scale"
    LIMIT = "limit"
    CACHE = "cache"
    NOTICE = "notice"


class ParameterKind(StrEnum):
    """The type of a parameter's value."""

    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    COMPONENT = "component"


class ActionParameter(Model):
    """A typed parameter. `component`: an id of one of `kinds`; `choice`: one of `choices`.

    `minimum` and `maximum` bound integers and numbers, both included, in `unit`.
    """

    id: Id
    name: Text
    kind: ParameterKind
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    kinds: tuple[Id, ...] = ()
    default: Scalar | None = None


class PreconditionKind(StrEnum):
    """What is looked at before anything is sent (operations.md 12).

    `state_is`, `state_is_not`: the executor's state of the target, field against value.
    `receiver_sound`: P(a fault was born in the component of `parameter`) < 0.5, and it is in use.
    `group_keeps_minimum`: without the targets their groups still have `min_healthy` members.
    `capacity_left`: the executor says load(target) + load(receiver) <= capacity(receiver).
    """

    STATE_IS = "state_is"
    STATE_IS_NOT = "state_is_not"
    RECEIVER_SOUND = "receiver_sound"
    GROUP_KEEPS_MINIMUM = "group_keeps_minimum"
    CAPACITY_LEFT = "capacity_left"


class Precondition(Model):
    """One thing that must hold when the action starts; `text` says it to an approver."""

    id: Id
    kind: PreconditionKind
    text: Text
    parameter: Id | None = None
    field: Id | None = None
    value: Scalar | None = None


class OnNotBetter(StrEnum):
    """What follows when the verification does not see it getting better."""

    ROLL_BACK = "roll_back"
    HOLD_AND_ASK = "hold_and_ask"
    ESCALATE = "escalate"


class Verification(Model):
    """How success is judged: the executor's state of the target, read back, after it settled.

    `value` may be `{parameter}`: then the rendered parameter is expected. Read from `settle_s`
    after the last step until `deadline_s`, both in seconds.
    """

    text: Text
    field: Id
    value: Scalar
    settle_s: float = Field(ge=0)
    deadline_s: float = Field(gt=0)
    on_not_better: OnNotBetter


class ActionTemplate(Model):
    """An action of the catalogue. `modes`: the fault modes (loaded ids) that it answers.

    `operation` is what the executor of profile `executor` is told; `undo` the operation that takes
    it back, None where nothing can. `commands`: beginnings of commands that do the same by hand, as
    SOPs write them (`*` = any one word); an SOP shows them only on demand. Business texts may hold
    `{target}`, `{users}`, `{regions}`, `{steps}` and `{PARAMETER}`; they are filled with names,
    never with outside text.
    """

    id: Id
    name: Text
    category: ActionCategory
    kinds: tuple[Id, ...]
    modes: tuple[Id, ...] = ()
    commands: tuple[str, ...] = ()
    risk: Risk
    parameters: tuple[ActionParameter, ...] = ()
    operation: Id
    executor: Id
    undo: Id | None = None
    touches_credit_data: bool = False
    preconditions: tuple[Precondition, ...] = ()
    verification: Verification
    effects: Text
    if_nothing: Text
    undo_text: Text
    minutes: float = Field(gt=0)
    expected_success: Probability
    basis: Basis = Basis.ASSUMED


class PolicyRule(Model):
    """A rule: where all its conditions hold, its roles must agree (one distinct person each).

    An empty condition holds always. `affects` (exam, credits): a target is marked so, or a flow
    step of that kind is probably degraded (P >= 0.3); `windows`: a calendar window of such a kind
    is on. With `window_or_affects` one of these two suffices.
    """

    id: Id
    name: Text
    categories: tuple[ActionCategory, ...] = ()
    risks: tuple[Risk, ...] = ()
    kinds: tuple[Id, ...] = ()
    affects: tuple[str, ...] = ()
    windows: tuple[WindowKind, ...] = ()
    window_or_affects: bool = False
    touches_credit_data: bool = False
    roles: tuple[Role, ...] = ()
    password_again: bool = False
    why: Text
