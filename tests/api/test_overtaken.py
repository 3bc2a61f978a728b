"""A diagnosis within a storm is ended for the one that covers all of it, and none is lost by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from api.background.bell import Bell
from api.background.lull import PAUSE_S, Lull
from api.background.overtaken import Diagnosing
from api.background.worker import Worker
from reasoning.diagnose import Diagnoser
from tests.bench_room import BenchRoom, NoKnowledge
from tests.payloads import alert
from tests.small_pack import after

CLIENTS = ("r1-telecom", "r1-mobile", "r2-telecom", "r2-mobile")


class Storm:
    """Clients that fail one after the other, and a worker that diagnoses meanwhile.

    `reading` payloads come in while a diagnosis begins, `thinking` after it has read its evidence,
    one each time until there are none left.
    """

    def __init__(self, *, reading: int = 0, thinking: int = 0, calm_s: float = PAUSE_S) -> None:
        self.room = BenchRoom()
        self.calm_s = calm_s
        self.rung = Bell()
        self._times = iter((0.0,))
        self._clients = iter(CLIENTS)
        self._left = {"reading": reading, "thinking": thinking}
        lull = Lull(meter=lambda: next(self._times, self.calm_s))
        diagnoser = Diagnoser(self.room.store, NoKnowledge(), meter=self._thinking)
        self._job = Diagnosing(self.room.store, lambda: diagnoser, self, rung=self.rung, lull=lull)
        self.worker = Worker(self.room.store, {"diagnose": self._job}, self, kind="diagnose")
        self.send(alert("CdnNodeDown", at=after(0), severity="critical", service="cdn-a"))

    def send(self, failing: dict[str, object]) -> None:
        """Post an alert."""
        self._job.took(self.room.send(failing, at=after(60)).incident_ids)

    def now(self) -> datetime:
        """Tell the time, as a clock, which is asked before the evidence is read."""
        self._meanwhile("reading")
        return after(60)

    def _thinking(self) -> float:
        """Tell seconds of CPU, as a meter, which is asked after the evidence was read."""
        self._meanwhile("thinking")
        return 0.0

    def _meanwhile(self, when: str) -> None:
        if self._left[when]:
            self._left[when] -= 1
            service = f"client-{next(self._clients)}"
            self.send(alert("PlaybackFailureHigh", at=after(5), service=service))

    def included(self) -> list[int]:
        """Work off all jobs; tells how many alerts each kept revision rests on."""
        self.worker.drain()
        (incident,) = self.room.incidents()
        return [d.as_of.alerts_included for d in self.room.store.diagnoses(incident.id)]


def test_a_diagnosis_that_nobody_would_see_is_not_carried_to_its_end() -> None:
    """The storm ends while it is computed: the one revision that is kept covers all of it."""
    storm = Storm(thinking=1)
    assert storm.included() == [2]
    assert storm.rung.rings == 1


def test_while_payloads_still_come_a_diagnosis_is_finished() -> None:
    """A stream that never pauses is not left without an answer."""
    assert Storm(thinking=1, calm_s=0.0).included() == [1, 2]


def test_of_two_in_a_row_one_is_finished() -> None:
    """However often a lull is broken, an answer comes of every second try at the latest."""
    assert Storm(thinking=2).included() == [2, 3]


@pytest.mark.parametrize("make", [lambda: Storm(), lambda: Storm(reading=1)])
def test_what_is_covered_already_ends_nothing(make: Callable[[], Storm]) -> None:
    """What came in before the evidence was read may find no job that waits for it."""
    storm = make()
    kept = storm.included()
    (incident,) = storm.room.incidents()
    assert storm.rung.rings >= 1
    assert kept[-1] == incident.evidence_revision
    assert storm.room.store.jobs_open() == 0
