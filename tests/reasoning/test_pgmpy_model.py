"""The public form: pgmpy reads it back, agrees with the shown answer, and stays at home."""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import given, settings

from reasoning.engine.compile import compile_problem
from reasoning.engine.problem import Observation
from reasoning.engine.problem_files import parse_problem, read_observations, read_problem
from reasoning.public_form.core_network import CoreNetwork, core_network
from reasoning.public_form.pgmpy_model import (
    Form,
    as_pgmpy,
    differences,
    pgmpy_version,
    recompute,
    written,
)
from reasoning.public_form.pgmpy_stars import Stars
from reasoning.public_form.public_order import elimination_order
from tests.payloads import alert, payload
from tests.reasoning.engine.networks import channel, link, observed, problem_of
from tests.reasoning.engine.shared_sets import shared_cases
from tests.small_pack import START

ROOT = Path(__file__).resolve().parents[2]


def small_network() -> CoreNetwork:
    """Return a core with two modes, a pool of three, awkward ids, and mixed evidence."""
    pool = {"id": "池 = {a};", "group": {"members": ["w1", "w2", "w3"], "min_healthy": 2}}
    modes = [{"id": "db/pool", "prior": 0.02}, {"id": "db//disk", "prior": 1e-9}]
    problem = problem_of(
        [{"id": "db", "faults": modes}, pool]
        + [{"id": name, "prior": 0.01} for name in ("w1", "w2", "w3")],
        [link("db", name, strength) for name, strength in (("w1", 0.9), ("w2", 1.0), ("w3", 0.1))],
        [
            channel("池!", "池 = {a};", 0.9, 0.01),
            channel('w1"!', "w1", 0.7, 0.05),
            channel("disk!", "db//disk", 0.9, 1e-4, on="fault"),
        ],
    )
    network = core_network(compile_problem(problem), Observation("i0", ("池!",), ('w1"!',)))
    assert network is not None
    return network


@pytest.mark.parametrize("form", ["bif", "xmlbif"])
def test_what_is_written_is_read_back_equal(form: Form) -> None:
    """The readers of pgmpy give the same arrows, states, ids and probabilities to the last bit."""
    network = small_network()

    model = read_back(written(network, form), form)

    assert set(model.nodes()) == {variable.name for variable in network.variables}
    assert set(model.edges()) == {(p, v.name) for v in network.variables for p in v.parents}
    for variable in network.variables:
        cpd = model.get_cpds(variable.name)
        assert tuple(cpd.variables) == (variable.name, *variable.parents)
        assert cpd.state_names[variable.name] == list(variable.states)
        assert np.array_equal(cpd.values, variable.table)
        role, about, *_ = model.nodes[variable.name]["means"].split(" ")
        assert (role, unquote(about)) == (variable.role, variable.about)


def read_back(text: str, form: Form) -> Any:
    """Read a written network with pgmpy's reader."""
    from pgmpy.readwrite import BIFReader, XMLBIFReader  # type: ignore[import-untyped]

    if form == "bif":
        return BIFReader(string=text, include_properties=True).get_model()
    return XMLBIFReader(string=text).get_model()


@given(observed(nodes=5))
@settings(max_examples=15, deadline=None)
def test_pgmpy_finds_the_shown_answer(drawn: tuple[dict[str, object], Observation]) -> None:
    """On random networks every probability and ln P(evidence) are recomputed to 1e-9."""
    document, observation = drawn
    problem = parse_problem(document, source="test")
    network = core_network(compile_problem(problem), observation)
    assert network is not None

    found = recompute(network, clock=still)

    assert found.complete
    assert (found.too_wide, found.seconds) == (0, 0.0)
    assert found.log_sum == pytest.approx(network.log_sum, abs=1e-9)
    worst = differences(network, found.marginals)
    assert len(worst) == found.wanted
    assert not worst or worst[0].gap <= 1e-9


def still() -> float:
    """Tell no time."""
    return 0.0


def test_alerts_entered_one_by_one_say_the_same() -> None:
    """The public network under each alert's own evidence answers as the scaled readings do."""
    network = small_network()
    seen = {v.name: v.seen for v in network.variables if v.seen}
    scaled = recompute(network, clock=still).marginals
    from pgmpy.inference import VariableElimination  # type: ignore[import-untyped]

    answers = VariableElimination(as_pgmpy(network)).query(
        list(network.faults.values()), evidence=seen, joint=False, show_progress=False
    )

    for name in network.faults.values():
        assert answers[name].values[1] == pytest.approx(scaled[name], abs=1e-12)


def test_pgmpy_agrees_on_part_of_a_storm() -> None:
    """Of a core of hundreds of nodes, what fits into three calls agrees to 1e-9."""
    case = next(shared_cases("storm"))
    problem = read_problem(case.problem)
    observation = read_observations(case.observations, problem)[0]
    network = core_network(compile_problem(problem), observation)
    assert network is not None
    ticks = itertools.count()

    found = recompute(network, clock=lambda: float(next(ticks)), seconds=3.0)

    assert (found.calls, len(found.marginals), found.complete) == (3, 48, False)
    assert found.wanted == len(network.faults) + len(network.degraded)
    assert differences(network, found.marginals)[0].gap <= 1e-9


@given(observed(nodes=6))
@settings(max_examples=15, deadline=None)
def test_stars_say_what_chains_say(drawn: tuple[dict[str, object], Observation]) -> None:
    """On random networks the form for what is too wide as chains gives the same to 1e-9."""
    network = core_network(compile_problem(parse_problem(drawn[0], source="test")), drawn[1])
    assert network is not None
    named = [*network.faults.values(), *network.degraded.values()][:8]
    stars = Stars(network, 2**21)
    order = stars.order(named)
    assert order is not None

    found = stars.query(named, order)

    chains = recompute(network, clock=still).marginals
    assert found == pytest.approx({name: chains[name] for name in named}, abs=1e-9)


def test_a_core_too_wide_is_left_out_and_counted() -> None:
    """Where a table would exceed the limit nothing is asked: the count says so."""
    network = small_network()

    found = recompute(network, clock=still, max_entries=4)

    assert found.too_wide == found.wanted - len(found.marginals) > 0
    assert found.calls < found.wanted


def test_an_order_leaves_out_nobody_and_keeps_to_the_limit() -> None:
    """All others are eliminated, each once; below the least possible width there is no order."""
    variables = small_network().inner()
    names = [variable.name for variable in variables]

    order = elimination_order(variables, names[:3], 2**10)

    assert order is not None
    assert sorted([*order, *names[:3]]) == sorted(names)
    assert elimination_order(variables, names[:3], 4) is None


def test_no_answer_is_the_largest_difference() -> None:
    """What pgmpy cannot say (not a number) counts as wrong by 1, before any real difference."""
    network = small_network()
    name = network.faults["db/pool"]

    (worst,) = differences(network, {name: math.nan})

    assert (worst.kind, worst.about, worst.gap) == ("fault", "db/pool", 1.0)


QUIET = """
import sys, warnings
from tests.reasoning.test_pgmpy_model import small_network, still
from reasoning.public_form.pgmpy_model import recompute, written
network = small_network()
assert "pgmpy" not in sys.modules
before = warnings.filters[:]
written(network, "bif"), written(network, "xmlbif"), recompute(network, clock=still)
assert warnings.filters == before and "pgmpy" in sys.modules
"""


def test_nothing_of_pgmpy_is_told_to_people() -> None:
    """The import's warnings stay inside, under any filter, and it comes only when it is needed."""
    ran = subprocess.run(
        [sys.executable, "-W", "always", "-c", QUIET],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ran.stdout, ran.stderr) == ("", "")


IMPORTED = """
import sys
import api.app, api.bootstrap, api.commands.engine, api.commands.serve, reasoning.engine.lines
import api.cli, ui.asgi
assert api.cli.main(["diagnose", sys.argv[1], "--json"]) == 0
print("pgmpy" in sys.modules, "reasoning.public_form.pgmpy_model" in sys.modules)
"""


def test_serving_and_diagnosing_never_import_it(tmp_path: Path) -> None:
    """No module that serves brings pgmpy in, nor does a diagnosis from alerts to its last line."""
    alerts = [alert("PlaybackFailureHigh", at=START, component=f"edge-r1-{n}") for n in (1, 2, 3)]
    (tmp_path / "alerts.json").write_bytes(payload(*alerts))

    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED, str(tmp_path / "alerts.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    *diagnoses, imported = ran.stdout.splitlines()
    assert [json.loads(line)["schema"] for line in diagnoses] == ["diag/v1"]
    assert imported == "False False"


def test_the_version_is_told_without_the_import() -> None:
    """A report names the version it was made with."""
    assert pgmpy_version().split(".")[0].isdigit()
