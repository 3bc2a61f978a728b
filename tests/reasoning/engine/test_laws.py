"""What the model implies whatever the network: monotone evidence, names of no account, ends."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reasoning.engine.compile import compile_problem
from reasoning.engine.loops import loops
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Fault, Observation, Problem, ProblemError
from reasoning.engine.problem_files import parse_problem, read_observations, read_problem
from tests.reasoning.engine.networks import channel, document, documents, link, observed, problem_of
from tests.reasoning.engine.shared_sets import shared_cases

Drawn = tuple[dict[str, object], Observation]


def checked(drawn: dict[str, object]) -> Problem:
    """Return a drawn document's problem."""
    problem = parse_problem(drawn, source="test")
    return problem


def exact(problem: Problem, observation: Observation) -> Posterior:
    """Return the answer, which must be exact."""
    found = infer(compile_problem(problem), observation)
    assert found.method == "exact"
    return found


def told(observation: Observation, channel_id: str, state: str) -> Observation:
    """Return the observation with one channel active, silent or unknown."""
    active = [c for c in observation.active if c != channel_id]
    unknown = [c for c in observation.unknown if c != channel_id]
    active += [channel_id] if state == "active" else []
    unknown += [channel_id] if state == "unknown" else []
    return Observation(observation.id, tuple(active), tuple(unknown))


@given(observed(nodes=5), st.data())
@settings(max_examples=60)
def test_a_channel_that_speaks_never_speaks_against_what_it_watches(
    drawn: Drawn, data: st.DataObject
) -> None:
    """Active, unknown, silent: what the channel sits on is less probable each time, or equal."""
    problem, observation = checked(drawn[0]), drawn[1]
    assume(problem.channels)
    watching = data.draw(st.sampled_from(problem.channels))
    assume(watching.detection > watching.false_alarm)
    found = []
    for state in ("active", "unknown", "silent"):
        posterior = exact(problem, told(observation, watching.id, state))
        found.append(
            posterior.degraded[problem.nodes[watching.node]]
            if watching.node is not None
            else posterior.faults[problem.faults[watching.fault or 0].id]
        )
    assert found[0] >= found[1] - 1e-12
    assert found[1] >= found[2] - 1e-12


@given(documents(nodes=5), st.data())
@settings(max_examples=60)
def test_one_alert_alone_speaks_against_nobody(
    drawn: dict[str, object], data: st.DataObject
) -> None:
    """With nothing else known, an alert lowers no fault below its prior: causes only help."""
    problem = checked(drawn)
    assume(problem.channels)
    speaking = data.draw(st.sampled_from(problem.channels))
    assume(speaking.detection > speaking.false_alarm)
    others = tuple(c.id for c in problem.channels if c.id != speaking.id)

    found = exact(problem, Observation("i0", (speaking.id,), others))

    for fault in problem.faults:
        assert found.faults[fault.id] >= fault.prior * (1.0 - 1e-9)


@given(observed(nodes=5), st.data())
@settings(max_examples=60)
def test_the_prior_of_a_fault_moves_only_its_odds(drawn: Drawn, data: st.DataObject) -> None:
    """Posterior odds by prior odds, the Bayes factor, is the same whatever the fault's prior."""
    problem, observation = checked(drawn[0]), drawn[1]
    assume(problem.faults)
    index = data.draw(st.integers(0, len(problem.faults) - 1))
    factors = []
    for prior in (0.01, 0.4):
        faults = list(problem.faults)
        faults[index] = Fault(faults[index].id, faults[index].node, prior)
        posterior = exact(replace(problem, faults=tuple(faults)), observation)
        p = posterior.faults[faults[index].id]
        assume(1e-12 < p < 1.0 - 1e-9)
        factors.append(math.log(p / (1.0 - p)) - math.log(prior / (1.0 - prior)))
    assert factors[0] == pytest.approx(factors[1], abs=1e-5)


@given(documents(nodes=6))
@settings(max_examples=40)
def test_without_readings_everything_stays_at_its_prior(drawn: dict[str, object]) -> None:
    """Every channel unknown: faults keep their priors, the evidence says nothing."""
    problem = checked(drawn)

    found = exact(problem, Observation("i0", (), tuple(c.id for c in problem.channels)))

    assert found.faults == pytest.approx({f.id: f.prior for f in problem.faults}, abs=1e-12)
    assert found.log_evidence == pytest.approx(0.0, abs=1e-12)
    calm = math.prod(1.0 - fault.prior for fault in problem.faults)
    assert found.p_no_fault == pytest.approx(calm, rel=1e-9)


@given(observed(nodes=6), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_names_are_of_no_account(drawn: Drawn, draw: random.Random) -> None:
    """Other ids, and so another order of everything, give the same answer to 1e-9."""
    problem, observation = checked(drawn[0]), drawn[1]
    names = [f"x{number}" for number in range(len(problem.nodes))]
    draw.shuffle(names)
    renamed = dict(zip(problem.nodes, names, strict=True))

    def rename(text: str) -> str:
        head, slash, rest = text.partition("/")
        bang = "!" if not slash and head.endswith("!") else ""
        return renamed[head.removesuffix("!")] + bang + slash + rest

    written = _renamed(drawn[0], rename)
    other = Observation(
        "i0", tuple(map(rename, observation.active)), tuple(map(rename, observation.unknown))
    )

    one, two = exact(problem, observation), exact(parse_problem(written, source="test"), other)

    assert one.log_evidence == pytest.approx(two.log_evidence, rel=1e-9, abs=1e-12)
    assert {rename(k): p for k, p in one.faults.items()} == pytest.approx(dict(two.faults))
    assert {rename(k): p for k, p in one.degraded.items()} == pytest.approx(dict(two.degraded))


def _renamed(value: object, rename: Callable[[str], str]) -> dict[str, object]:
    """Rename every id in a document."""

    def walk(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {k: walk(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [walk(v, key) for v in value]
        return rename(value) if isinstance(value, str) and key != "schema" else value

    found = walk(value)
    assert isinstance(found, dict)
    return found


def test_two_thousand_silent_channels_drown_one_alert() -> None:
    """Their product is far below the smallest double; the odds are right all the same."""
    quiet = [channel(f"a/{number:04d}", "a", 0.3, 0.001) for number in range(2_000)]
    problem = problem_of(
        [{"id": "a", "prior": 0.5}, {"id": "b", "prior": 1e-9}],
        [link("b", "a", 1.0)],
        [*quiet, channel("b!", "b", 0.999, 0.001)],
    )

    found = exact(problem, Observation("i0", ("b!",)))

    silent = 2_000 * (math.log(0.7) - math.log(0.999))
    assert found.degraded["a"] == pytest.approx(math.exp(silent), rel=1e-6, abs=1e-300)
    assert found.log_evidence == pytest.approx(
        math.log(0.5) + 2_000 * math.log(0.999) + math.log(0.001), rel=1e-9
    )


def test_two_thousand_silent_channels_on_a_wide_topology_are_answered() -> None:
    """A silent channel on each of 2,000 nodes leaves all at rest; one cause of all stays quiet."""
    names = [f"n{number:04d}" for number in range(2_000)]
    problem = problem_of(
        [{"id": name, "prior": 0.001} for name in ["hub", *names]],
        [link("hub", name, 0.5) for name in names],
        [channel(f"{name}!", name, 0.9, 0.001) for name in names],
    )

    found = infer(compile_problem(problem), Observation("i0", ()))

    assert found.faults["hub"] < 1e-100
    assert max(found.faults.values()) < 0.001
    assert found.p_no_fault == pytest.approx((1 - 0.0001) ** 2_000, abs=2e-3)


@pytest.mark.parametrize("strength", [0.0, 1e-9, 1.0 - 1e-12, 1.0])
@pytest.mark.parametrize("prior", [0.0, 1e-9, 1.0 - 1e-12, 1.0])
def test_certain_and_all_but_impossible_numbers_are_exact(prior: float, strength: float) -> None:
    """Priors and strengths at the ends and a hair from them follow Bayes' rule to 1e-9."""
    problem = problem_of(
        [{"id": "a", "prior": prior}, {"id": "b", "prior": 0.01}],
        [link("a", "b", strength)],
        [channel("b!", "b", 0.9, 0.001)],
    )

    found = exact(problem, Observation("i0", ("b!",)))

    struck = [1.0 - 0.99 * (1.0 - strength * born) for born in (0, 1)]
    weigh = [0.9 * p + 0.001 * (1.0 - p) for p in struck]
    evidence = (1.0 - prior) * weigh[0] + prior * weigh[1]
    assert found.faults["a"] == pytest.approx(prior * weigh[1] / evidence, rel=1e-9, abs=1e-15)
    assert found.log_evidence == pytest.approx(math.log(evidence), rel=1e-9)


def test_a_problem_of_nothing_is_refused_and_one_of_a_lone_node_answered() -> None:
    """No component is bad input; no relation, no channel, no alert is an ordinary problem."""
    with pytest.raises(ProblemError, match="nodes"):
        parse_problem(document([]), source="test")

    found = exact(problem_of([{"id": "a"}]), Observation("i0", ()))

    assert (found.degraded, found.faults) == ({"a": 0.0}, {})
    assert (found.p_no_fault, found.log_evidence) == (1.0, 0.0)


def test_threads_share_a_storm_topology() -> None:
    """Eight threads with storms of their own get what one thread got, to the last bit."""
    case = next(shared_cases("storm"))
    problem = read_problem(case.problem)
    compiled = compile_problem(problem, using=loops(patient=True))
    storms = read_observations(case.observations, problem)[:6]
    alone = [infer(compiled, storm) for storm in storms]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda storm: infer(compiled, storm), storms * 3))

    assert together == alone * 3


LADDER = (18, 12, 10, 8, 6, 4, 2, 1, 0)
BEARABLE = 0.75


def test_a_ladder_of_widths_shows_what_thinning_costs(capsys: pytest.CaptureFixture[str]) -> None:
    """Against the exact whole, the worst error at each width is printed; it says thinned or core.

    Nothing bounds a thinned answer: the bar here only catches answers that have lost their way.
    """
    worst = dict.fromkeys(LADDER, 0.0)
    thinned = dict.fromkeys(LADDER, 0)
    for case in shared_cases("n100-normal", "n100-sparse"):
        problem = read_problem(case.problem)
        whole, alone = compile_problem(problem), compile_problem(problem, max_width=-1)
        for observation in read_observations(case.observations, problem)[::3]:
            true = exact_of(infer(whole, observation))
            for width in LADDER:
                found = infer(replace(alone, max_width=width), observation)
                gap = max(abs(found.faults[key] - true.faults[key]) for key in true.faults)
                assert found.method in ("core", "thinned", "loopy")
                assert gap <= (2e-3 if found.method == "core" else BEARABLE)
                worst[width] = max(worst[width], gap)
                thinned[width] += found.method != "core"
    with capsys.disabled():
        rows = (f"{w}: {worst[w]:.1e} ({thinned[w]} thinned)" for w in LADDER)
        print("\n100 nodes, worst error of a fault by width: " + ", ".join(rows))  # noqa: T201
    assert thinned[18] == 0
    assert thinned[0] > 0


def exact_of(posterior: Posterior) -> Posterior:
    """Return a posterior that must be exact."""
    assert posterior.exact
    return posterior
