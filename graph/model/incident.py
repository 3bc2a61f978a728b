"""An incident: one thing that went wrong, from first onset to closed."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, JsonValue

from graph.model.base import Id, Instant, Model, Text
from graph.model.topology import Visibility


class IncidentState(StrEnum):
    """The life of an incident, in order."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATING = "mitigating"
    WATCHING = "watching"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Urgency(StrEnum):
    """P0 exam or credits, P1 study, P2 slower, P3 early warning."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class Incident(Model):
    """One incident; `version` rises by 1 with every change by a person (the ETag of If-Match).

    `opened_by` is the evidence id of the opener; `rule` the stated rule that opened it.
    `evidence_revision` counts stored evidence items; `diagnosed_revision` the last one diagnosed.
    """

    id: Id
    pack_id: Id
    state: IncidentState
    rule: str
    opened_by: Id
    opened_at: Instant
    began_at: Instant
    last_alert_at: Instant
    title: Text
    site: Id | None = None
    visibility: Visibility = Visibility.ALL
    owner: str | None = None
    acknowledged_at: Instant | None = None
    quiet_since: Instant | None = None
    replay_only: bool = False
    merged_into: Id | None = None
    evidence_revision: int = Field(default=0, ge=0)
    diagnosed_revision: int = Field(default=0, ge=0)
    urgency: Urgency | None = None
    version: int = Field(default=1, ge=1)


class Tick(Model):
    """Time passing, stored as evidence so that a diagnosis can be computed again."""

    evidence_id: Id
    incident_id: Id
    at: Instant


class LedgerEntry(Model):
    """One line of what happened, for the timeline and the postmortem; `seq` gives the order.

    kind: incident_opened, alerts_attached, change_attached, tick, diagnosis, first_opened,
    owner_changed, state_changed, ...; `actor` is `engine`, a source or a user.
    """

    incident_id: Id
    seq: int = Field(ge=0)
    at: Instant
    kind: Id
    actor: str
    detail: dict[str, JsonValue] = Field(default_factory=dict)
