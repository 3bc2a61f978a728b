"""Symptoms as alerts of the library's rules, and how much of a shift a call can carry."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.library_files import read_library
from ingest.metrics.carrying import carried
from ingest.metrics.panel import Quantity, SeriesName
from ingest.metrics.speaking import hear, listened, rule_name
from ingest.metrics.symptoms import Symptom

LIBRARY = Path(__file__).resolve().parents[3] / "seeds" / "library"
NOW = datetime(2025, 3, 12, tzinfo=UTC)
WEB = {"web": ("p:web", "service"), "db": ("p:db", "database")}


def _symptom(
    component: str,
    quantity: Quantity,
    *,
    rate: float = 0.001,
    levels: tuple[float, float] = (0.1, 0.2),
) -> Symptom:
    name = SeriesName(component, quantity, "s")
    return Symptom(
        name=name,
        onset=NOW.timestamp() - 60.0,
        strength=8.0,
        false_alarm=rate,
        baseline=levels[0],
        value=levels[1],
        calm=500,
        samples=10,
    )


def test_every_rule_that_series_speak_as_is_in_the_library() -> None:
    """A moved series speaks as a rule of its kind, in the direction of what it measures."""
    library = read_library(LIBRARY)
    kinds = {t.alertname: t.kinds for t in library.alert_types}
    names = [t.alertname for t in listened(library.alert_types)]

    for kind in {k for t in library.alert_types for k in t.kinds}:
        for quantity in Quantity:
            name = rule_name(kind, quantity)
            assert name.endswith("Shifted") or kind in kinds[name]
    assert len(names) > 20


def test_a_symptom_becomes_an_alert_with_its_numbers() -> None:
    """Rule, component, onset and every number are in the alert; what moved less is silence."""
    heard = hear(
        [_symptom("web", Quantity.LATENCY), _symptom("db", Quantity.LATENCY, rate=0.5)],
        WEB,
        received_at=NOW,
    )

    (alert,) = heard.alerts
    assert (alert.alertname, alert.labels["component"]) == ("HighLatency", "p:web")
    assert alert.starts_at.timestamp() == NOW.timestamp() - 60.0
    assert alert.annotations["false_alarm"] == "0.001"
    assert alert.annotations["baseline"] == "0.1"
    assert heard.watched == {("p:web", "HighLatency"), ("p:db", "DbLatencyHigh")}


def test_between_speech_and_silence_nothing_is_said() -> None:
    """A shift of one calm hour in ten is neither a symptom nor a sign of health."""
    heard = hear([_symptom("web", Quantity.LATENCY, rate=0.1)], WEB, received_at=NOW)

    assert (heard.alerts, heard.watched) == ((), frozenset())


def test_what_somebody_names_needs_less() -> None:
    """A series that a person calls bad is confirmed by a shift that alone would be none."""
    symptom = _symptom("web", Quantity.LATENCY, rate=0.04)

    alone = hear([symptom], WEB, received_at=NOW)
    named = hear([symptom], WEB, received_at=NOW, named=symptom.name)

    assert (len(alone.alerts), len(named.alerts)) == (0, 1)


def test_a_small_cause_carries_no_large_shift() -> None:
    """5 ms below do not explain 100 ms above; 90 ms do; without a request nothing is explained."""
    caller = _symptom("web", Quantity.LATENCY, levels=(0.1, 0.2))
    small = _symptom("db", Quantity.LATENCY, levels=(0.010, 0.015))
    large = _symptom("db", Quantity.LATENCY, levels=(0.010, 0.100))
    unused = _symptom("db", Quantity.TRAFFIC, levels=(0.0, 0.0))
    call = ("web", "db")

    assert carried([caller, small], [call])[call] < 0.01
    assert carried([caller, large], [call])[call] > 0.9
    assert carried([caller, large, unused], [call])[call] == 0.0


def test_many_calls_add_up() -> None:
    """Ten calls a request of 9 ms each are 90 ms of the caller's."""
    both = [
        _symptom("web", Quantity.LATENCY, levels=(0.1, 0.2)),
        _symptom("db", Quantity.LATENCY, levels=(0.001, 0.010)),
        _symptom("web", Quantity.TRAFFIC, levels=(10.0, 10.0)),
        _symptom("db", Quantity.TRAFFIC, levels=(100.0, 100.0)),
    ]

    assert carried(both, [("web", "db")])["web", "db"] > 0.9


@pytest.mark.parametrize("missing", ["web", "db"])
def test_unmeasured_ends_say_nothing(missing: str) -> None:
    """Where one end has no series the relation keeps its usual strength."""
    both = [_symptom("web", Quantity.LATENCY), _symptom("db", Quantity.LATENCY)]

    assert carried([s for s in both if s.name.component != missing], [("web", "db")]) == {}
