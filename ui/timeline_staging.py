"""From the ledger to the lanes of the timeline; no clock, no network, no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from api.schemas.by_hand import VERIFIED, WITHDRAWN
from api.schemas.feedback import FEEDBACK
from api.schemas.incidents import IncidentDetail, TimelineView
from api.schemas.ticks import TICKED
from graph.model.incident import LedgerEntry
from ui.scene import Mark, Reign, Stage, Timeline
from ui.text import paired

_OF_PEOPLE: Final = {
    "owner_changed": "time.owned",
    "first_opened": "time.opened",
    "question_asked": "time.asked",
    "command_revealed": "time.revealed",
    TICKED: "time.ticked",
    FEEDBACK: "time.feedback",
    VERIFIED: "time.hand.verified",
    WITHDRAWN: "time.hand.withdrawn",
}
_OF_CHECKS: Final = {
    "observation_entered": "time.entered",
    "observation_retracted": "time.retracted",
}


def timeline_of(
    timeline: TimelineView, detail: IncidentDetail, *, reigns: tuple[Reign, ...], now: datetime
) -> Timeline:
    """Put alerts, changes, checks, top causes and people on one axis."""
    return Timeline(
        alert_times=timeline.alert_onsets,
        changes=tuple(Mark(change.at, change.name) for change in timeline.changes),
        reigns=reigns,
        people=_marks(timeline, _OF_PEOPLE, now),
        began_at=detail.began_at,
        now=now,
        stages=tuple(Stage(w.stage, w.at, w.who, w.wait_s) for w in timeline.waits),
        checks=_marks(timeline, _OF_CHECKS, now),
    )


def _marks(timeline: TimelineView, names: Mapping[str, str], now: datetime) -> tuple[Mark, ...]:
    made = (_mark(entry, names, now) for entry in timeline.items)
    return tuple(mark for mark in made if mark is not None)


def _mark(entry: LedgerEntry, names: Mapping[str, str], now: datetime) -> Mark | None:
    """Make a mark of what a person did; on a replayed incident it happens at the replay's now."""
    owner = entry.detail.get("owner")
    if entry.kind not in names or (entry.kind == "owner_changed" and not owner):
        return None
    name = owner if entry.kind == "owner_changed" else entry.actor
    return Mark(min(entry.at, now), paired(names[entry.kind], name=str(name)))
