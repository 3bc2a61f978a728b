"""What each answer to a check would do, held against entering it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.failure import FailureGraph
from graph.model.diagnosis import NextCheck
from graph.model.library import Check
from graph.model.observation import Result
from graph.model.pack import DomainPack
from reasoning.answer.checks import checks_of, next_checks
from reasoning.engine.ratios import mutual_information_bits
from reasoning.network.evidence import Evidence
from reasoning.network.reading import Reading
from tests.reasoning.evidence_room import evidence, fired, read
from tests.reasoning.test_checked import seen
from tests.small_pack import after, small_pack, text

SUSPECTS = ("cdn-a", "cdn-b", "origin", "exam-db")


def _pack() -> DomainPack:
    """Let a second check ask of one mode of the CDN nodes only."""
    pack = small_pack()
    modes = tuple(
        m.model_copy(update={"check_ids": ("lib:look", "lib:ping")})
        if m.id == "lib:cdn_node.node-down"
        else m
        for m in pack.library.modes
    )
    ping = Check(id="lib:ping", text=text("ping"), minutes=1, detection=0.8, false_alarm=0.1)
    library = pack.library.model_copy(
        update={"modes": modes, "checks": (*pack.library.checks, ping)}
    )
    return pack.model_copy(update={"library": library})


def _storm(*, own: bool = False) -> Evidence:
    alerts = [fired("PlaybackFailureHigh", f"client-r{r}-mobile", at=after(r)) for r in (1, 2)]
    return evidence(*alerts, *([fired("CdnNodeDown", "cdn-a")] if own else []))


def _asked(pack: DomainPack, reading: Reading) -> list[NextCheck]:
    graph = FailureGraph(pack)
    suspects = [graph.components[f"small:{slug}"] for slug in SUSPECTS]
    return [c for s in suspects for c in checks_of(pack.library, reading, s)]


@pytest.mark.parametrize("own", [False, True])
def test_the_answers_average_to_what_is_known_now(own: bool) -> None:
    """P(yes) times what a yes leaves, plus the same of no, is P(born) as it stands."""
    reading = read(_pack(), _storm(own=own))
    asked = _asked(_pack(), reading)
    assert len(asked) > len(SUSPECTS) - 1
    for check in asked:
        yes, no, cannot = check.answers
        assert (yes.probability or 0) + (no.probability or 0) == pytest.approx(1.0)
        mean = (yes.probability or 0) * yes.posterior + (no.probability or 0) * no.posterior
        assert mean == pytest.approx(cannot.posterior, abs=1e-8)
        assert yes.posterior >= cannot.posterior >= no.posterior
        assert cannot.probability is None


@pytest.mark.parametrize("result", [Result.POSITIVE, Result.NEGATIVE])
@pytest.mark.parametrize("check", ["lib:look", "lib:ping"])
def test_entering_an_answer_does_what_was_said(result: Result, check: str) -> None:
    """The posterior after the entry is the promised one, for a check of all modes and of one."""
    before = read(_pack(), _storm())
    wanted = f"{check}@small:cdn-a"
    promised = next(c for c in _asked(_pack(), before) if c.check_id == wanted)
    entry = seen(check, "cdn-a", result=result)
    now = read(_pack(), replace(_storm(), observations=(entry,)))
    by_result = {answer.result: answer.posterior for answer in promised.answers}
    assert now.born["small:cdn-a"] == pytest.approx(by_result[result.value], abs=1e-6)


def test_a_check_is_worth_what_it_tells_of_all_modes_that_name_it() -> None:
    """Two modes of one node name the look: its gain is that of either being there."""
    pack = _pack()
    reading = read(pack, _storm())
    check = next(c for c in _asked(pack, reading) if c.check_id == "lib:look@small:cdn-a")
    born = reading.born["small:cdn-a"]
    gain = mutual_information_bits(born, detection=0.9, false_alarm=0.05)
    assert check.expected_information_gain_bits == pytest.approx(gain, abs=1e-8)


def test_what_was_answered_is_not_asked_again() -> None:
    """An answered check leaves its place to the next."""
    pack, graph = _pack(), FailureGraph(_pack())
    reading = read(pack, _storm())
    suspects = [graph.components["small:cdn-a"]]
    first = next_checks(pack.library, reading, suspects)[0]
    left = next_checks(pack.library, reading, suspects, answered=frozenset({first.check_id}))
    assert first.check_id not in {check.check_id for check in left}
