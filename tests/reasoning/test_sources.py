"""Which source carries the verdict alone."""

from __future__ import annotations

from dataclasses import replace

from graph.model.base import Text
from graph.model.diagnosis import DiagnosisStatus, HypothesisKind, HypothesisResult
from graph.model.signals import AlertRecord
from reasoning.answer.sources import sole_sources
from reasoning.network.evidence import Evidence
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import small_pack

CLIENTS = ("r1-mobile", "r1-telecom", "r2-mobile", "r2-telecom")


def _from(record: AlertRecord, source: str) -> AlertRecord:
    return record.model_copy(update={"alert": record.alert.model_copy(update={"source": source})})


def _storm(*sources: str) -> Evidence:
    """Let the four clients of cdn-a fail, each told by the source of its place."""
    told = [fired("PlaybackFailureHigh", f"client-{name}") for name in CLIENTS]
    return evidence(*(_from(r, s) for r, s in zip(told, sources, strict=True)))


def _sole(seen: Evidence, status: DiagnosisStatus = DiagnosisStatus.LIKELY) -> tuple[str, ...]:
    reading = read(small_pack(), seen)
    top = HypothesisResult(
        rank=1,
        kind=HypothesisKind.COMPONENT,
        component_id="small:cdn-a",
        fault_mode_id="lib:cdn_node.origin-link-down",
        name=Text(zh="cdn-a", en="cdn-a"),
        posterior=reading.born["small:cdn-a"],
        prior=0.005,
    )
    return sole_sources(seen, reading, top, status)


def test_the_only_source_carries_the_verdict() -> None:
    """Everything came from one: it is named."""
    assert _sole(_storm("s", "s", "s", "s")) == ("s",)


def test_a_source_that_told_the_storm_is_named_and_its_echo_is_not() -> None:
    """Three of four clients by one source: without it nobody would blame the node."""
    assert _sole(_storm("s", "s", "s", "t")) == ("s",)


def test_nothing_is_said_where_nothing_is_claimed() -> None:
    """An answer that holds back rests on no source."""
    assert _sole(_storm("s", "s", "s", "s"), DiagnosisStatus.INCONCLUSIVE) == ()


def test_two_sources_that_both_told_everything_carry_it_together() -> None:
    """Each client was told by both: neither alone is needed."""
    seen = _storm("s", "s", "s", "s")
    twice = replace(seen, alerts=(*seen.alerts, *(_from(r, "t") for r in seen.alerts)))
    assert _sole(twice) == ()
