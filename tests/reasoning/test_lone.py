"""One cause only: the ranking for when it is known that one component failed."""

from __future__ import annotations

import pytest

from reasoning.network.causal_model import EXTERNAL, CausalModel
from reasoning.network.evidence import Evidence
from reasoning.network.lone import lone_causes
from reasoning.network.reading import read_model
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import PACK, after, small_pack

STORM = (
    fired("PlaybackFailureHigh", "client-r1-telecom"),
    fired("PlaybackFailureHigh", "client-r1-mobile", at=after(30)),
    fired("HighErrorRate", "exam-api", at=after(60)),
    fired("DbConnectionPoolExhausted", "exam-db", at=after(90)),
)


def _model(seen: Evidence) -> CausalModel:
    return read(small_pack(), seen).model


def test_it_is_where_ever_rarer_faults_lead() -> None:
    """With priors near zero two faults at once vanish, and the engine's answer becomes this one."""
    model = _model(evidence(*STORM[:2], now=after(900)))
    found = lone_causes(model)

    model.nodes[EXTERNAL]["prior"] = 0.0
    for node in model.nodes.values():
        prior = node.get("prior")
        if isinstance(prior, float):
            node["prior"] = prior * 1e-7
    born = read_model(model).born
    whole = sum(born.values())

    assert sum(found.values()) == pytest.approx(1.0)
    for component_id, share in found.items():
        assert share == pytest.approx(born[component_id] / whole, abs=1e-3)


def test_the_one_that_explains_most_wins() -> None:
    """A drifting part with a loud alert of its own loses to the cause that most alerts share."""
    model = _model(evidence(*STORM, now=after(900)))
    found = lone_causes(model)

    assert max(found, key=lambda c: found[c]) in {f"{PACK}:exam-db", f"{PACK}:cdn-a"}
    assert sum(found.values()) == pytest.approx(1.0)


def test_a_model_without_faults_names_nobody() -> None:
    """Where nothing can fail there is no cause to rank."""
    model = _model(evidence(*STORM[:1], now=after(900)))
    model.modes.clear()

    assert lone_causes(model) == {}
