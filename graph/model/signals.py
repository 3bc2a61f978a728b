"""What the world tells us: alerts, changes, heartbeats."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from pydantic import Field

from graph.model.base import Id, Instant, Model

# The source of alerts that this product makes of metrics; their annotations carry the numbers.
METRICS_SOURCE: Final = "metrics"


class AlertStatus(StrEnum):
    """The state that one alert record reports."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Alert(Model):
    """One alert state as a source sent it; identity = (source, fingerprint, starts_at, status).

    `ends_at` is None while firing. Labels and annotations are outside text: never trusted.
    `arrived_share`: of the alerts of its notification, the share that was not cut off.
    """

    source: str
    fingerprint: str
    status: AlertStatus
    alertname: str
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    starts_at: Instant
    ends_at: Instant | None = None
    received_at: Instant
    generator_url: str = ""
    arrived_share: float = Field(default=1.0, gt=0.0, le=1.0)


class QuarantineReason(StrEnum):
    """Why a signal could not be used."""

    UNMAPPED = "unmapped"
    AMBIGUOUS = "ambiguous"
    FUTURE = "future"


class Lane(StrEnum):
    """Where a stored alert went."""

    INCIDENT = "incident"
    UNASSIGNED = "unassigned"
    NOISE = "noise"
    HEARTBEAT = "heartbeat"
    QUARANTINE = "quarantine"


class AlertRecord(Model):
    """A stored alert state: what was sent, what we made of it, and where it went.

    `evidence_id` is stable across stores and batches: `al-` + 16 hex of its identity.
    """

    evidence_id: Id
    alert: Alert
    pack_id: Id
    lane: Lane
    component_id: Id | None = None
    incident_id: Id | None = None
    reason: QuarantineReason | None = None
    lane_reason: str = ""


class ChangeKind(StrEnum):
    """What kind of work a change was."""

    DEPLOY = "deploy"
    CONFIG = "config"
    SCALE = "scale"
    SWITCH = "switch"
    MAINTENANCE = "maintenance"
    OTHER = "other"


class ChangeEvent(Model):
    """A change as a source reported it; identity = (source, id)."""

    source: str
    id: str
    at: Instant
    kind: ChangeKind
    targets: tuple[str, ...]
    actor: str = ""
    summary: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    received_at: Instant


class ChangeRecord(Model):
    """A stored change with the components that its targets name; unknown targets are kept apart.

    `retracted_at`: when whoever entered it by hand took it back; it is kept and weighs no more.
    """

    evidence_id: Id
    change: ChangeEvent
    pack_id: Id
    component_ids: tuple[Id, ...] = ()
    unmapped_targets: tuple[str, ...] = ()
    incident_ids: tuple[Id, ...] = ()
    retracted_at: Instant | None = None


def count_changes(changes: Iterable[ChangeRecord]) -> int:
    """Count evidence items: one for each change and one more for each that was taken back."""
    return sum(1 + (change.retracted_at is not None) for change in changes)


class Heartbeat(Model):
    """The last proof of life of one source's monitoring in one site (None = the whole source)."""

    source: str
    site: str | None
    first_at: Instant
    last_at: Instant
