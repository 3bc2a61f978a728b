"""Numbers at the edge of doubles: answered right, or said to be less than promised."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reasoning.engine.compile import CompiledProblem, compile_problem
from reasoning.engine.loops import Loops, loops, plain_loops
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Observation, Problem
from reasoning.engine.problem_files import parse_problem
from tests.reasoning.engine.networks import channel, document, link, observed, problem_of
from tests.reasoning.engine.oracle import Truth
from tests.reasoning.engine.rational import rational_truth

LEAST = 5e-324
MOST = 1.0 - 2.0**-53
Drawn = tuple[dict[str, object], Observation]


def kinds() -> tuple[Loops, ...]:
    """Return both kinds of loops."""
    return plain_loops(), loops(patient=True)


def cut_down(problem: Problem, using: Loops) -> CompiledProblem:
    """Compile a problem so that it is never summed whole."""
    return replace(compile_problem(problem, max_width=-1, using=using), max_width=18)


def gap(found: Posterior, truth: Truth) -> float:
    """Return the largest difference of any probability."""
    pairs = [(found.faults[key], p) for key, p in truth.faults.items()]
    pairs += [(found.degraded[key], p) for key, p in truth.degraded.items()]
    return max(abs(a - b) for a, b in [*pairs, (found.p_no_fault, truth.p_no_fault)])


@st.composite
def extreme(draw: st.DrawFn) -> Drawn:
    """Draw a small problem whose priors, strengths and rates may be next to 0 and 1."""
    drawn, seen = draw(observed(nodes=3))
    small = st.sampled_from([LEAST, 1e-300, 1e-100, 1e-30, 1e-9, MOST])
    for entry in _numbered(drawn):
        for name in ("prior", "strength", "detection", "false_alarm"):
            if name in entry and draw(st.booleans()):
                entry[name] = draw(small)
    return drawn, seen


def _numbered(drawn: dict[str, object]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for name in ("nodes", "links", "channels"):
        listed = drawn[name]
        assert isinstance(listed, list)
        found += listed
        found += [fault for entry in listed for fault in entry.get("faults", ())]
    return found


@given(extreme())
@settings(max_examples=150, deadline=None)
def test_what_is_summed_whole_is_right_however_small_its_numbers(drawn: Drawn) -> None:
    """With numbers down to the least double the answer is that of rational arithmetic."""
    problem, seen = parse_problem(drawn[0], source="test"), drawn[1]
    truth, log_evidence = rational_truth(problem, seen)
    for using in kinds():
        found = infer(compile_problem(problem, using=using), seen)
        assert found.exact
        assert gap(found, truth) < 1e-9
        assert found.log_evidence == pytest.approx(log_evidence, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("active", [False, True])
def test_a_thousand_channels_on_one_fault_are_heard(active: bool) -> None:
    """All silent they rule the fault out, all active they prove it; nobody falls over."""
    names = [f"c{index}" for index in range(1_200)]
    problem = problem_of(
        [{"id": "a", "faults": [{"id": "a/x", "prior": 0.01}]}, {"id": "b", "prior": 0.01}],
        [link("b", "a", 0.9)],
        [channel(name, "a/x", 0.5, 0.01, on="fault") for name in names]
        + [channel("a!", "a", 0.9, 0.01)],
    )
    seen = Observation("i", (*(names if active else ()), "a!"))
    truth, log_evidence = rational_truth(problem, seen)
    for using in kinds():
        for compiled in (compile_problem(problem, using=using), cut_down(problem, using)):
            found = infer(compiled, seen)
            assert gap(found, truth) < 1e-9
            assert found.log_evidence == pytest.approx(log_evidence, rel=1e-9)


def test_a_fault_too_unlikely_for_a_double_may_still_be_the_one() -> None:
    """What nothing else explains was the fault, though its own channels speak e^1386 against it."""
    names = [f"c{index}" for index in range(2_000)]
    problem = problem_of(
        [{"id": "a", "faults": [{"id": "a/x", "prior": 0.01}]}],
        [],
        [channel(name, "a/x", 0.5, 0.01, on="fault") for name in names]
        + [channel(f"{name}!", "a", 0.9, 0.001) for name in names],
    )
    seen = Observation("i", tuple(f"{name}!" for name in names))
    total = math.log(0.01) + 2_000 * (math.log(0.5) + math.log(0.9))
    for using in kinds():
        found = infer(compile_problem(problem, using=using), seen)
        assert found.faults["a/x"] == pytest.approx(1.0)
        assert found.log_evidence == pytest.approx(total, rel=1e-12)


def torn() -> Drawn:
    """A node that is down for sure, because its cause is, under channels that say it is not."""
    nodes: list[object] = [{"id": "c", "prior": 1.0}, {"id": "e"}]
    channels = [channel(f"e{index}", "e", 0.9, 0.01) for index in range(40)]
    return document(nodes, [link("c", "e", 1.0)], channels), Observation("i", ())


def pair(strength: float) -> Drawn:
    """Two replicas behind one host, and a service that fails only where both do; it is silent."""
    nodes: list[object] = [{"id": "host", "prior": 0.3}, {"id": "r1"}, {"id": "r2"}]
    nodes.append({"id": "svc", "group": {"members": ["r1", "r2"], "min_healthy": 1}})
    links = [link("host", "r1", strength), link("host", "r2", strength)]
    channels = [
        channel("r1!", "r1", 0.9, 0.3),
        *(channel(f"svc{index}", "svc", 0.9, 0.01) for index in range(6)),
    ]
    return document(nodes, links, channels), Observation("i", ("r1!",))


def lone_alert() -> Drawn:
    """Two replicas of one unlikely host; only their service alerts, and loudly."""
    nodes: list[object] = [{"id": "host", "prior": 1e-6}, {"id": "r1"}, {"id": "r2"}]
    nodes.append({"id": "svc", "group": {"members": ["r1", "r2"], "min_healthy": 1}})
    links = [link("host", "r1", 1.0), link("host", "r2", 1.0)]
    channels = [channel("svc!", "svc", 0.999999, 1e-6)]
    return document(nodes, links, channels), Observation("i", ("svc!",))


@given(extreme())
@example(lone_alert())
@example(torn())
@example(pair(0.9))
@example(pair(0.5))
@settings(max_examples=150, deadline=None)
def test_a_core_is_right_or_says_that_it_may_not_be(drawn: Drawn) -> None:
    """An answer that folds keeps within 2e-3 of the whole one, or calls itself thinned."""
    problem, seen = parse_problem(drawn[0], source="test"), drawn[1]
    whole = infer(compile_problem(problem), seen)
    truth = Truth(dict(whole.faults), dict(whole.degraded), 0.0, whole.p_no_fault)
    for using in kinds():
        found = infer(cut_down(problem, using), seen)
        assert found.method in ("core", "thinned")
        if found.method == "core":
            assert gap(found, truth) < 2e-3
            assert found.log_evidence == pytest.approx(whole.log_evidence, rel=1e-2, abs=2e-3)


@given(observed(nodes=6))
@settings(max_examples=150, deadline=None)
def test_without_evidence_every_fault_is_as_likely_as_before(drawn: Drawn) -> None:
    """With every channel unknown a core says each prior, though all were thought silent before."""
    problem = parse_problem(drawn[0], source="test")
    seen = Observation("i", (), tuple(entry.id for entry in problem.channels))
    none = math.prod(1.0 - fault.prior for fault in problem.faults)
    for using in kinds():
        found = infer(cut_down(problem, using), seen)
        assert found.log_evidence == pytest.approx(0.0, abs=2e-3)
        assert found.p_no_fault == pytest.approx(none, abs=2e-3)
        for fault in problem.faults:
            assert found.faults[fault.id] == pytest.approx(fault.prior, abs=2e-3)


def test_a_node_that_was_pressed_down_lets_its_causes_go() -> None:
    """Two ways lead from a pool to a page; once its channels are unknown the pool is as before."""
    nodes: list[object] = [
        {"id": "pool", "prior": 0.02},
        {"id": "svc", "group": {"members": ["pool"], "min_healthy": 1}},
        {"id": "page", "prior": 0.001, "group": {"members": ["pool", "svc"], "min_healthy": 2}},
    ]
    channels = [channel("page!", "page", 0.999999, 0.001), channel("pool!", "pool", 0.9, 0.001)]
    channels += [channel(f"svc{index}", "svc", 0.999, 0.001) for index in range(2)]
    problem = problem_of(nodes, [link("svc", "page", 0.9)], channels)
    seen = Observation("i", (), tuple(entry.id for entry in problem.channels))
    for using in kinds():
        found = infer(cut_down(problem, using), seen)
        assert found.faults["pool"] == pytest.approx(0.02, abs=2e-3)


def test_a_rule_over_hundreds_of_members_is_counted() -> None:
    """Half of 400 members must be healthy: P(broken | alarm) is that of the binomial law."""
    count, least, prior = 400, 190, 0.5
    members = [f"m{index:03}" for index in range(count)]
    nodes: list[object] = [{"id": member, "prior": prior} for member in members]
    nodes.append({"id": "pool", "group": {"members": members, "min_healthy": least}})
    problem = problem_of(nodes, [], [channel("pool!", "pool", 0.9, 0.01)])
    broken = sum(math.comb(count, healthy) for healthy in range(least)) / 2.0**count
    alarm = broken * 0.9 + (1.0 - broken) * 0.01
    for using in kinds():
        found = infer(compile_problem(problem, using=using), Observation("i", ("pool!",)))
        assert found.degraded["pool"] == pytest.approx(broken * 0.9 / alarm, rel=1e-6)
        assert found.log_evidence == pytest.approx(math.log(alarm), abs=1e-3)
