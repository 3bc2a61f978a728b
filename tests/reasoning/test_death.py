"""A dead host takes along what runs on it, and that rings as if it had died by itself."""

from __future__ import annotations

from itertools import product

import pytest

from graph.model.library import AlertType, Direction, FaultMode, Signature
from graph.model.pack import DomainPack
from graph.model.signals import AlertRecord
from graph.model.topology import Component, Relation, RelationType
from reasoning import parameters
from reasoning.network.reading import Reading
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import PACK, after, small_pack, text

DB, HOST, HALL = f"{PACK}:db", f"{PACK}:host", f"{PACK}:hall"
FALLS, DETECTION, FALSE_ALARM = 0.9, 0.92, 0.001
RATES = {"database.down": 0.002, "database.pool": 0.002, "host.down": 0.0005, "host.slow": 0.0005}
BOTH = (fired("DbDown", "db"), fired("NodeDown", "host"))


def _pack(*, mutes: bool = True, runs_on: bool = True, hall: bool = False) -> DomainPack:
    """Make a database on a host; with `hall` the host is a virtual one that runs on another."""
    pack, hosts = small_pack(), ("host", "hall") if hall else ("host",)
    relations = [(DB, HOST)] if runs_on else []
    relations += [(HOST, HALL)] if hall else []
    parts = {
        "components": tuple(
            sorted([_part("db", "database"), *(_part(h, "host") for h in hosts)], key=_id)
        ),
        "relations": tuple(
            Relation(source=a, type=RelationType.RUNS_ON, target=b, strength=FALLS)
            for a, b in relations
        ),
        "flows": (),
        "library": pack.library.model_copy(
            update={"modes": _modes(mutes), "alert_types": _types()}
        ),
    }
    return pack.model_copy(update=parts)


def _id(component: Component) -> str:
    return component.id


def _part(slug: str, kind: str) -> Component:
    return Component(id=f"{PACK}:{slug}", kind=kind, name=text(slug))


def _types() -> tuple[AlertType, ...]:
    like = next(t for t in small_pack().library.alert_types if t.direction is Direction.OWN)
    kinds = {"DbDown": "database", "DbConnectionPoolExhausted": "database", "NodeDown": "host"}
    return tuple(
        like.model_copy(
            update={"alertname": n, "kinds": (k,), "name": text(n), "false_alarm": FALSE_ALARM}
        )
        for n, k in sorted(kinds.items())
    )


def _modes(mutes: bool) -> tuple[FaultMode, ...]:
    like = small_pack().library.modes[0]
    signs = {
        "database.down": "DbDown",
        "database.pool": "DbConnectionPoolExhausted",
        "host.down": "NodeDown",
    }
    return tuple(
        like.model_copy(
            update={
                "id": f"lib:{name}",
                "kind": name.partition(".")[0],
                "base_rate": rate,
                "mutes": name == "database.down" or (mutes and name == "host.down"),
                "signatures": tuple(
                    Signature(alertname=s, detection=DETECTION, delay_s=60)
                    for n, s in signs.items()
                    if n == name
                ),
            }
        )
        for name, rate in sorted(RATES.items())
    )


def _read(pack: DomainPack, *alerts: AlertRecord) -> Reading:
    return read(pack, evidence(*(alerts or BOTH)))


def test_the_answer_is_that_of_counting_every_world() -> None:
    """Both rules rang: one dead host explains it, ten times likelier than two deaths at once."""
    found = _read(_pack()).born
    weights = {"both": 0.0, DB: 0.0, HOST: 0.0}
    for born in product((False, True), repeat=4):
        world = dict(zip(sorted(RATES), born, strict=True))
        weight = 1.0
        for name, is_born in world.items():
            weight *= RATES[name] if is_born else 1.0 - RATES[name]
        if world["database.pool"]:
            weight *= 1.0 - DETECTION  # its own rule was silent
        missed = 1.0 - DETECTION if world["database.down"] else 1.0
        missed *= 1.0 - FALLS * DETECTION if world["host.down"] else 1.0
        weight *= _rings(1.0 - missed) * _rings(DETECTION if world["host.down"] else 0.0)
        weights["both"] += weight
        weights[DB] += weight * (world["database.down"] or world["database.pool"])
        weights[HOST] += weight * (world["host.down"] or world["host.slow"])

    assert found[HOST] == pytest.approx(weights[HOST] / weights["both"], rel=0.001)
    assert found[DB] == pytest.approx(weights[DB] / weights["both"], rel=0.01)
    assert found[HOST] > 0.98 and found[DB] < 0.02


def _rings(state: float) -> float:
    seen = parameters.OWN_CHANNEL_DETECTION
    return 1.0 - (1.0 - seen * state) * (1.0 - FALSE_ALARM)


def test_without_a_death_beneath_the_database_died_by_itself() -> None:
    """A fault that leaves the guests running, and a host of others, explain nothing."""
    for pack in (_pack(mutes=False), _pack(runs_on=False)):
        found = _read(pack).born
        assert found[DB] > 0.6
        assert found[HOST] < 0.4


def test_a_silent_host_is_suspected_by_its_share_of_deaths() -> None:
    """Where only the database rang, its host may be dead; what it rarely does it rarely did."""
    found = _read(_pack(), BOTH[0]).born
    assert found[DB] > 0.6
    # Half of what befalls the host kills it, and its own silent rule speaks against that.
    assert RATES["host.down"] < found[HOST] < 0.05


def test_what_no_death_raises_is_not_laid_at_the_host() -> None:
    """An exhausted pool is no sign of death: the network is the same without the muting."""
    pool = fired("DbConnectionPoolExhausted", "db"), fired("NodeDown", "host")
    found = [_read(_pack(mutes=mutes), *pool) for mutes in (True, False)]
    assert found[0].document == found[1].document


def test_a_death_reaches_through_what_lies_between() -> None:
    """The hall's machine is lost: the virtual host and its database fall with it."""
    alerts = (*BOTH, fired("NodeDown", "hall"))
    found = _read(_pack(hall=True), *alerts).born
    assert found[HALL] > 0.95
    assert found[HOST] < 0.05 and found[DB] < 0.05


def test_what_was_down_long_before_its_host_is_explained_less() -> None:
    """Twenty minutes are no spread of scrapes: the odds of falling with it are a twentieth."""
    late = fired("DbDown", "db"), fired("NodeDown", "host", at=after(1200))
    found = read(_pack(), evidence(*late, now=after(1800)))
    together = read(_pack(), evidence(*BOTH, now=after(1800)))
    assert found.born[DB] > 2.5 * together.born[DB]
    assert _falls(together) == pytest.approx(FALLS * DETECTION)
    odds = FALLS / (1.0 - FALLS) / parameters.ONSET_RATIO
    assert _falls(found) == pytest.approx(odds / (1.0 + odds) * DETECTION)


def _falls(reading: Reading) -> float:
    return reading.model.links[f"{HOST}/lib:host.down", f"{DB}!DbDown"]
