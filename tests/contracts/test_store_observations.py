"""Every store keeps what people saw: each line once, in order, retracted ones included."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError
from graph.model.observation import Observation
from graph.ports import Store
from tests.contracts.remediation_samples import observation
from tests.contracts.samples import incident, later


def put(store: Store, *seen: Observation) -> list[bool]:
    """Store observations; tells which of them wrote something."""
    return store.write(lambda t: [t.put_observation(one) for one in seen])


@pytest.fixture
def stored(store: Store) -> Store:
    """Open a store with two incidents."""
    for slug in ("1", "2"):
        new = incident(slug)
        store.write(lambda t, new=new: t.put_incident(new, expected_version=None))  # type: ignore[misc]
    return store


def test_observations_stand_by_instant_then_id(stored: Store) -> None:
    """Each incident has its own, in one order on every store."""
    assert stored.observations_of("inc-1") == ()
    late, b, a = observation("0", at_s=9), observation("b"), observation("a")
    other = observation("x", incident_id="inc-2")
    assert put(stored, late, b, a, other) == [True, True, True, True]
    assert stored.observations_of("inc-1") == (a, b, late)
    assert stored.observations_of("inc-2") == (other,)


def test_an_equal_observation_is_not_written_again(stored: Store) -> None:
    """The second time it is told that it stands so already."""
    assert put(stored, observation()) == [True]
    assert put(stored, observation()) == [False]
    assert stored.observations_of("inc-1") == (observation(),)


def test_a_retracted_observation_is_kept(stored: Store) -> None:
    """Taking it back marks it; its place in the order stays."""
    put(stored, observation("1"), observation("2", at_s=5))
    retracted = observation("1").model_copy(update={"retracted_at": later(30)})
    assert put(stored, retracted) == [True]
    assert stored.observations_of("inc-1") == (retracted, observation("2", at_s=5))


def test_contradicting_people_are_both_kept(stored: Store) -> None:
    """Two evidence ids on one check stand side by side."""
    mine, theirs = observation("1", by="wang"), observation("2", by="li")
    put(stored, mine, theirs)
    assert stored.observations_of("inc-1") == (mine, theirs)


def test_an_observation_belongs_to_one_stored_incident(stored: Store) -> None:
    """It neither moves to another incident nor names one that is not stored."""
    put(stored, observation())
    with pytest.raises(ConflictError, match="'ob-1'"):
        put(stored, observation(incident_id="inc-2"))
    with pytest.raises(ConflictError):
        put(stored, observation("2", incident_id="inc-none"))
    assert stored.observations_of("inc-1") == (observation(),)
    assert stored.check()["integrity"] == "ok"
