"""Stars and chains: two forms of one core, and the account of what signs cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from reasoning.engine.compile import compile_problem
from reasoning.engine.core_sums import Broken, Core, sum_core
from reasoning.engine.kernels.summation import FINE
from reasoning.engine.layout import read
from reasoning.engine.loops import Loops, loops, plain_loops
from reasoning.engine.problem import Observation, Problem
from reasoning.engine.problem_files import parse_problem
from reasoning.engine.propagation import blank_messages
from tests.reasoning.engine.networks import observed

Drawn = tuple[dict[str, object], Observation]
Sums = tuple[float, float, np.ndarray]


def both_forms(problem: Problem, seen: Observation, using: Loops) -> tuple[Sums, Sums]:
    """Sum the whole problem as stars and as chains: (ln of the sum, its error, P by node)."""
    compiled = compile_problem(problem, using=using)
    readings, count = read(compiled.layout, compiled.sensors, seen), len(problem.nodes)
    parts = (
        compiled.net,
        blank_messages(compiled.layout, using),
        using.listed(readings.own_off),
        using.listed(readings.logs),
        using.listed(np.ones(count, dtype=np.int64)),
    )
    stars, chains = using.assemble_stars(*parts), using.assemble(*parts)
    order = using.min_degree(stars, 20, 2**20)
    state, log_total, lost, shares = using.signed_marginals(stars, order)
    assert state == FINE
    star = log_total, lost, np.asarray(shares)[np.asarray(stars.state_of)]
    state, log_total, shares = using.marginals(chains, using.min_degree(chains, 20, 2**20), False)
    assert state == FINE
    return star, (log_total, 0.0, np.asarray(shares)[np.asarray(chains.state_of)])


@pytest.mark.parametrize("kind", ["fastest", "plain"])
@given(drawn=observed(nodes=7))
@settings(max_examples=60, deadline=None)
def test_what_a_star_lost_is_known(kind: str, drawn: Drawn) -> None:
    """On random networks stars differ from chains by no more than the bound that they state."""
    problem, seen = parse_problem(drawn[0], source="test"), drawn[1]
    using = loops(patient=True) if kind == "fastest" else plain_loops()

    (star_sum, lost, star), (chain_sum, _, chain) = both_forms(problem, seen, using)

    if lost < 0.1:
        assert abs(np.expm1(star_sum - chain_sum)) <= 2.0 * lost + 1e-12
        assert float(np.abs(star - chain).max()) <= 4.0 * lost + 1e-12


def hopeless(parents: int, effects: int) -> Drawn:
    """Make loud effects of causes that hardly ever are: a star's signs cancel to nothing."""
    causes, hit = [f"c{n}" for n in range(parents)], [f"e{n}" for n in range(effects)]
    channels = [
        {"id": f"{e}-{n}", "node": e, "detection": 0.99, "false_alarm": 1e-6}
        for e in hit
        for n in range(4)
    ]
    document: dict[str, object] = {
        "schema": "causal/v1",
        "nodes": [{"id": c, "prior": 1e-16} for c in causes] + [{"id": e} for e in hit],
        "links": [{"cause": c, "effect": e, "strength": 0.5} for c in causes for e in hit],
        "channels": channels,
    }
    return document, Observation(
        id="loud", active=tuple(str(c["id"]) for c in channels), unknown=()
    )


def test_what_fits_in_neither_form_says_whose_order_broke() -> None:
    """A worthless star whose chains are too wide: the order that broke is that of the chains."""
    document, seen = hopeless(3, 2)
    problem, using = parse_problem(document, source="test"), plain_loops()
    compiled = compile_problem(problem, using=using)
    readings = read(compiled.layout, compiled.sensors, seen)
    core = Core(
        compiled.net,
        blank_messages(compiled.layout, using),
        using.listed(readings.own_off),
        using.listed(readings.logs),
        using.listed(np.ones(len(problem.nodes), dtype=np.int64)),
    )

    broken = sum_core(using, core, 2)

    assert isinstance(broken, Broken)
    assert len(broken.tables.owner) == broken.tables.variables > max(broken.order.clique)
