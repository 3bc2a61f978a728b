"""What travels over HTTP about what people did by hand and say, and how a ledger tells it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from api.schemas.incidents import View
from graph.model.base import Id, Instant, Model, Text
from graph.model.incident import LedgerEntry

TAKEN: Final = "action_taken"
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
    """What somebody did by hand, to which component, and who wrote it down."""

    evidence_id: Id
    what: str
    target: Id
    name: Text
    at: Instant
    by: str


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
    """List what was done by hand, by (at, evidence_id)."""
    lines = (line for line in ledger if line.kind == TAKEN)
    found = (ActionTakenView.model_validate({**line.detail, "by": line.actor}) for line in lines)
    return tuple(sorted(found, key=lambda action: (action.at, action.evidence_id)))
