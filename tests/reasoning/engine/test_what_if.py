"""What-ifs against enumeration: factors, groups, checks, links that fired, causes in one set."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings

from reasoning.engine.compile import compile_problem
from reasoning.engine.problem import Observation, Problem, ProblemError
from reasoning.engine.problem_files import parse_problem, read_observations, read_problem
from reasoning.engine.ratios import mutual_information_bits
from reasoning.engine.what_if import WhatIf
from tests.reasoning.engine.networks import channel, link, observed, problem_of
from tests.reasoning.engine.oracle import World, worlds
from tests.reasoning.engine.shared_sets import shared_cases

Drawn = tuple[dict[str, object], Observation]


def total(found: list[World], *, born: str = "", absent: str = "", problem: Problem) -> float:
    """Sum the worlds in which these faults were born, and were not."""
    at = {fault.id: index for index, fault in enumerate(problem.faults)}
    return math.fsum(
        world.weight
        for world in found
        if (not born or world.births[at[born]]) and (not absent or not world.births[at[absent]])
    )


def open_faults(problem: Problem) -> list[str]:
    """Name the faults that may be born and may be absent."""
    return [fault.id for fault in problem.faults if 0.0 < fault.prior < 1.0]


def factor(problem: Problem, found: list[World], fault_id: str) -> float:
    """Return log10 P(e | born) / P(e | absent) by enumeration."""
    prior = next(fault.prior for fault in problem.faults if fault.id == fault_id)
    born = total(found, born=fault_id, problem=problem) / prior
    return math.log10(born / (total(found, absent=fault_id, problem=problem) / (1.0 - prior)))


@given(observed(nodes=4))
@settings(max_examples=60, deadline=None)
def test_factors_of_hypotheses_and_groups_are_exact(drawn: Drawn) -> None:
    """A fault's factor, and what a group or an item adds to it, agree with enumeration to 1e-9."""
    problem, seen = parse_problem(drawn[0], source="test"), drawn[1]
    asked = WhatIf(compile_problem(problem), seen)
    truth = worlds(problem, seen)
    heard = [c.id for c in problem.channels if c.id not in seen.unknown]
    groups = {"first": heard[: len(heard) // 2], "item": heard[-1:], "none": []}
    told = asked.group_factors(open_faults(problem), groups)
    for fault_id in open_faults(problem):
        whole = factor(problem, truth, fault_id)
        assert asked.log10_factor(fault_id) == pytest.approx(whole, abs=1e-9, rel=1e-9)
        for name, channels in groups.items():
            rest = worlds(problem, replace(seen, unknown=(*seen.unknown, *channels)))
            true = whole - factor(problem, rest, fault_id)
            assert told[fault_id][name] == pytest.approx(true, abs=1e-9, rel=1e-9)


@given(observed(nodes=4))
@settings(max_examples=60, deadline=None)
def test_links_that_fired_and_sets_that_were_born_are_exact(drawn: Drawn) -> None:
    """P(link fired | e) and P(some fault of a set | e) agree with enumeration to 1e-9."""
    problem, seen = parse_problem(drawn[0], source="test"), drawn[1]
    asked = WhatIf(compile_problem(problem), seen)
    truth = worlds(problem, seen)
    evidence = math.fsum(world.weight for world in truth)
    for entry in problem.links:
        fired = math.fsum(
            world.weight * entry.strength / world.struck[entry.effect]
            for world in truth
            if world.states[entry.cause] and world.states[entry.effect]
        )
        found = asked.fired(problem.nodes[entry.cause], problem.nodes[entry.effect])
        assert found == pytest.approx(fired / evidence, abs=1e-9)
    half = [fault.id for fault in problem.faults][::2]
    at = {fault.id: index for index, fault in enumerate(problem.faults)}
    none = math.fsum(w.weight for w in truth if not any(w.births[at[f]] for f in half))
    assert asked.any_born(half) == pytest.approx(1.0 - none / evidence, abs=1e-9)


@given(observed(nodes=4))
@settings(max_examples=60, deadline=None)
def test_what_is_left_where_none_of_a_set_was_born_is_exact(drawn: Drawn) -> None:
    """P(fault | e, none of the set) and P(degraded | the same) agree with enumeration to 1e-9."""
    problem, seen = parse_problem(drawn[0], source="test"), drawn[1]
    half = [fault.id for fault in problem.faults][::2]
    at = {fault.id: index for index, fault in enumerate(problem.faults)}
    left = [w for w in worlds(problem, seen) if not any(w.births[at[f]] for f in half)]
    rest = math.fsum(world.weight for world in left)
    assume(rest > 0.0)

    born, states = WhatIf(compile_problem(problem), seen).given_none(half)

    for fault_id, index in at.items():
        true = math.fsum(w.weight for w in left if w.births[index]) / rest
        assert born[fault_id] == pytest.approx(true, abs=1e-9)
    for index in range(len(problem.nodes)):
        true = math.fsum(w.weight for w in left if w.states[index]) / rest
        assert states[index] == pytest.approx(true, abs=1e-9)


@given(observed(nodes=4))
@settings(max_examples=40, deadline=None)
def test_two_explanations_are_weighed_against_each_other(drawn: Drawn) -> None:
    """P(e | one, not the other) against P(e | the other, not the one), to 1e-9."""
    problem, seen = parse_problem(drawn[0], source="test"), drawn[1]
    faults = open_faults(problem)
    assume(len(faults) >= 2)
    one, other = faults[:2]
    prior = {fault.id: fault.prior for fault in problem.faults}
    truth = worlds(problem, seen)
    ratio = total(truth, born=one, absent=other, problem=problem)
    ratio /= total(truth, born=other, absent=one, problem=problem)
    ratio *= prior[other] * (1.0 - prior[one]) / (prior[one] * (1.0 - prior[other]))

    found = WhatIf(compile_problem(problem), seen).log10_between(one, other)

    assert found == pytest.approx(math.log10(ratio), abs=1e-9, rel=1e-9)


@given(observed(nodes=4))
@settings(max_examples=40, deadline=None)
def test_what_a_check_tells_of_all_causes_is_what_it_tells_of_its_own(drawn: Drawn) -> None:
    """The mutual information with every fault at once is that with the fault it looks at."""
    problem, seen = parse_problem(drawn[0], source="test"), drawn[1]
    assume(problem.faults)
    truth = worlds(problem, seen)
    evidence = math.fsum(world.weight for world in truth)
    detection, false_alarm = 0.9, 0.05
    joint: dict[tuple[tuple[int, ...], bool], float] = {}
    for world in truth:
        yes = detection if world.births[0] else false_alarm
        for says, p in ((True, yes), (False, 1.0 - yes)):
            key = world.births, says
            joint[key] = joint.get(key, 0.0) + world.weight * p / evidence
    causes: dict[tuple[int, ...], float] = {}
    answers: dict[bool, float] = {}
    for (births, says), p in joint.items():
        causes[births] = causes.get(births, 0.0) + p
        answers[says] = answers.get(says, 0.0) + p
    told = math.fsum(p * math.log2(p / (causes[b] * answers[s])) for (b, s), p in joint.items())

    p = WhatIf(compile_problem(problem), seen).any_born([problem.faults[0].id])

    bits = mutual_information_bits(p, detection=detection, false_alarm=false_alarm)
    assert bits == pytest.approx(max(told, 0.0), abs=1e-9)


def fork() -> Problem:
    """Two pool nodes that harm the same service alike, and a database on a way of its own."""
    return problem_of(
        [{"id": n, "prior": 0.01} for n in ("db", "n1", "n2")] + [{"id": "api"}, {"id": "web"}],
        [
            link("n1", "web", 0.9),
            link("n2", "web", 0.9),
            link("db", "api", 0.9),
            link("api", "web", 0.8),
        ],
        [channel("web!", "web", 0.9, 0.01), channel("api!", "api", 0.9, 0.01)],
    )


def test_what_cannot_be_told_apart_is_one_set_and_the_path_is_the_likeliest() -> None:
    """With the service down and its API calm, both pool nodes are one set and the database not."""
    calm = WhatIf(compile_problem(fork()), Observation("i", ("web!",)))
    assert calm.any_born(("n1", "n2")) > 1.9 * calm.posterior.faults["n1"]

    struck = WhatIf(compile_problem(fork()), Observation("i", ("web!", "api!")))
    assert [node for node, _ in struck.path("db", {"web"})] == ["db", "api", "web"]
    assert struck.path("web", {"db"}) == (("web", 1.0),)


def test_a_core_is_asked_as_it_was_answered() -> None:
    """On a storm prior odds times a factor are posterior odds, for the leading causes to 1e-6."""
    for case in list(shared_cases("storm"))[:1]:
        problem = read_problem(case.problem)
        compiled = compile_problem(problem)
        asked = WhatIf(compiled, read_observations(case.observations, problem)[0])
        faults = asked.posterior.faults
        leaders = sorted(faults, key=lambda fault: (-faults[fault], fault))[:3]
        prior = {fault.id: fault.prior for fault in problem.faults}
        for leader in leaders:
            odds = prior[leader] / (1.0 - prior[leader]) * 10.0 ** asked.log10_factor(leader)
            assert odds / (1.0 + odds) == pytest.approx(faults[leader], abs=1e-6)


def test_what_folded_nodes_heard_weighs_too() -> None:
    """Of what channels of folded nodes tell the leading causes, less than half is missed in all.

    The truth is the same question to the whole, uncut. Ignored, all of it would be missed.
    """
    missed = there = 0.0
    for case in shared_cases("n100-normal", "n100-sparse"):
        problem = read_problem(case.problem)
        whole = compile_problem(problem)
        cut = replace(compile_problem(problem, max_width=-1), max_width=18)
        for seen in read_observations(case.observations, problem)[:2]:
            true, found = WhatIf(whole, seen), WhatIf(cut, seen)
            faults = sorted(true.posterior.faults, key=lambda f: -true.posterior.faults[f])[:1]
            quiet = {n for n, p in found.posterior.degraded.items() if p < 3e-5}
            heard = {c.id for c in problem.channels if c.node is not None}
            group = [
                c.id
                for c in problem.channels
                if c.id in heard - set(seen.unknown) and problem.nodes[c.node or 0] in quiet
            ]
            asked = {"quiet": group}
            (fault,) = faults
            told = true.group_factors([fault], asked)[fault]["quiet"]
            there += abs(told)
            missed += abs(found.group_factors([fault], asked)[fault]["quiet"] - told)
    assert missed < 0.5 * there


def test_what_cannot_be_asked_is_refused_by_name() -> None:
    """An unknown fault, node or channel is named; an answer of messages alone has no core."""
    asked = WhatIf(compile_problem(fork()), Observation("i", ()))
    with pytest.raises(ProblemError, match="'who'"):
        asked.log10_factor("who")
    with pytest.raises(ProblemError, match="'where'"):
        asked.fired("db", "where")
    with pytest.raises(ProblemError, match="'what'"):
        asked.group_factors(("db",), {"g": ("what",)})
    with pytest.raises(ProblemError, match="messages alone"):
        WhatIf(compile_problem(fork(), max_width=-1), Observation("i", ()))
