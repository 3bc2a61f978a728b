"""What travels over HTTP about ticked SOP steps, and how ticks are read off a ledger."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from api.schemas.incidents import View
from graph.model.base import Id, Instant, Model
from graph.model.incident import LedgerEntry
from graph.model.knowledge import SopSectionName

TICKED: Final = "sop_ticked"
MAX_REASON_CHARS: Final = 200
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_REASON_CHARS)]
Place = tuple[str, str, int]


class TickOutcome(StrEnum):
    """How a step of an SOP went; `open` takes an earlier tick back."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    OPEN = "open"


class SopTick(Model):
    """POST /incidents/{id}/sop-runs: how one step went, and in a few words why."""

    sop_id: Id
    section: SopSectionName
    step: int = Field(ge=1)
    outcome: TickOutcome
    reason: Reason = ""

    @property
    def place(self) -> Place:
        """Name the step: SOP, section, number."""
        return self.sop_id, self.section.value, self.step


class SopTickView(View):
    """How a step went, who said so and when; `reason` is what the person wrote, or nothing."""

    sop_id: Id
    section: SopSectionName
    step: int
    outcome: TickOutcome
    reason: str = ""
    by: str
    at: Instant

    @property
    def place(self) -> Place:
        """Name the step: SOP, section, number."""
        return self.sop_id, self.section.value, self.step


def ticks_of(ledger: Iterable[LedgerEntry]) -> tuple[SopTickView, ...]:
    """List how each step went, by SOP, section and step: its newest line that is not taken back."""
    newest = newest_ticks(ledger)
    held = (newest[place] for place in sorted(newest))
    return tuple(tick for tick in held if tick.outcome is not TickOutcome.OPEN)


def newest_ticks(ledger: Iterable[LedgerEntry]) -> dict[Place, SopTickView]:
    """Map each step that was ever ticked to its newest line."""
    lines = (entry for entry in ledger if entry.kind == TICKED)
    ticks = (
        SopTickView.model_validate({**line.detail, "by": line.actor, "at": line.at})
        for line in lines
    )
    return {tick.place: tick for tick in ticks}
