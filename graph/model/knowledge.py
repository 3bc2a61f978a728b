"""SOPs and past cases."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from graph.model.base import Id, Instant, Model, Text
from graph.model.topology import Visibility


class SopSectionName(StrEnum):
    """The seven fixed headings of an SOP, in order."""

    SYMPTOMS = "symptoms"
    SCOPE = "scope"
    DIAGNOSIS = "diagnosis"
    REMEDIATION = "remediation"
    VERIFICATION = "verification"
    ROLLBACK = "rollback"
    ESCALATION = "escalation"


class SopStep(Model):
    """A numbered step (1-based within its section); `number` is equal in both languages."""

    number: int = Field(ge=1)
    text: Text


class SopSection(Model):
    """A section of an SOP: numbered steps, in order."""

    name: SopSectionName
    steps: tuple[SopStep, ...]


class Sop(Model):
    """A standard operating procedure; both languages have equal sections and step numbers."""

    id: Id
    title: Text
    kinds: tuple[Id, ...] = ()
    fault_mode_ids: tuple[Id, ...] = ()
    alertnames: tuple[str, ...] = ()
    component_ids: tuple[Id, ...] = ()
    risk: str = "low"
    revision: str
    sections: tuple[SopSection, ...]
    site: Id | None = None
    visibility: Visibility = Visibility.ALL


class CaseOutcome(StrEnum):
    """Whether the fix of a past case worked."""

    WORKED = "worked"
    PARTLY = "partly"
    FAILED = "failed"


def written_case(pack_id: str, incident_id: str) -> str:
    """Name the past case that is written back from an incident."""
    return f"{pack_id}:case-{incident_id}"


class PastCase(Model):
    """A closed incident: what was seen, what it was, what was done, whether it worked.

    Minutes: to detect from onset, to repair from onset.
    """

    id: Id
    title: Text
    opened_at: Instant
    component_id: Id
    fault_mode_id: Id
    symptoms: Text
    cause: Text
    fix: Text
    outcome: CaseOutcome
    minutes_to_detect: float = Field(ge=0)
    minutes_to_repair: float = Field(ge=0)
    alertnames: tuple[str, ...] = ()
    sop_ids: tuple[Id, ...] = ()
    source: str
    site: Id | None = None
    visibility: Visibility = Visibility.ALL
