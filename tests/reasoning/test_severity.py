"""How badly a cause is felt: one thing for all who feel it, and as often as its strengths say."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.base import Text
from graph.model.pack import DomainPack
from graph.model.topology import Component, Relation, RelationType
from reasoning import parameters
from reasoning.network.causal_model import EXTERNAL, CausalModel
from reasoning.network.reading import Reading
from reasoning.network.severity import badly_node, levels, share_severity
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import small_pack

STRENGTHS = st.floats(0.001, 0.999)


@given(STRENGTHS)
def test_two_points_have_the_mean_of_the_strength_and_at_most_its_spread(strength: float) -> None:
    """Both are probabilities; the spread is that of a Beta over so many cases, where it fits."""
    mild, bad = levels(strength)
    assert 0.0 <= mild < bad <= 1.0
    assert (mild + bad) / 2.0 == pytest.approx(strength)
    most = strength * (1.0 - strength) / (parameters.SEVERITY_CASES + 1.0)
    spread = ((bad - mild) / 2.0) ** 2
    assert spread <= most * (1.0 + 1e-9)
    if mild > 1e-9 and bad < 1.0 - 1e-9:
        assert spread == pytest.approx(most)


@given(st.lists(STRENGTHS, min_size=parameters.SHARED_FROM, max_size=parameters.SHARED_FROM + 3))
def test_each_feels_it_as_often_as_before_and_together_more_often_than_by_chance(
    drawn: list[float],
) -> None:
    """Every single strength is kept; that two of them are harmed together is likelier."""
    strengths = {f"c{n}": strength for n, strength in enumerate(drawn)}
    model = CausalModel(("hub", *strengths), {c: c for c in ("hub", *strengths)}, frozenset())
    for effect, strength in strengths.items():
        model.link("hub", effect, strength)
    kinds = {c: "client_group" for c in strengths} | {"hub": "service"}
    share_severity(model, {c: _component(c, kind) for c, kind in kinds.items()})
    assert model.links["hub", badly_node("hub")] == 0.5
    harmed = {c: _felt(model, c) for c in strengths}
    for effect, strength in strengths.items():
        assert sum(harmed[effect]) / 2.0 == pytest.approx(strength)
    for one, other in itertools.combinations(strengths, 2):
        both = math.fsum(x * y for x, y in zip(harmed[one], harmed[other], strict=True)) / 2.0
        assert both > strengths[one] * strengths[other]


def _felt(model: CausalModel, effect: str) -> tuple[float, float]:
    """Return P(harmed) where the hub is felt mildly, and where badly."""
    mild = model.links.get(("hub", effect), 0.0)
    return mild, 1.0 - (1.0 - mild) * (1.0 - model.links[badly_node("hub"), effect])


def _component(component_id: str, kind: str) -> Component:
    return Component(id=component_id, kind=kind, name=Text(zh="x", en="x"))


def _leaning(*, clients: int, strength: float = 0.33) -> DomainPack:
    """Make client groups that all lean on one origin."""
    pack = small_pack()
    group = next(c for c in pack.components if c.kind == "client_group")
    origin = next(c for c in pack.components if c.id == "small:origin")
    groups = tuple(
        group.model_copy(update={"id": f"small:group-{n:02}", "aliases": ()})
        for n in range(clients)
    )
    relations = tuple(
        Relation(source=g.id, type=RelationType.DEPENDS_ON, target=origin.id, strength=strength)
        for g in groups
    )
    parts = {"components": (*groups, origin), "relations": relations, "flows": ()}
    return pack.model_copy(update=parts)


def _told(pack: DomainPack, *slow: int) -> Reading:
    alerts = [fired("PlaybackFailureHigh", f"group-{n:02}") for n in slow]
    return read(pack, evidence(fired("HighErrorRate", "origin"), *alerts))


FEW, MANY = parameters.SHARED_FROM - 1, parameters.SHARED_FROM


def test_a_calm_edge_says_less_against_a_cause_that_speaks_for_itself() -> None:
    """The origin rings, all groups are calm: from twenty on that is one calm, not twenty."""
    few, many = (_told(_leaning(clients=n)).born["small:origin"] for n in (FEW, MANY))
    assert many / (1.0 - many) > 10.0 * few / (1.0 - few)


def test_one_cause_that_is_felt_badly_needs_no_other_beside_it() -> None:
    """The origin and half of the groups ring, where a third "should": it is felt badly."""
    few, many = (_told(_leaning(clients=n), *range(10)) for n in (FEW, MANY))
    assert many.born["small:origin"] > 0.8 and many.outside(EXTERNAL) < 0.2
    assert few.outside(EXTERNAL) > many.outside(EXTERNAL)


def test_whether_the_outside_reaches_inside_is_one_thing() -> None:
    """Each inner component is struck as rarely as before; the edge each by itself, in full."""
    pack = small_pack()
    service = next(c for c in pack.components if c.id == "small:exam-api")
    names = [f"service-{n:02}" for n in range(MANY)]
    more = tuple(
        service.model_copy(update={"id": f"small:{n}", "aliases": (), "attributes": {}})
        for n in names
    )
    pack = pack.model_copy(update={"components": (*pack.components, *more)})
    seen = [fired("HighErrorRate", name) for name in names]
    seen.append(fired("PlaybackFailureHigh", "client-r1-mobile"))
    links, badly = read(pack, evidence(*seen)).model.links, badly_node(EXTERNAL)
    inner, edge = parameters.EXTERNAL_INNER_STRENGTH, parameters.EXTERNAL_EDGE_STRENGTH
    struck = {effect: s for (cause, effect), s in links.items() if cause == badly}
    assert struck.keys() >= {f"small:{name}" for name in names}
    assert struck == pytest.approx(dict.fromkeys(struck, 2.0 * inner))
    alone = {e: s for (cause, e), s in links.items() if cause == EXTERNAL and e != badly}
    assert "small:client-r1-mobile" in alone and not alone.keys() & struck.keys()
    assert alone == pytest.approx(dict.fromkeys(alone, edge))


@pytest.mark.parametrize("more", [0, 1])
def test_who_harms_few_places_keeps_its_links(more: int) -> None:
    """From `SHARED_FROM` on it is shared; one place fewer, and the network is as it was."""
    reading = _told(_leaning(clients=parameters.SHARED_FROM - 1 + more), 0)
    links, badly = reading.model.links, badly_node("small:origin")
    assert (badly in reading.model.nodes) is bool(more)
    mild, _ = levels(0.33)
    assert links["small:origin", "small:group-00"] == pytest.approx(mild if more else 0.33)
