"""A remediation: from the request over the approvals to what really happened."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, JsonValue

from graph.model.access import Role
from graph.model.actions import Precondition, Risk, Verification
from graph.model.base import Id, Instant, Model, Text
from graph.model.topology import Scalar


class RemediationStatus(StrEnum):
    """Where a remediation stands; see `interfaces.md` and docs/glossary.md."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REFUSED = "refused"
    RUNNING = "running"
    VERIFIED = "verified"
    ROLLED_BACK = "rolled_back"
    HELD = "held"
    ESCALATED = "escalated"
    UNKNOWN = "unknown"


class ExecutorRef(Model):
    """Which executor runs it, exactly: the digest covers its profile and version.

    `binding` content: what runs is in the plan; reference: it is defined elsewhere.
    """

    profile: Id
    version: str
    content_digest: str
    binding: str = "content"
    can_preview: bool
    can_roll_back: bool
    honours_idempotency_key: bool


class Step(Model):
    """One call of the executor; `rendered` is what will be sent, for people to read."""

    seq: int = Field(ge=1)
    operation: Id
    target_id: Id
    parameters: dict[str, Scalar]
    rendered: str
    undo: Id | None = None
    undo_parameters: dict[str, Scalar] = Field(default_factory=dict)


class Plan(Model):
    """Exactly what will run, and what people must know to agree.

    `before` is the executor's state of each target when the plan was made (for the diff shown; it
    does not bind), `effects`, `if_nothing` and `undo_text` the business words.
    """

    action_id: Id
    name: Text
    risk: Risk
    target_ids: tuple[Id, ...]
    parameters: dict[str, Scalar]
    steps: tuple[Step, ...]
    preview: Text
    before: dict[str, JsonValue] = Field(default_factory=dict)
    preconditions: tuple[Precondition, ...]
    verification: Verification
    executor: ExecutorRef
    touches_credit_data: bool = False
    effects: Text
    if_nothing: Text
    undo_text: Text
    diagnosis_revision: int
    diagnosis_digest: str
    policy_version: str
    catalog_version: str


class FiredRule(Model):
    """A policy rule that applied, and why."""

    rule: str
    why: Text


class Demand(Model):
    """Who must agree: one distinct person per entry of `roles`, in role order."""

    roles: tuple[Role, ...]
    password_again: bool = False
    rules_fired: tuple[FiredRule, ...]


class Decision(StrEnum):
    """What an approver says."""

    APPROVE = "approve"
    REJECT = "reject"


class Approval(Model):
    """One person's decision on one digest, in one role."""

    user: str
    role: Role
    decision: Decision
    reason: str = ""
    digest: str
    at: Instant


class StepOutcome(StrEnum):
    """What is known of a step: intent stored, done, refused by the executor, or not known."""

    INTENDED = "intended"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class StepRun(Model):
    """One step (or its undo) on its way; stored as `intended` before anything is sent."""

    seq: int
    undoing: bool = False
    outcome: StepOutcome
    key: str
    sent_at: Instant
    answered_at: Instant | None = None
    answer: str = ""


class Verdict(StrEnum):
    """The four outcomes of a verification."""

    BETTER = "better"
    UNCHANGED = "unchanged"
    WORSE = "worse"
    CANNOT_TELL = "cannot_tell"


class Verified(Model):
    """What the verification saw, and when."""

    verdict: Verdict
    seen: JsonValue
    text: Text
    at: Instant


class Ending(StrEnum):
    """How a temporary measure stopped being one."""

    TAKEN_BACK = "taken_back"
    PERMANENT = "permanent"
    BY_HAND = "by_hand"


class Left(Model):
    """The end of a temporary measure; `through` is the remediation that took it back.

    Without `through` a person said so: it stays for good, or somebody undid it by hand.
    """

    how: Ending
    by: str
    reason: str = ""
    at: Instant
    through: Id | None = None


class Remediation(Model):
    """One request and its life; `version` rises with every write.

    `digest` = sha256 over the RFC 8785 form of id, incident, plan and demand (safety.md 4): an
    approval names it, and execution compares it again. `refusal` says what moved. `undoes` is the
    remediation that this one takes back, and part of the digest. Of one that is verified and can
    be undone, a temporary measure, `keeper` is who took it over, and `left` how it ended.
    `undo_asked_by`: who had a held one taken back.
    """

    id: Id
    incident_id: Id
    plan: Plan
    digest: str
    demand: Demand
    reason: str
    requester: str
    requested_at: Instant
    expires_at: Instant
    status: RemediationStatus
    approvals: tuple[Approval, ...] = ()
    executed_by: str | None = None
    started_at: Instant | None = None
    runs: tuple[StepRun, ...] = ()
    verify_at: Instant | None = None
    verified: Verified | None = None
    ended_at: Instant | None = None
    refusal: Text | None = None
    resolution: str = ""
    undoes: Id | None = None
    undo_asked_by: str | None = None
    keeper: str | None = None
    left: Left | None = None
    version: int = Field(default=1, ge=1)


class EmergencyStop(Model):
    """Nothing starts while it holds; released by two distinct people, never by one alone."""

    pulled_by: str
    reason: str
    at: Instant
    released_by: tuple[str, ...] = ()
