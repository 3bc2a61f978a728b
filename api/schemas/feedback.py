"""What travels over HTTP about the confirmed outcome of an incident, read off its ledger."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from api.schemas.incidents import Items, View
from graph.model.base import Id, Instant, Model
from graph.model.incident import LedgerEntry

FEEDBACK: Final = "feedback_given"
MAX_NOTE_CHARS: Final = 500
_MOST_CAUSES: Final = 10
_PAIR: Final = 2
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_NOTE_CHARS)]


class Outcome(StrEnum):
    """What it was: a cause that the graph holds, what the graph lacks, or none of both."""

    MODELLED = "modelled"
    MISSING_COMPONENT = "missing_component"
    MISSING_FAULT_MODE = "missing_fault_mode"
    MISSING_RELATION = "missing_relation"
    EXTERNAL = "external"
    NO_FAULT = "no_fault"
    UNKNOWN = "unknown"


class FeedbackCause(Model):
    """A component in which a fault was born; None where nobody can name the fault mode."""

    component_id: Id
    fault_mode_id: Id | None = None


class Feedback(Model):
    """POST /incidents/{id}/feedback: the outcome as one person confirms it."""

    causes: tuple[FeedbackCause, ...] = Field(default=(), max_length=_MOST_CAUSES)
    cause: Outcome
    provisional: bool = False
    note: Note = ""

    @property
    def said(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Name the outcome, whatever the order of its causes."""
        named = {(c.component_id, c.fault_mode_id or "") for c in self.causes}
        return self.cause.value, tuple(sorted(named))


class FeedbackView(Feedback, View):
    """One person's newest word; `second_needed`: the incident was P0 when it was given."""

    by: str
    at: Instant
    second_needed: bool


class FeedbackState(StrEnum):
    """Nobody said anything, not yet settled, settled."""

    NONE = "none"
    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"


class FeedbackPage(Items[FeedbackView]):
    """Of each person the newest word, by (at, name), and whether the outcome is confirmed.

    `second_waits`: one person has confirmed it, and a second one must.
    """

    state: FeedbackState = FeedbackState.NONE
    second_waits: bool = False


class PostmortemDraft(View):
    """GET /incidents/{id}/postmortem: the draft as Markdown."""

    lang: Literal["zh", "en"]
    markdown: str


def feedback_of(ledger: Iterable[LedgerEntry]) -> FeedbackPage:
    """Read the outcome off a ledger.

    It is confirmed when those who are sure all say the same and, where one of them spoke at P0,
    are at least two. Contradicting words leave it provisional.
    """
    lines = [entry for entry in ledger if entry.kind == FEEDBACK]
    newest = {
        line.actor: FeedbackView.model_validate({**line.detail, "by": line.actor, "at": line.at})
        for line in lines
    }
    items = tuple(sorted(newest.values(), key=lambda view: (view.at, view.by)))
    if not items:
        return FeedbackPage(items=())
    sure = [item for item in items if not item.provisional]
    agreed = len({item.said for item in sure}) == 1
    short = any(item.second_needed for item in items) and len(sure) < _PAIR
    state = FeedbackState.CONFIRMED if agreed and not short else FeedbackState.PROVISIONAL
    return FeedbackPage(items=items, state=state, second_waits=agreed and short)
