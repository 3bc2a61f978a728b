"""Missing traffic travels from caller to callee, through proxies; errors go the other way."""

from __future__ import annotations

from itertools import pairwise

import pytest

from graph.model.library import AlertType, Direction
from graph.model.pack import DomainPack
from graph.model.topology import Component, Relation, RelationType
from reasoning import parameters
from reasoning.network.reading import Reading
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import PACK, after, small_pack, text

# client -> balancer -> gateway -> api -> db, each calls the next one.
CHAIN = ("portal", "balancer", "gateway", "api", "db")


def _pack() -> DomainPack:
    """Make a chain of services; every rule exists on all of them."""
    pack = small_pack()
    parts = tuple(
        Component(id=f"{PACK}:{slug}", kind="service", name=text(slug)) for slug in sorted(CHAIN)
    )
    relations = tuple(
        Relation(
            source=f"{PACK}:{one}", type=RelationType.CALLS, target=f"{PACK}:{other}", strength=0.9
        )
        for one, other in pairwise(CHAIN)
    )
    down = AlertType(
        alertname="ServiceDown",
        kinds=("service",),
        direction=Direction.OWN,
        name=text("down"),
        detection=0.0,
        false_alarm=0.001,
        delay_s=60,
    )
    types = (*pack.library.alert_types, down)
    library = pack.library.model_copy(update={"alert_types": types})
    update = {"components": parts, "relations": relations, "flows": (), "library": library}
    return pack.model_copy(update=update)


def _read(*alerts: tuple[str, str]) -> Reading:
    return read(_pack(), evidence(*(fired(name, slug) for name, slug in alerts)))


def _top(reading: Reading) -> str:
    return max(reading.born, key=lambda c: reading.born[c])


def test_missing_traffic_accuses_who_calls_and_not_who_is_called() -> None:
    """The api hears nothing: whoever stands before it is suspected, the database behind it not."""
    starved = _read(("NoRequestsReceived", "api"))
    failing = _read(("HighErrorRate", "api"))
    assert starved.born["small:gateway"] > 5 * starved.born.get("small:db", 0.0)
    assert failing.born["small:db"] > 5 * failing.born.get("small:gateway", 0.0)


def test_starvation_passes_through_whoever_only_passes_on() -> None:
    """The portal errs and the database hears nothing: three silent proxies lie between them."""
    both = _read(("HighErrorRate", "portal"), ("NoRequestsReceived", "db"))
    alone = _read(("NoRequestsReceived", "db"))
    assert both.born["small:portal"] > alone.born.get("small:portal", 0.0)
    assert ("small:balancer#starved", "small:gateway#starved") in both.model.links
    passed = both.model.links["small:gateway#starved", "small:api#starved"]
    assert passed == 0.9 * parameters.STARVATION_PASSED
    assert both.states["small:db#starved"] > 0.5


def test_being_starved_harms_nobody() -> None:
    """No link leads from missing traffic to a component's state: errors are not explained by it."""
    links = _read(("NoRequestsReceived", "db"), ("HighErrorRate", "api")).model.links
    assert not [e for e in links if e[0].endswith("#starved") and not e[1].endswith("#starved")]


def test_without_missing_traffic_there_is_no_word_of_it() -> None:
    """Nothing of starvation stands in a network where no such rule spoke."""
    reading = _read(("HighErrorRate", "portal"), ("HighErrorRate", "api"))
    assert not [node for node in reading.model.nodes if "#starved" in node]


def test_one_dead_proxy_explains_a_whole_chain_that_falls_silent() -> None:
    """Balancer down, portal errs, all behind hear nothing: one fault, in the balancer."""
    behind = [("NoRequestsReceived", slug) for slug in ("gateway", "api", "db")]
    reading = _read(("HighErrorRate", "portal"), ("HighErrorRate", "balancer"), *behind)
    assert _top(reading) == "small:balancer"


@pytest.mark.parametrize("order", [CHAIN, CHAIN[::-1], ("b", "e", "a", "d", "c")])
def test_the_names_of_a_chain_are_of_no_account(order: tuple[str, ...]) -> None:
    """The same platform under other ids: the same odds, place by place."""
    new = dict(zip(CHAIN, order, strict=True))
    pack = _pack()
    renamed = pack.model_copy(
        update={
            "components": tuple(
                sorted(
                    (c.model_copy(update={"id": _renamed(c.id, new)}) for c in pack.components),
                    key=lambda c: c.id,
                )
            ),
            "relations": tuple(
                r.model_copy(
                    update={"source": _renamed(r.source, new), "target": _renamed(r.target, new)}
                )
                for r in pack.relations
            ),
        }
    )
    storm = (
        ("HighErrorRate", "portal"),
        ("NoRequestsReceived", "api"),
        ("NoRequestsReceived", "db"),
    )
    plain = _read(*storm).born
    other = read(renamed, evidence(*(fired(name, new[slug]) for name, slug in storm))).born
    assert {_renamed(c, new): p for c, p in plain.items()} == pytest.approx(dict(other))


def _renamed(component_id: str, new: dict[str, str]) -> str:
    return f"{PACK}:{new[component_id.removeprefix(f'{PACK}:')]}"


def test_a_repeated_alert_moves_no_chain() -> None:
    """The same rule of the same component again is the same evidence: the same network."""
    plain = _read(("HighErrorRate", "portal"), ("NoRequestsReceived", "db"))
    again = [fired("HighErrorRate", "portal"), fired("NoRequestsReceived", "db")]
    again.append(fired("NoRequestsReceived", "db", at=after(120)))
    assert read(_pack(), evidence(*again)).document == plain.document
