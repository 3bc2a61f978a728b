"""Missing traffic travels from caller to callee, through proxies; errors go the other way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
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
    links = both.model.links
    assert links["small:gateway#starved", "small:gateway#calls-less"] == (
        parameters.STARVATION_PASSED
    )
    assert links["small:gateway#calls-less", "small:api#starved"] == 0.9
    assert both.states["small:db#starved"] > alone.states["small:db#starved"]


def test_being_starved_harms_nobody() -> None:
    """No link leads from missing traffic to a component's state: errors are not explained by it."""
    links = _read(("NoRequestsReceived", "db"), ("HighErrorRate", "api")).model.links
    hungry = ("#starved", "#calls-less")
    assert not [e for e in links if e[0].endswith(hungry) and not e[1].endswith(hungry)]


def test_without_missing_traffic_there_is_no_word_of_it() -> None:
    """Nothing of starvation stands in a network where no such rule spoke."""
    reading = _read(("HighErrorRate", "portal"), ("HighErrorRate", "api"))
    assert not [n for n in reading.model.nodes if n.endswith(("#starved", "#calls-less"))]


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


def _other(
    calls: Iterable[tuple[str, str]], kinds: Mapping[str, str] | None = None, *, mutes: bool = False
) -> DomainPack:
    """Make a platform of services (or of other kinds) from who calls whom."""
    pack, pairs = _pack(), sorted(calls)
    slugs = sorted({end for pair in pairs for end in pair})
    kind_of = dict(kinds or {})
    parts = tuple(
        Component(id=f"{PACK}:{s}", kind=kind_of.get(s, "service"), name=text(s)) for s in slugs
    )
    relations = tuple(
        Relation(
            source=f"{PACK}:{one}", type=RelationType.CALLS, target=f"{PACK}:{other}", strength=0.9
        )
        for one, other in pairs
    )
    library = pack.library
    if mutes:
        modes = tuple(
            m.model_copy(update={"mutes": True}) if m.kind == "service" else m
            for m in library.modes
        )
        library = library.model_copy(update={"modes": modes})
    update = {"components": parts, "relations": relations, "library": library}
    return pack.model_copy(update=update)


SHOP = [("front", slug) for slug in ("ads", "cart", "checkout", "reviews")]


def test_calm_callees_speak_for_their_common_caller() -> None:
    """The front errs; that one of four callees misses requests alone is not the front's doing."""
    pack = _other([*SHOP, ("checkout", "mail")])
    errs, hungry = fired("HighErrorRate", "front"), fired("NoRequestsReceived", "mail")
    one = read(pack, evidence(errs, hungry))
    everybody = [fired("NoRequestsReceived", s) for s in ("ads", "cart", "checkout", "reviews")]
    four = read(pack, evidence(errs, hungry, *everybody))
    assert _top(one) == "small:checkout"
    assert _top(four) == "small:front"
    assert one.states["small:front#calls-less"] < four.states["small:front#calls-less"]


def test_a_callee_of_several_callers_notices_less_of_one() -> None:
    """Who is called by another too says less by its calm than who lives off one caller alone."""
    heard = evidence(fired("HighErrorRate", "front"), fired("NoRequestsReceived", "checkout"))
    alone = read(_other(SHOP), heard)
    shared = [("batch", slug) for slug in ("ads", "cart", "reviews")]
    both = read(_other([*SHOP, *shared]), heard)
    less = "small:front#calls-less"
    assert both.states[less] > alone.states[less]


def test_calm_callees_are_worth_no_more_than_a_silence_is() -> None:
    """However many callees are calm, together they weigh at most a factor of twenty."""
    pack = _other([("front", f"s{n}") for n in range(40)])
    reading = read(pack, evidence(fired("NoRequestsReceived", "s0")))
    rates = [
        float(str(c["detection"]))
        for c in reading.model.channels
        if c["node"] == "small:front#calls-less"
    ]
    assert len(rates) > 10
    missed = math.prod(1.0 - rate for rate in rates)
    assert missed == pytest.approx(1.0 - parameters.SILENCE_CAP)


QUEUED = (("front", "checkout"), ("checkout", "bus"), ("mailer", "bus"), ("books", "bus"))


def test_a_reader_of_a_queue_starves_where_the_writer_fails() -> None:
    """The mailer stands on the bus, nobody calls it: its missing work accuses who fills the bus."""
    pack = _other(QUEUED, {"bus": "queue"})
    calm = read(pack, evidence(fired("HighErrorRate", "front")))
    hungry = [fired("NoRequestsReceived", slug) for slug in ("books", "mailer")]
    reading = read(pack, evidence(fired("HighErrorRate", "front"), *hungry))
    assert reading.born["small:checkout"] > 2 * calm.born["small:checkout"]
    assert ("small:checkout", "small:checkout#calls-less") in reading.model.links
    assert ("small:mailer", "small:mailer#calls-less") not in reading.model.links


def test_who_is_called_does_not_read_from_the_queue() -> None:
    """The checkout misses requests and stands on the bus: its caller is asked, not the bus."""
    pack = _other(QUEUED, {"bus": "queue"})
    links = read(pack, evidence(fired("NoRequestsReceived", "checkout"))).model.links
    assert ("small:front#calls-less", "small:checkout#starved") in links
    assert not [ends for ends in links if ends[0] == "small:bus#calls-less"]


def test_what_is_no_queue_feeds_nobody() -> None:
    """The same platform around a service: who stands on it is starved by nobody."""
    pack = _other(QUEUED)
    links = read(pack, evidence(fired("NoRequestsReceived", "mailer"))).model.links
    assert not [ends for ends in links if ends[0].endswith("#calls-less")]


def test_a_queue_that_feeds_its_own_writer_closes_no_circle() -> None:
    """The mailer reads and calls the checkout, which writes: the network stays without a circle."""
    pack = _other([*QUEUED, ("mailer", "checkout")], {"bus": "queue"})
    reading = read(pack, evidence(fired("NoRequestsReceived", "mailer")))
    assert "small:mailer#starved" in reading.states
    assert ("small:checkout#calls-less", "small:bus#starved") not in reading.model.links


def test_what_is_dead_counts_no_requests_of_its_own() -> None:
    """A fault that leaves nothing running explains the missing traffic of its own component."""
    heard = evidence(fired("HighErrorRate", "front"), fired("NoRequestsReceived", "checkout"))
    alive = read(_other(SHOP), heard).born["small:checkout"]
    dead = read(_other(SHOP, mutes=True), heard).born["small:checkout"]
    assert dead > 2 * alive
