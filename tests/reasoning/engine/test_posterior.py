"""Variable elimination: every figure is the true one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest
from hypothesis import given, settings

from reasoning.engine.compile import compile_problem
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Observation, Problem, ProblemError
from reasoning.engine.problem_files import parse_problem, read_observations, read_problem
from tests.reasoning.engine.networks import channel, link, observed, problem_of
from tests.reasoning.engine.oracle import enumerate_truth
from tests.reasoning.engine.shared_sets import shared_cases


def ask(problem: Problem, *active: str, unknown: tuple[str, ...] = ()) -> Posterior:
    """Return the posterior of one observation."""
    return infer(compile_problem(problem), Observation("i0", active, unknown))


def test_tiny_sets_agree_with_enumeration_to_1e_9() -> None:
    """All four figures of every tiny incident are right to 1e-9, and the method says exact."""
    for case in shared_cases("tiny", "tiny-faults", "tiny-group"):
        problem = read_problem(case.problem)
        compiled = compile_problem(problem)
        observations = read_observations(case.observations, problem)
        for observation, truth in zip(observations, case.truths, strict=True):
            posterior = infer(compiled, observation)
            assert posterior.method == "exact"
            assert posterior.exact
            assert posterior.log_evidence == pytest.approx(truth["log_evidence"], abs=1e-9)
            assert posterior.p_no_fault == pytest.approx(truth["p_no_fault"], abs=1e-9)
            assert posterior.faults == pytest.approx(truth["faults"], rel=1e-9, abs=1e-12)
            assert posterior.degraded == pytest.approx(truth["degraded"], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("name", "middle"), [("n100-normal", 1e-6), ("n100-sparse", 1e-4)])
def test_hundred_node_sets_keep_their_tolerances(name: str, middle: float) -> None:
    """The hundred-node sets are within reach of elimination and agree with full elimination."""
    errors: list[float] = []
    for case in shared_cases(name):
        problem = read_problem(case.problem)
        compiled = compile_problem(problem)
        observations = read_observations(case.observations, problem)
        for observation, truth in zip(observations, case.truths, strict=True):
            posterior = infer(compiled, observation)
            assert posterior.method == "exact"
            assert posterior.log_evidence == pytest.approx(truth["log_evidence"], rel=1e-2)
            assert posterior.p_no_fault == pytest.approx(truth["p_no_fault"], abs=2e-3)
            errors += _gaps(posterior.faults, truth["faults"])
            errors += _gaps(posterior.degraded, truth["degraded"])
    assert median(errors) <= middle
    assert max(errors) <= 2e-3


def _gaps(found: Mapping[str, float], true: Mapping[str, float]) -> list[float]:
    return [abs(found[key] - true[key]) for key in true]


@given(observed())
@settings(max_examples=150)
def test_elimination_equals_enumeration(drawn: tuple[dict[str, object], Observation]) -> None:
    """On random small networks elimination gives what summing every state gives."""
    document, observation = drawn
    problem = parse_problem(document, source="test")
    truth = enumerate_truth(problem, observation)

    posterior = infer(compile_problem(problem), observation)

    assert posterior.exact
    assert posterior.log_evidence == pytest.approx(math.log(truth.evidence), rel=1e-9, abs=1e-12)
    assert posterior.p_no_fault == pytest.approx(truth.p_no_fault, rel=1e-9)
    assert posterior.faults == pytest.approx(truth.faults, rel=1e-9)
    assert posterior.degraded == pytest.approx(truth.degraded, rel=1e-9)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_cause_and_its_mirror_are_counted_once(mirrored: bool) -> None:
    """`b` is broken exactly when `a` is: a common effect of both is still summed rightly."""
    links = [link("a", "b", 1.0), link("a", "c", 1.0), link("b", "c", 0.5)]
    problem = problem_of(
        [{"id": "a", "prior": 0.1}, {"id": "b"}, {"id": "c"}],
        links[::-1] if mirrored else links,
        [channel("seen", "c", 0.9, 0.1)],
    )

    posterior = infer(compile_problem(problem), Observation("1", ("seen",)))

    assert posterior.exact
    assert posterior.degraded["a"] == pytest.approx(0.5, rel=1e-12)  # .1 x .9 against .9 x .1
    assert posterior.degraded["c"] == pytest.approx(0.5, rel=1e-12)


@given(observed())
@settings(max_examples=40)
def test_order_of_writing_changes_no_bit(drawn: tuple[dict[str, object], Observation]) -> None:
    """Reversing nodes, links and channels gives the same posterior to the last bit."""
    document, observation = drawn
    turned = {
        key: value[::-1] if isinstance(value, list) else value for key, value in document.items()
    }

    first = infer(compile_problem(parse_problem(document, source="test")), observation)
    second = infer(compile_problem(parse_problem(turned, source="test")), observation)

    assert first == second


def test_silence_is_evidence_and_unknown_is_not() -> None:
    """A silent channel lowers the posterior by Bayes' rule; an unknown one leaves the prior."""
    problem = problem_of([{"id": "a", "prior": 0.1}], channels=[channel("a/x", "a", 0.9, 0.01)])

    silent = ask(problem)
    unknown = ask(problem, unknown=("a/x",))

    assert silent.faults["a"] == pytest.approx(0.01 / (0.01 + 0.9 * 0.99), rel=1e-12)
    assert unknown.faults["a"] == pytest.approx(0.1, rel=1e-12)
    assert unknown.log_evidence == 0.0


def test_fifty_six_parents_on_one_node() -> None:
    """A node with 56 causes is solved exactly; equal causes share the blame equally."""
    names = [f"p{index:02d}" for index in range(56)]
    problem = problem_of(
        [{"id": name, "prior": 0.001} for name in names] + [{"id": "hub"}],
        [link(name, "hub", 0.9) for name in names],
        [channel("hub/x", "hub", 0.95, 1e-4)],
    )

    posterior = ask(problem, "hub/x")

    struck = -math.expm1(56 * math.log1p(-0.001 * 0.9))
    degraded = struck * 0.95 / (struck * 0.95 + (1 - struck) * 1e-4)
    assert posterior.exact
    assert posterior.degraded["hub"] == pytest.approx(degraded, rel=1e-9)
    assert len({round(posterior.faults[name], 12) for name in names}) == 1


def test_isolated_component_keeps_its_prior() -> None:
    """Evidence elsewhere does not move a node without links, and its channel moves only it."""
    problem = problem_of(
        [{"id": "a", "prior": 0.01}, {"id": "b", "prior": 0.02}, {"id": "alone", "prior": 0.03}],
        [link("a", "b", 0.5)],
        [channel("b/x", "b", 0.9, 0.001)],
    )

    posterior = ask(problem, "b/x")

    assert posterior.faults["alone"] == pytest.approx(0.03, rel=1e-12)
    assert posterior.faults["b"] > 0.5


def test_two_roots_are_both_found() -> None:
    """Two services failing for two independent reasons leave two likely faults."""
    nodes = [{"id": name, "prior": 0.001} for name in ("r1", "r2", "s1", "s2")]
    problem = problem_of(
        nodes,
        [link("r1", "s1", 0.9), link("r2", "s2", 0.9)],
        [channel(f"{name}/x", name, 0.9, 0.001) for name in ("r1", "r2", "s1", "s2")],
    )

    posterior = ask(problem, "r1/x", "r2/x", "s1/x", "s2/x")

    assert min(posterior.faults["r1"], posterior.faults["r2"]) > 0.99
    assert posterior.p_no_fault < 1e-5


def test_hundreds_of_contradicting_channels_do_not_underflow() -> None:
    """Likelihoods far below the smallest double still give the right odds."""
    speaking = [channel(f"a/{index:03d}", "a", 0.999999, 1e-6) for index in range(300)]
    problem = problem_of(
        [{"id": "a", "prior": 0.0}, {"id": "b", "prior": 0.5}],
        [link("b", "a", 1e-4)],
        speaking,
    )

    posterior = ask(problem, *(f"a/{index:03d}" for index in range(300)))

    assert posterior.degraded["a"] == pytest.approx(1.0)
    assert posterior.faults["b"] == pytest.approx(1.0)
    assert posterior.log_evidence == pytest.approx(
        math.log(0.5 * 1e-4) + 300 * math.log(0.999999), rel=1e-9
    )


def test_impossible_state_with_huge_likelihood_stays_impossible() -> None:
    """A node that cannot be degraded is not, however loudly 300 channels say so."""
    speaking = [channel(f"a/{index:03d}", "a", 0.999999, 1e-6) for index in range(300)]
    problem = problem_of([{"id": "a"}], channels=speaking)

    posterior = ask(problem, *(f"a/{index:03d}" for index in range(300)))

    assert posterior.degraded["a"] == 0.0
    assert posterior.p_no_fault == 1.0
    assert posterior.log_evidence == pytest.approx(300 * math.log(1e-6), rel=1e-12)


def test_a_replica_group_fails_only_below_its_minimum() -> None:
    """Two of three replicas down break a group that needs two, one down does not."""
    replicas = [{"id": name, "prior": prior} for name, prior in zip("abc", (1, 1, 0), strict=True)]
    group = {"members": ["a", "b", "c"], "min_healthy": 2}
    spare = {"members": ["a", "b", "c"], "min_healthy": 1}
    problem = problem_of([*replicas, {"id": "two", "group": group}, {"id": "one", "group": spare}])

    posterior = ask(problem)

    assert posterior.degraded["two"] == 1.0
    assert posterior.degraded["one"] == 0.0


def test_threads_give_equal_answers() -> None:
    """One compiled problem serves eight threads at once with one answer."""
    problem = problem_of(
        [{"id": name, "prior": 0.01} for name in "abcd"],
        [link("a", "b", 0.5), link("a", "c", 0.5), link("b", "d", 0.9), link("c", "d", 0.9)],
        [channel("d/x", "d", 0.9, 0.01)],
    )
    compiled = compile_problem(problem)
    observation = Observation("i0", ("d/x",))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: infer(compiled, observation), range(64)))

    assert all(answer == answers[0] for answer in answers)


def test_an_unknown_channel_is_refused() -> None:
    """An observation of a channel that the problem lacks is an error naming it."""
    problem = problem_of([{"id": "a", "prior": 0.1}])

    with pytest.raises(ProblemError, match="unknown channel 'zz'"):
        ask(problem, "zz")


def test_duration_comes_from_the_given_clock() -> None:
    """`duration_ms` is the difference of the clock's readings in milliseconds."""
    readings = iter((1.0, 1.5))
    problem = problem_of([{"id": "a", "prior": 0.1}])

    posterior = infer(compile_problem(problem), Observation("i0", ()), clock=lambda: next(readings))

    assert posterior.duration_ms == 500.0
