"""The core written out as a Bayesian network: others find in it what the engine answered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from reasoning.engine.compile import compile_problem
from reasoning.engine.posterior import infer
from reasoning.engine.problem import Observation, Problem
from reasoning.engine.problem_files import parse_problem, read_observations, read_problem
from reasoning.public_form.core_network import CoreNetwork, core_network
from tests.reasoning.agrum import ask_agrum
from tests.reasoning.engine.networks import channel, link, observed, problem_of
from tests.reasoning.engine.shared_sets import shared_cases


def network_of(
    problem: Problem, observation: Observation, *, whole: bool = True, width: int = 18
) -> CoreNetwork | None:
    """Return the network behind an answer, of the whole or of a core however small the whole is."""
    if whole:
        return core_network(compile_problem(problem), observation)
    compiled = replace(compile_problem(problem, max_width=-1), max_width=width)
    return core_network(compiled, observation)


def assert_agrum_agrees(network: CoreNetwork) -> None:
    """Compare every fault and node of the core with pyAgrum's answer on it."""
    found, posterior = ask_agrum(network), network.posterior
    for key in network.faults:
        assert found[f"fault {key}"] == pytest.approx(posterior.faults[key], abs=1e-9), key
    held = 1.0 - posterior.p_no_fault if posterior.method != "exact" else 1.0
    for key in network.degraded:
        # Outside an exact answer P(degraded) is shown at most as high as P(some fault).
        assert min(found[key], held) == pytest.approx(posterior.degraded[key], abs=1e-9), key


@given(observed(nodes=6))
@settings(max_examples=60)
def test_an_independent_engine_finds_the_exact_answer(
    drawn: tuple[dict[str, object], Observation],
) -> None:
    """On random networks with groups, modes and 0/1 strengths pyAgrum agrees to 1e-9."""
    document, observation = drawn
    problem = parse_problem(document, source="test")
    network = network_of(problem, observation)

    assert network is not None
    assert network.method == "exact"
    assert set(network.degraded) == set(network.posterior.degraded)
    assert set(network.faults) == set(network.posterior.faults)
    assert_agrum_agrees(network)


@given(observed(nodes=7))
@settings(max_examples=60)
def test_an_independent_engine_finds_the_core_s_answer(
    drawn: tuple[dict[str, object], Observation],
) -> None:
    """On random cores, folded neighbours and thinned ones included, pyAgrum agrees to 1e-9."""
    document, observation = drawn
    problem = parse_problem(document, source="test")
    for width in (18, 1):
        network = network_of(problem, observation, whole=False, width=width)
        if network is not None:
            assert_agrum_agrees(network)


def test_an_independent_engine_agrees_on_storms() -> None:
    """On the cores of 2,300-node storms, one of each topology, pyAgrum agrees to 1e-9."""
    for case in shared_cases("storm"):
        problem = read_problem(case.problem)
        observation = read_observations(case.observations, problem)[3]
        network = network_of(problem, observation)
        assert network is not None
        assert network.method == "core"
        assert len(network.degraded) < len(network.posterior.degraded)
        assert_agrum_agrees(network)


@given(observed(nodes=6))
@settings(max_examples=60)
def test_tables_are_small_and_conditional(drawn: tuple[dict[str, object], Observation]) -> None:
    """Each table sums to 1 over its variable; parents come first; noisy-ORs have 8 entries."""
    document, observation = drawn
    problem = parse_problem(document, source="test")
    network = network_of(problem, observation)
    assert network is not None
    known: set[str] = set()
    for variable in network.variables:
        assert known.issuperset(variable.parents)
        known.add(variable.name)
        assert variable.table.sum(axis=0) == pytest.approx(
            np.ones(variable.table.shape[1:]), abs=1e-12
        )
        if variable.role not in ("count", "chain"):
            assert variable.table.size <= 8
    assert len(known) == len(network.variables)


def test_alerts_say_what_was_seen() -> None:
    """Every channel of the core is a variable, seen active, seen silent, or not seen at all."""
    problem = problem_of(
        [{"id": "db", "faults": [{"id": "db/pool", "prior": 0.1}]}, {"id": "web"}],
        [link("db", "web", 0.5)],
        [
            channel("db!", "db", 0.9, 0.01),
            channel("web!", "web", 0.9, 0.01),
            channel("pool!", "db/pool", 0.8, 0.05, on="fault"),
        ],
    )

    network = network_of(problem, Observation("i0", ("db!",), ("web!",)))

    assert network is not None
    seen = {v.about: (v.seen, v.parents) for v in network.variables if v.role == "alert"}
    assert seen == {
        "db!": ("yes", (network.degraded["db"],)),
        "web!": ("", (network.degraded["web"],)),
        "pool!": ("no", (network.faults["db/pool"],)),
    }


def test_messages_alone_have_no_core() -> None:
    """Where propagation alone was asked for, there is no network to show."""
    problem = problem_of([{"id": "a", "prior": 0.1}])
    compiled = compile_problem(problem, max_width=-1)

    assert infer(compiled, Observation("i0", ())).method == "loopy"
    assert core_network(compiled, Observation("i0", ())) is None
