"""What each answer to a check would make of every hypothesis, held against entering it."""

from __future__ import annotations

import pytest

from api.doorway.stateless import ENGINE
from graph.errors import NotFoundError
from graph.model.diagnosis import Diagnosis, HypothesisKind
from graph.model.observation import Observation, Result
from graph.model.why import Ahead
from reasoning.answer.ahead import look_ahead
from tests.bench_room import BenchRoom
from tests.reasoning.test_checked import seen
from tests.small_pack import after

CHECK = "lib:look@small:cdn-a"
Key = tuple[HypothesisKind, str | None]


def _room() -> tuple[BenchRoom, str]:
    room = BenchRoom()
    room.beat(after(-60))
    room.storm()
    room.beat(after(600))
    room.diagnose()
    (incident,) = room.incidents()
    return room, incident.id


def _told(ahead: Ahead) -> dict[Key, dict[str, float]]:
    return {
        (c.kind, c.component_id): {"positive": c.positive, "negative": c.negative, "now": c.now}
        for c in ahead.causes
    }


def _found(diagnosis: Diagnosis) -> dict[Key, float]:
    return {(h.kind, h.component_id): h.posterior for h in diagnosis.hypotheses}


@pytest.mark.parametrize("result", [Result.POSITIVE, Result.NEGATIVE])
def test_every_rival_moves_as_was_said(result: Result) -> None:
    """Entered, the answer leaves each hypothesis where it was promised, the outcomes too."""
    room, incident_id = _room()
    promised = _told(look_ahead(room.store, incident_id, CHECK))
    entry: Observation = seen("lib:look", "cdn-a", result=result).model_copy(
        update={"incident_id": incident_id, "at": after(610)}
    )
    room.store.write(lambda tx: tx.put_observation(entry))
    now = _found(room.diagnose())
    assert len(set(promised) & set(now)) > 2
    for key in set(promised) & set(now):
        assert now[key] == pytest.approx(promised[key][result.value], abs=2e-5)


def test_the_faults_of_the_component_are_weighed_too() -> None:
    """Each mode's yes and no average to what it is now; those tested rise by a yes."""
    room, incident_id = _room()
    ahead = look_ahead(room.store, incident_id, CHECK)
    assert ahead.modes
    for mode in ahead.modes:
        mean = ahead.probability * mode.positive + (1.0 - ahead.probability) * mode.negative
        assert mean == pytest.approx(mode.now, abs=2e-5)
        assert mode.positive >= mode.now >= mode.negative


def test_the_answers_average_to_what_is_known_now() -> None:
    """P(yes) of what a yes leaves, and P(no) of what a no leaves, is what stands now."""
    room, incident_id = _room()
    ahead = look_ahead(room.store, incident_id, CHECK)
    for cause in ahead.causes:
        mean = ahead.probability * cause.positive + (1.0 - ahead.probability) * cause.negative
        assert mean == pytest.approx(cause.now, abs=2e-5)


@pytest.mark.parametrize("check_id", ["lib:look@small:nobody", "lib:none@small:cdn-a", "lib:look"])
def test_what_nobody_asks_is_refused_by_name(check_id: str) -> None:
    """An unknown check, or one of a component that is not considered, is named."""
    room, incident_id = _room()
    with pytest.raises(NotFoundError, match=check_id):
        look_ahead(room.store, incident_id, check_id)
    assert room.store.incident(ENGINE, incident_id).id == incident_id
