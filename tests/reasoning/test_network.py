"""The network against its own meaning: all worlds counted one by one, and barren nodes left out."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from graph.model.library import (
    AlertType,
    ComponentKind,
    Direction,
    FaultLibrary,
    FaultMode,
    Signature,
)
from graph.model.pack import DomainPack
from graph.model.topology import Basis, Component, Relation, RelationType
from reasoning import parameters
from reasoning.engine.compile import compile_problem
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Observation
from reasoning.engine.problem_files import parse_problem
from reasoning.network.causal_model import EXTERNAL, CausalModel, drop_barren, make_channel
from reasoning.network.reading import read_model
from reasoning.network.severity import levels
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import small_pack, text

OWN = ("OwnA", "OwnB")
MODES = ("m0", "m1", "m2")
CLIENTS = tuple(f"client-{n:02}" for n in range(parameters.SHARED_FROM))
RATES = st.sampled_from([0.01, 0.1, 0.3, 0.7, 0.95])


class Platform:
    """One node with up to three modes and two own alerts, and two or twenty clients that use it."""

    def __init__(self, draw: st.DrawFn) -> None:
        """Draw every figure."""
        self.base = {m: draw(RATES) * 0.1 for m in MODES[: draw(st.integers(1, 3))]}
        self.detection = {(m, a): draw(RATES | st.just(0.0)) for m in self.base for a in OWN}
        self.false_alarm = {a: draw(st.sampled_from([0.001, 0.02])) for a in OWN}
        # Weaker relations stay outside the evidence subgraph.
        self.clients = CLIENTS[: draw(st.sampled_from([2, len(CLIENTS)]))]
        self.strength = {c: draw(st.sampled_from([0.3, 0.6, 0.95])) for c in self.clients}
        self.loud = {a for a in OWN if draw(st.booleans())}
        # At least one client speaks; the others may keep silent.
        self.failing = draw(st.sets(st.sampled_from(self.clients), min_size=1))

    def pack(self) -> DomainPack:
        """Write it as a pack."""
        types = [_type(a, "node", Direction.OWN, (0.0, self.false_alarm[a])) for a in OWN]
        types.append(_type("Failing", "client_group", Direction.DEPENDANT, (0.8, 0.01)))
        modes = [
            FaultMode(
                id=f"lib:node.{m}",
                kind="node",
                name=text(m),
                base_rate=rate,
                basis=Basis.ASSUMED,
                source="assumed",
                signatures=tuple(
                    Signature(alertname=a, detection=self.detection[m, a], delay_s=0) for a in OWN
                ),
            )
            for m, rate in self.base.items()
        ]
        library = FaultLibrary(
            kinds=tuple(ComponentKind(id=k, name=text(k), layer="node") for k in _KINDS),
            alert_types=tuple(types),
            modes=tuple(modes),
            checks=(),
        )
        components = [Component(id="small:node", kind="node", name=text("node"))]
        components += [
            Component(id=f"small:{c}", kind="client_group", name=text(c)) for c in self.clients
        ]
        relations = [
            Relation(source=f"small:{c}", type=RelationType.USES, target="small:node", strength=s)
            for c, s in self.strength.items()
        ]
        parts = {"components": tuple(components), "relations": tuple(relations), "flows": ()}
        return small_pack().model_copy(update=parts | {"library": library})

    def worlds(self) -> Iterator[tuple[frozenset[str], bool, float]]:
        """Count every world: (faults born, outside cause, P(world and what was seen))."""
        outside_prior = parameters.EXTERNAL_PRIOR
        for flags in product((False, True), repeat=len(self.base)):
            born = frozenset(m for m, flag in zip(self.base, flags, strict=True) if flag)
            for outside in (False, True):
                weight = outside_prior if outside else 1.0 - outside_prior
                for mode, rate in self.base.items():
                    weight *= rate if mode in born else 1.0 - rate
                yield born, outside, weight * self._seen(born, outside)

    def _seen(self, born: frozenset[str], outside: bool) -> float:
        """P(what every channel said | these faults)."""
        weight = 1.0
        for alert in OWN:
            missed = 1.0
            for mode in born:
                missed *= 1.0 - self.detection[mode, alert]
            false_alarm = self.false_alarm[alert]
            heard = parameters.OWN_CHANNEL_DETECTION
            spoke = (1.0 - missed) * heard + missed * false_alarm
            # A silent own alert is a noisy-OR that did not fire: exact, without the 0.99.
            weight *= spoke if alert in self.loud else missed * (1.0 - false_alarm)
        felt = [dict.fromkeys(self.clients, 0.0)]
        if born and self.clients != CLIENTS:
            felt = [self.strength]
        elif born:  # by so many mildly or badly, by all of them alike
            points = {client: levels(self.strength[client]) for client in CLIENTS}
            felt = [{client: points[client][n] for client in CLIENTS} for n in (0, 1)]
        return weight * sum(self._clients_say(share, outside) for share in felt) / len(felt)

    def _clients_say(self, felt: Mapping[str, float], outside: bool) -> float:
        """P(what the clients' rules said | each feels the node so probably)."""
        weight = 1.0
        for client in self.clients:
            calm = 1.0 - felt[client]
            calm *= 1.0 - parameters.EXTERNAL_EDGE_STRENGTH if outside else 1.0
            spoke = (1.0 - calm) * 0.8 + calm * 0.01
            weight *= spoke if client in self.failing else 1.0 - spoke
        return weight


_KINDS = ("client_group", "node")


def _type(name: str, kind: str, direction: Direction, rates: tuple[float, float]) -> AlertType:
    return AlertType(
        alertname=name,
        kinds=(kind,),
        direction=direction,
        name=text(name),
        detection=rates[0],
        false_alarm=rates[1],
        delay_s=0,
    )


@st.composite
def _platforms(draw: st.DrawFn) -> Platform:
    return Platform(draw)


@settings(max_examples=60)
@given(_platforms())
def test_the_answer_is_that_of_counting_every_world(platform: Platform) -> None:
    """Folded silent own alerts, active ones, clients and the outside: exact to 1e-9."""
    alerts = [fired(a, "node") for a in sorted(platform.loud)]
    alerts += [fired("Failing", c) for c in sorted(platform.failing)]
    reading = read(platform.pack(), evidence(*alerts))
    worlds = list(platform.worlds())
    total = sum(weight for _, _, weight in worlds)

    def share(kept: Iterator[float]) -> float:
        return sum(kept) / total

    assert reading.outside(EXTERNAL) == pytest.approx(share(w for _, o, w in worlds if o), abs=1e-9)
    healthy = share(w for born, o, w in worlds if not born and not o)
    assert reading.healthy == pytest.approx(healthy, abs=1e-9)
    born_here = share(w for born, _, w in worlds if born)
    assert reading.born["small:node"] == pytest.approx(born_here, abs=1e-9)
    for mode, probability in reading.modes["small:node"]:
        slug = mode.id.rpartition(".")[2]
        expected = share(w for born, _, w in worlds if slug in born)
        assert probability == pytest.approx(expected, abs=1e-9), mode.id


@st.composite
def _models(draw: st.DrawFn) -> CausalModel:
    """Draw a random network by hand: nodes, noisy-OR links, groups, channels on a few nodes."""
    size = draw(st.integers(2, 9))
    names = tuple(f"n{i}" for i in range(size))
    model = CausalModel(names, {n: n for n in names}, frozenset())
    model.node(EXTERNAL)["prior"] = 0.01
    for index, name in enumerate(names):
        model.node(f"{name}#born")["prior"] = draw(RATES) * 0.2
        model.link(f"{name}#born", name, 1.0)
        model.modes[name] = ()
        above = draw(st.sets(st.sampled_from(names[:index]), max_size=3)) if index else set()
        if len(above) > 1 and draw(st.booleans()):
            least = draw(st.integers(1, len(above)))
            group: dict[str, JsonValue] = {"members": [*sorted(above)], "min_healthy": least}
            model.node(f"{name}#pods")["group"] = group
            model.link(f"{name}#pods", name, 1.0)
        else:
            for cause in sorted(above):
                model.link(cause, name, draw(RATES))
        if draw(st.booleans()):
            model.link(EXTERNAL, name, draw(RATES))
    for name in sorted(draw(st.sets(st.sampled_from(names), max_size=4))):
        alertname = draw(st.sampled_from(["", "Loud"]))
        model.add_channel(make_channel(name, name, alertname), (0.8, 0.05))
    return model


def _solve(model: CausalModel) -> Posterior:
    compiled = compile_problem(parse_problem(model.document(), source="test"))
    return infer(compiled, Observation(id="i", active=tuple(model.active_channels())))


@settings(max_examples=80)
@given(_models())
def test_barren_nodes_change_no_posterior(model: CausalModel) -> None:
    """Whatever is left after dropping answers as it did in the whole network."""
    lean = copy.deepcopy(model)
    drop_barren(lean)
    whole, left = _solve(model), _solve(lean)
    assert EXTERNAL in left.faults
    for name, probability in left.faults.items():
        assert probability == pytest.approx(whole.faults[name], abs=1e-9)
    for name, probability in left.degraded.items():
        assert probability == pytest.approx(whole.degraded[name], abs=1e-9)
    assert left.log_evidence == pytest.approx(whole.log_evidence, abs=1e-9)


@given(_models())
def test_what_is_dropped_keeps_its_prior(model: CausalModel) -> None:
    """A fault that goes is one of which no channel can speak: its posterior was its prior."""
    lean = copy.deepcopy(model)
    drop_barren(lean)
    whole = _solve(model)
    for name in model.nodes.keys() - lean.nodes.keys():
        if name in whole.faults:
            prior = model.nodes[name]["prior"]
            assert whole.faults[name] == pytest.approx(prior, abs=1e-9)
    for component in model.modes.keys() - lean.modes.keys():
        assert f"{component}#born" not in lean.nodes


def test_a_chain_of_barren_nodes_goes_whole_and_heard_ones_stay() -> None:
    """Leaves go first, then what has become a leaf; the cause of a heard node stays."""
    model = CausalModel(("a", "b", "c"), {n: n for n in "abc"}, frozenset())
    model.node(EXTERNAL)["prior"] = 0.01
    for name in "abc":
        model.node(f"{name}#born")["prior"] = 0.1
        model.link(f"{name}#born", name, 1.0)
        model.modes[name] = ()
    model.link("a", "b", 0.5)
    model.link("b", "c", 0.5)
    model.add_channel(make_channel("a", "a", "Loud"), (0.8, 0.05))
    drop_barren(model)
    assert sorted(model.nodes) == ["a", "a#born", EXTERNAL]
    assert list(model.links) == [("a#born", "a")]
    assert list(model.modes) == ["a"]


def test_the_harm_of_what_was_left_out_is_told_all_the_same() -> None:
    """One speaks; those below it and their group are unheard: their state is still told."""
    model = CausalModel(("a", "b", "c", "d"), {n: n for n in "abcd"}, frozenset())
    model.node(EXTERNAL)["prior"] = 0.01
    for name in "ab":
        model.node(f"{name}#born")["prior"] = 0.1
        model.link(f"{name}#born", name, 1.0)
    model.link("a", "b", 0.5)
    model.link("b", "c", 0.5)
    model.node("d#pods")["group"] = {"members": ["c"], "min_healthy": 1}
    model.link("d#pods", "d", 1.0)
    model.add_channel(make_channel("a", "a", "Loud"), (0.8, 0.05))
    whole = _solve(copy.deepcopy(model))
    drop_barren(model)
    reading = read_model(model)
    assert set(reading.posterior.degraded) < set(whole.degraded)
    assert reading.states == pytest.approx(whole.degraded, abs=1e-9)
    assert reading.degraded("d") > 0.1


def test_without_any_channel_only_the_outside_is_left() -> None:
    """Nothing speaks: every fault keeps its prior and is no hypothesis."""
    model = CausalModel(("a",), {"a": "a"}, frozenset())
    model.node(EXTERNAL)["prior"] = 0.01
    model.node("a#born")["prior"] = 0.1
    model.link("a#born", "a", 1.0)
    model.modes["a"] = ()
    drop_barren(model)
    assert (list(model.nodes), model.modes) == ([EXTERNAL], {})


def test_two_paths_between_the_same_nodes_are_one_noisy_or() -> None:
    """Strengths .5 and .4 make .7; a link to itself is none."""
    model = CausalModel((), {}, frozenset())
    model.link("a", "b", 0.5)
    model.link("a", "b", 0.4)
    model.link("a", "a", 0.9)
    assert model.links == {("a", "b"): pytest.approx(0.7)}


def test_long_outside_text_becomes_a_digest() -> None:
    """An alertname of any length names a channel within the contract's 200 characters."""
    long = make_channel("n", "n", "告警" * 200)
    other = make_channel("n", "n", "告警" * 201)
    assert len(long.id) <= 200
    assert long.id != other.id
    assert long.active and not make_channel("n", "n", "").active
