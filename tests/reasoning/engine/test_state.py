"""A state that follows the evidence says what a fresh answer says, to the last bit."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning.engine.compile import CompiledProblem, compile_problem
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Observation, Problem, ProblemError
from reasoning.engine.problem_files import parse_problem, read_observations, read_problem
from reasoning.engine.state import State
from tests.reasoning.engine.networks import channel, documents, link, problem_of
from tests.reasoning.engine.shared_sets import shared_cases


def bytes_of(posterior: Posterior) -> tuple[object, ...]:
    """Return everything a posterior says; floats by their digits, all of them."""
    figures = (posterior.log_evidence, posterior.p_no_fault)
    shares = [(key, p.hex()) for key, p in (*posterior.faults.items(), *posterior.degraded.items())]
    return posterior.id, posterior.method, [f.hex() for f in figures], shares


@st.composite
def stories(draw: st.DrawFn) -> tuple[Problem, list[Observation]]:
    """Draw a network and a story of it: channels speak, fall silent, and are no longer known."""
    problem = parse_problem(draw(documents(nodes=6)), source="test")
    states = {entry.id: "s" for entry in problem.channels}
    told = []
    for step in range(draw(st.integers(1, 6))):
        if states:
            for channel_id in draw(st.lists(st.sampled_from(sorted(states)), max_size=4)):
                states[channel_id] = draw(st.sampled_from("asu"))
        told.append(observation_of(states, name=f"i{step}"))
    return problem, told


def observation_of(states: dict[str, str], *, name: str) -> Observation:
    """Return the observation in which channels are (a)ctive, (s)ilent or (u)nknown."""
    active = tuple(sorted(key for key, state in states.items() if state == "a"))
    return Observation(name, active, tuple(sorted(k for k, s in states.items() if s == "u")))


def cored(problem: Problem, width: int) -> CompiledProblem:
    """Return a problem that is not eliminated whole, but whose cores are, up to this width."""
    return replace(compile_problem(problem, max_width=-1), max_width=width)


@given(stories())
@settings(max_examples=100)
def test_a_state_follows_its_evidence_bit_for_bit(
    story: tuple[Problem, list[Observation]],
) -> None:
    """Whatever comes and goes, exact, core, thinned and loopy answers equal fresh ones."""
    problem, told = story
    ways = [compile_problem(problem), cored(problem, 18), cored(problem, 1), cored(problem, -1)]
    for compiled in ways:
        state = State(compiled)
        for observation in told:
            assert bytes_of(state.infer(observation)) == bytes_of(infer(compiled, observation))


def test_a_storm_that_grows_equals_one_that_came_at_once() -> None:
    """On 2,300 nodes ten alerts more, a check more and a check taken back change no other bit."""
    for case in list(shared_cases("storm"))[:2]:
        problem = read_problem(case.problem)
        compiled = compile_problem(problem)
        state = State(compiled)
        storm = read_observations(case.observations, problem)[3]
        kept = list(storm.active)
        random.Random(1).shuffle(kept)
        silent = sorted(set(compiled.sensors.index) - set(storm.active) - set(storm.unknown))
        whole = len(kept)
        for count, extra in ((whole - 11, ()), (whole - 1, ()), (whole, ()), (whole, silent[:1])):
            seen = Observation("i", (*kept[:count], *extra), storm.unknown)
            assert bytes_of(state.infer(seen)) == bytes_of(infer(compiled, seen))
        assert bytes_of(state.infer(storm)) == bytes_of(infer(compiled, storm))


def chain() -> Problem:
    """Return a chain of three with an alert on each."""
    names = ("a", "b", "c")
    return problem_of(
        [{"id": name, "prior": 0.01} for name in names],
        [link("a", "b", 0.9), link("b", "c", 0.9)],
        [channel(f"{name}!", name, 0.9, 0.01) for name in names],
    )


def test_a_refused_observation_leaves_the_state_as_it_was() -> None:
    """An unknown channel is refused by name, and the next answer is right."""
    compiled = compile_problem(chain())
    state = State(compiled)
    seen = Observation("i", ("a!",))
    state.infer(seen)

    with pytest.raises(ProblemError, match="'nobody'"):
        state.infer(Observation("i", ("b!", "nobody")))

    assert bytes_of(state.infer(seen)) == bytes_of(infer(compiled, seen))


def test_threads_may_share_a_state() -> None:
    """Four threads that tell one state different stories each get their own story's answer."""
    compiled = cored(chain(), 18)
    state = State(compiled)
    wrong: list[str] = []

    def tell(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(50):
            states = {key: dice.choice("asu") for key in ("a!", "b!", "c!")}
            seen = observation_of(states, name=f"t{seed}")
            if bytes_of(state.infer(seen)) != bytes_of(infer(compiled, seen)):
                wrong.append(seen.id)

    threads = [threading.Thread(target=tell, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong


def test_shares_are_a_mapping_and_stay_as_they_are() -> None:
    """Posteriors read like dicts in id order, and nobody can write into the numbers behind."""
    faults = infer(compile_problem(chain()), Observation("i", ("a!",))).faults

    assert list(faults) == ["a", "b", "c"]
    assert faults == dict(faults)
    assert "a" in faults
    assert "z" not in faults
    assert repr(faults) == repr(dict(faults))
    with pytest.raises(ValueError, match="read-only"):
        getattr(faults, "array")[0] = 1.0  # noqa: B009
