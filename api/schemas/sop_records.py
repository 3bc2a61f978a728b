"""What travels over HTTP about how SOPs have fared: reviewed, worked, failed, contradicted."""

from __future__ import annotations

from typing import Final, Literal

from api.schemas.incidents import View
from graph.model.base import Id, Instant, Text
from graph.model.knowledge import SopSectionName

# A step changed within so many days says so (safety rule 8).
NEW_DAYS: Final = 7
FlagKind = Literal["step_failed", "case_failed", "contradicts"]


class StepUseView(View):
    """What became of a step in an incident; `reason` is what the person wrote, or nothing."""

    incident_id: Id
    by: str
    at: Instant
    reason: str = ""


class StepRecord(View):
    """How a step has fared; counts are of incidents, each person's newest word.

    `reviewed_at`: since when its text is in force as it stands; None where nobody tells. `fresh`:
    that is within seven days.
    `worked`: the newest incident that ended after the step was done; `failed`: the newest in which
    it was not to be done.
    """

    section: SopSectionName
    step: int
    reviewed_at: Instant | None
    fresh: bool = False
    done: int = 0
    failures: int = 0
    skipped: int = 0
    worked: StepUseView | None = None
    failed: StepUseView | None = None


class ChangeSeen(View):
    """A change on a component that an SOP names, after its review."""

    component_id: Id
    name: Text
    at: Instant


class SopFlag(View):
    """Why an SOP should be looked at again, in both languages.

    `other`: the SOP that contradicts it, with the place; `incident_id` where one showed it.
    """

    kind: FlagKind
    text: Text
    section: SopSectionName | None = None
    step: int | None = None
    other: Id | None = None
    incident_id: Id | None = None
    at: Instant | None = None


class SopRecord(View):
    """GET /sops/{id}/record: reviewed, worked, changed since, and what speaks against it.

    `reviewed_at`: when its newest version was put in force, or the day that its pack names;
    `owner`: who drafted it, None where a pack brought it. `changed_since` counts changes on the
    components that it names since the review (`changes`: the newest of them); None where it names
    none and no incident was given. `graph_changed_at`: when a pack was last loaded that touched
    what it is for, after the review. `flags` names at most five cases and five contradictions;
    `more` counts the rest.
    """

    sop_id: Id
    title: Text
    reviewed_at: Instant | None
    reviewed_by: str | None = None
    owner: str | None = None
    worked: StepUseView | None = None
    changed_since: int | None = None
    changes: tuple[ChangeSeen, ...] = ()
    graph_changed_at: Instant | None = None
    steps: tuple[StepRecord, ...] = ()
    flags: tuple[SopFlag, ...] = ()
    more: int = 0


class FlaggedSop(View):
    """An SOP that should be looked at again; `mine`: the caller drafted or published it.

    `more`: how many cases and contradictions `flags` leaves out.
    """

    sop_id: Id
    title: Text
    owner: str | None
    mine: bool
    flags: tuple[SopFlag, ...]
    more: int = 0
