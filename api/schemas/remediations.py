"""What travels over HTTP about remediations: requests, decisions, and the views of screens."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from api.schemas.incidents import View
from graph.model.access import Role
from graph.model.audit import AuditEvent
from graph.model.base import Id, Instant, Model, Text
from graph.model.diagnosis import HandShare
from graph.model.incident import Urgency
from graph.model.remediation import (
    Decision,
    EmergencyStop,
    FiredRule,
    Left,
    Plan,
    RemediationStatus,
    StepRun,
    Verified,
)
from graph.model.topology import Scalar

MAX_REASON = 1000
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_REASON)]
# What the desk judges itself, so that a refused attempt stands in the audit log like any other.
Said = Annotated[str, StringConstraints(strip_whitespace=True)]
Line = Annotated[str, StringConstraints(max_length=1000)]


class RemediationRequest(Model):
    """Ask for an action on these targets."""

    action_id: Line
    target_ids: Annotated[tuple[Line, ...], Field(max_length=20)]
    parameters: dict[Line, Scalar] = Field(default_factory=dict)
    reason: Said


class DecisionRequest(Model):
    """Agree to exactly this digest, or refuse it with a reason."""

    digest: Line
    decision: Decision
    reason: Said = ""
    role: Role | None = None
    password: Line | None = None


class ResolutionRequest(Model):
    """Settle an unknown or held outcome: what a person found to be so."""

    outcome: Literal["verified", "rolled_back", "escalated"]
    note: Said


class UndoRequest(Model):
    """Have the stored undo run, or ask for the approvals that it needs."""

    reason: Said


class EndingRequest(Model):
    """Say that a temporary measure stays for good, or was undone by hand."""

    how: Literal["permanent", "by_hand"]
    reason: Said


class StopRequest(Model):
    """Stop everything that has not been sent yet."""

    reason: Said


class ApprovalView(View):
    """One person's decision."""

    user: str
    role: Role
    decision: Decision
    reason: str
    at: Instant


class RemediationView(View):
    """A remediation as the pages show it.

    `required_roles`: one distinct person per entry; `open_roles`: those still to be filled.
    `may_decide_as`: the open roles in which the caller could decide now; empty with `why_not`.
    `seconds_left`: until it expires, 0 once it has or where it no longer matters.
    `is_measure`: it took effect for the time being; `keeper` looks after it, `left` tells its end.
    `may_undo`: the caller may have it taken back; whether approvals are needed is seen then.
    `entered`: while it waits, how far the diagnosis behind it rests on entries by hand, and whose.
    """

    remediation_id: Id
    incident_id: Id
    incident_title: Text
    urgency: Urgency | None
    timezone: str
    digest: str
    plan: Plan
    target_names: dict[str, Text]
    required_roles: tuple[Role, ...]
    open_roles: tuple[Role, ...]
    password_again: bool
    rules_fired: tuple[FiredRule, ...]
    approvals: tuple[ApprovalView, ...]
    requester: str
    requested_at: Instant
    expires_at: Instant
    seconds_left: int
    reason: str
    status: RemediationStatus
    may_decide_as: tuple[Role, ...] = ()
    why_not: Text | None = None
    may_execute: bool = False
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
    is_measure: bool = False
    keeper: str | None = None
    left: Left | None = None
    may_undo: bool = False
    entered: HandShare | None = None


class StopView(View):
    """Whether the emergency stop holds; `release_needs` more distinct people lift it."""

    held: bool
    stop: EmergencyStop | None = None
    release_needs: int = 0


class Bundle(View):
    """The evidence bundle of one remediation: the record and its lines of the audit chain."""

    remediation: RemediationView
    audit: tuple[AuditEvent, ...]
    diagnosis: JsonValue


class AuditVerification(View):
    """Whether the chain holds: `lines` sound ones, the last with hash `head`.

    `broken_at` is the first wrong seq; `why`: out_of_sequence, previous_differs, hash_differs.
    """

    holds: bool
    lines: int
    head: str
    broken_at: int | None = None
    why: str = ""
