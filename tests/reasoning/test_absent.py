"""Where no core can be asked, a question still ends in an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.failure import FailureGraph
from reasoning.answer.absent import born_without, faults_of
from reasoning.answer.sets import inseparable_sets
from reasoning.answer.unheard import Unheard
from reasoning.engine.problem import ProblemError
from reasoning.engine.witness import Answered
from tests.reasoning.evidence_room import evidence, fired, read
from tests.reasoning.test_sets import twins
from tests.small_pack import after


def test_without_a_core_nothing_is_called_inseparable_and_weights_still_come() -> None:
    """No set is made up; a group's weight is that of the whole answer without it."""
    alerts = [fired("PlaybackFailureHigh", f"client-r{r}-mobile", at=after(r)) for r in (1, 2)]
    asked = read(twins(), evidence(*alerts))
    closed = replace(asked, answered=Answered(asked.posterior, None))
    with pytest.raises(ProblemError):
        closed.ask()
    graph = FailureGraph(twins())
    assert inseparable_sets(twins().library, graph, closed, ()) == ()
    groups = {"spoke": asked.observation.active}
    told = Unheard(closed).factors("small:cdn-a", groups)["spoke"]
    assert told == pytest.approx(Unheard(asked).factors("small:cdn-a", groups)["spoke"], abs=1e-6)


def test_what_excludes_a_cause_is_likelier_without_it() -> None:
    """Twins explain each other away: where one has no fault, the other is likelier."""
    alerts = [fired("PlaybackFailureHigh", f"client-r{r}-mobile", at=after(r)) for r in (1, 2)]
    reading = read(twins(), evidence(*alerts))
    one, other = sorted(reading.born, key=lambda c: (-reading.born[c], c))[:2]
    left = born_without(reading, reading.ask(), faults_of(reading, one))
    assert left(one) == 0.0 and left(other) > reading.born[other]
