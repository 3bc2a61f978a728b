"""What an incident's diagnosis rests on: whether the change log was heard."""

from __future__ import annotations

import pytest

from graph.model.signals import ChangeKind, ChangeRecord
from reasoning.network.gather import gather_evidence
from tests.bench_room import BenchRoom
from tests.reasoning.evidence_room import changed
from tests.small_pack import after

DAY_S = 86_400


def _heard(*changes: ChangeRecord, now_s: float = 900) -> bool:
    """Tell whether the storm's evidence counts the change log as heard, with these changes."""
    room = BenchRoom()
    room.storm()
    for change in changes:
        room.store.write(lambda tx, kept=change: tx.put_change(kept))  # type: ignore[misc]  # bound
    (incident,) = room.incidents()
    return gather_evidence(room.store, incident, at=after(now_s)).change_log_heard


def _change(at_s: float, *, received_s: float | None = None) -> ChangeRecord:
    """Make a change of a component that the incident does not touch."""
    record = changed("exam-db", at=after(at_s), kind=ChangeKind.DEPLOY)
    if received_s is None:
        return record
    told = record.change.model_copy(update={"received_at": after(received_s)})
    return record.model_copy(update={"change": told})


@pytest.mark.parametrize(
    ("at_s", "heard"),
    [(-60, True), (-DAY_S, True), (-DAY_S - 1, False), (300, True), (901, False)],
)
def test_any_change_of_the_day_before_shows_that_the_log_is_heard(at_s: float, heard: bool) -> None:
    """From a day before the incident until now, whatever it touched; nothing of the future."""
    assert _heard(_change(at_s)) is heard


def test_without_a_change_the_log_was_not_heard() -> None:
    """Nobody told of any change: perhaps nobody is connected."""
    assert not _heard()


@pytest.mark.parametrize(("received_s", "heard"), [(900, True), (901, False)])
def test_a_change_counts_once_it_was_told_of(received_s: float, heard: bool) -> None:
    """A change of yesterday that arrived after `now` was not known then."""
    assert _heard(_change(-3600, received_s=received_s)) is heard


def test_a_change_of_another_pack_shows_nothing() -> None:
    """Each platform has its own log."""
    assert not _heard(_change(-60).model_copy(update={"pack_id": "other"}))
