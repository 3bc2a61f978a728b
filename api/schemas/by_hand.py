"""What travels over HTTP about what people did by hand and say, and how a ledger tells it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from api.schemas.incidents import View
from graph.model.base import Id, Instant, Model, Text
from graph.model.incident import LedgerEntry

TAKEN: Final = "action_taken"
WITHDRAWN: Final = "action_withdrawn"
VERIFIED: Final = "action_verified"
MAX_WHAT_CHARS: Final = 300
What = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_WHAT_CHARS)
]


class ActionTaken(Model):
    """POST /incidents/{id}/actions-taken: `target` is an id or alias; `at` None: just now."""

    what: What
    target: str = Field(min_length=1, max_length=200)
    at: Instant | None = None


class ActionTakenView(View):
    """What somebody did by hand, to which component, and who wrote it down.

    `verified_by`: a second person who says that it was so; None: nobody has. `withdrawn_by`: it is
    kept and weighs nothing any more.
    """

    evidence_id: Id
    what: str
    target: Id
    name: Text
    at: Instant
    by: str
    verified_by: str | None = None
    verified_at: Instant | None = None
    withdrawn_by: str | None = None
    withdrawn_at: Instant | None = None


class ReportStep(View):
    """A flow step that people may say fails for them."""

    id: Id
    name: Text


class ReportPlace(View):
    """A region that a report can name; `carriers` of its client groups, `whole`: without one."""

    region: str
    name: Text
    carriers: tuple[str, ...]
    whole: bool


class ReportPlaces(View):
    """What a report can name, in the pack's order; both empty where no report is understood."""

    steps: tuple[ReportStep, ...] = ()
    places: tuple[ReportPlace, ...] = ()


def actions_of(ledger: Iterable[LedgerEntry]) -> tuple[ActionTakenView, ...]:
    """List what was done by hand, by (at, evidence_id), with what became of each entry."""
    found: dict[str, ActionTakenView] = {}
    for line in ledger:
        named = str(line.detail.get("evidence_id"))
        if line.kind == TAKEN:
            found[named] = ActionTakenView.model_validate({**line.detail, "by": line.actor})
        elif line.kind in _AFTERWARDS and named in found:
            who, when = _AFTERWARDS[line.kind]
            said = {who: line.actor, when: line.at}
            found[named] = found[named].model_copy(update=said)
    return tuple(sorted(found.values(), key=lambda action: (action.at, action.evidence_id)))


def holding(actions: Iterable[ActionTakenView]) -> tuple[ActionTakenView, ...]:
    """Keep what was not taken back, in its order."""
    return tuple(action for action in actions if action.withdrawn_at is None)


_AFTERWARDS: Final = {
    WITHDRAWN: ("withdrawn_by", "withdrawn_at"),
    VERIFIED: ("verified_by", "verified_at"),
}
