"""A mode that leaves nothing running cannot be spoken against by the rules that died with it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from graph.model.library import AlertType, Direction, FaultMode
from graph.model.pack import DomainPack
from graph.model.topology import Relation, RelationType
from reasoning import parameters
from reasoning.network.reading import Reading
from tests.reasoning.evidence_room import beat, evidence, fired, read
from tests.small_pack import after, small_pack, text

API, CLIENT = "small:report-api", "client-r1-mobile"
DETECTION, FALSE_ALARM, STRENGTH = 0.8, 0.005, 0.6


def _pack(*, mutes: bool, own: float = 0.0) -> DomainPack:
    """Make a service with two equally frequent modes, one of which may mute, and its clients.

    `own`: P(the service's own rule speaks | degraded); 0 leaves that rule out.
    """
    pack = small_pack()
    base = next(m for m in pack.library.modes if m.kind == "service")
    modes: tuple[FaultMode, ...] = tuple(
        base.model_copy(update={"id": f"lib:service.{name}", "base_rate": 0.002, "mutes": muted})
        for name, muted in (("gone", mutes), ("slow", False))
    )
    types = tuple(t for t in pack.library.alert_types if t.direction is Direction.DEPENDANT)
    if own:
        types += (_own_rule(types[0], own),)
    library = pack.library.model_copy(update={"modes": modes, "alert_types": types})
    parts = {
        "components": tuple(c for c in pack.components if c.id in {API, f"small:{CLIENT}"}),
        "relations": (
            Relation(
                source=f"small:{CLIENT}", type=RelationType.USES, target=API, strength=STRENGTH
            ),
        ),
        "flows": (),
        "library": library,
    }
    return pack.model_copy(update=parts)


def _own_rule(like: AlertType, detection: float) -> AlertType:
    return like.model_copy(
        update={
            "alertname": "ServiceUnreachable",
            "name": text("unreachable"),
            "kinds": ("service",),
            "direction": Direction.OWN,
            "detection": detection,
        }
    )


def _read(pack: DomainPack, *, heard: bool = True) -> Reading:
    beats = None if heard else (beat(after(-9000)),)
    return read(pack, evidence(fired("PlaybackFailureHigh", CLIENT), heartbeats=beats))


def _worlds(*, mutes: bool) -> Iterator[tuple[set[str], float]]:
    """Count every world of at most one mode: (born, P(world and what was seen))."""
    for gone, slow, outside, struck in product((False, True), repeat=4):
        weight = parameters.EXTERNAL_PRIOR if outside else 1.0 - parameters.EXTERNAL_PRIOR
        weight *= (0.002 if gone else 0.998) * (0.002 if slow else 0.998)
        hit = parameters.EXTERNAL_INNER_STRENGTH if outside else 0.0
        weight *= hit if struck else 1.0 - hit
        degraded = gone or slow or struck
        if not (gone and mutes):
            weight *= 1.0 - DETECTION if degraded else 1.0 - FALSE_ALARM
        calm = 1.0 - STRENGTH if degraded else 1.0
        calm *= 1.0 - parameters.EXTERNAL_EDGE_STRENGTH if outside else 1.0
        weight *= (1.0 - calm) * DETECTION + calm * FALSE_ALARM
        yield {m for m, flag in (("gone", gone), ("slow", slow)) if flag}, weight


@pytest.mark.parametrize("mutes", [False, True])
def test_the_answer_is_that_of_counting_every_world(mutes: bool) -> None:
    """The silent rule is charged to every way of being degraded but the one that mutes it."""
    found = {m.id.rpartition(".")[2]: p for m, p in _read(_pack(mutes=mutes)).modes[API]}
    worlds = list(_worlds(mutes=mutes))
    total = sum(weight for _, weight in worlds)
    expected = {m: sum(w for born, w in worlds if m in born) / total for m in ("gone", "slow")}
    # Modes that nothing tells apart share P(born) by their priors: two at once are split so too.
    assert found == pytest.approx(expected, rel=0.01)
    assert found["gone"] / found["slow"] == pytest.approx(5.0 if mutes else 1.0, rel=0.01)


def test_unheard_silence_gives_nothing_back() -> None:
    """Where the rule could not have spoken, muting it makes no difference."""
    deaf, plain = (_read(_pack(mutes=m), heard=False) for m in (True, False))
    assert deaf.document == plain.document


def test_a_rule_of_the_service_itself_still_speaks_against_a_mode_that_mutes() -> None:
    """Who watches from outside hears that nobody answers: its silence stays charged."""
    modes = {m.id.rpartition(".")[2]: p for m, p in _read(_pack(mutes=True, own=0.5)).modes[API]}
    # Both silent rules leave .2 * .5 = .1 to the slow one; the gone one keeps the own rule's .5.
    assert modes["gone"] / modes["slow"] == pytest.approx(5.0, rel=0.01)


def test_what_was_heard_before_it_died_leaves_little_silence_to_take_back() -> None:
    """Beside a rule that spoke the rest's silence weighs two, and the mode that mutes it gets two.

    The same silence without that rule weighs five (1 / (1 - .8)), and five are taken back.
    """
    pack = _pack(mutes=True)
    rule = next(t for t in pack.library.alert_types if "service" in t.kinds)
    other = rule.model_copy(update={"alertname": "HighLatency", "name": text("slow")})
    types = (*pack.library.alert_types, other)
    library = pack.library.model_copy(update={"alert_types": types})
    pack = pack.model_copy(update={"library": library})
    alerts = [fired("PlaybackFailureHigh", CLIENT), fired("HighLatency", "report-api")]
    modes = {m.id.rpartition(".")[2]: p for m, p in read(pack, evidence(*alerts)).modes[API]}
    assert modes["gone"] / modes["slow"] == pytest.approx(2.0, rel=0.02)
