"""Symptoms of metrics bring their own rates; what is not watched says nothing; harm adds up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.model.signals import METRICS_SOURCE, AlertRecord
from reasoning import parameters
from reasoning.network.measured import false_alarm_of
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import PACK, after, small_pack

RULE = next(t for t in small_pack().library.alert_types if t.alertname == "HighErrorRate")


def _measured(record: AlertRecord, false_alarm: str) -> AlertRecord:
    alert = record.alert.model_copy(
        update={"source": METRICS_SOURCE, "annotations": {"false_alarm": false_alarm}}
    )
    return record.model_copy(update={"alert": alert})


@pytest.mark.parametrize(
    ("stated", "used"),
    [
        ("0.003", 0.003),
        ("1e-12", parameters.MEASURED_FLOOR),
        ("0.99", RULE.detection),
        ("nan", RULE.false_alarm),
        ("often", RULE.false_alarm),
    ],
)
def test_a_stated_rate_counts_within_bounds(stated: str, used: float) -> None:
    """A series' own rate replaces the rule's; nonsense and certainty do not."""
    assert false_alarm_of(_measured(fired("HighErrorRate", "exam-api"), stated), RULE) == used


def test_rates_of_other_sources_are_text() -> None:
    """An alert source cannot state how much its alerts say."""
    record = _measured(fired("HighErrorRate", "exam-api"), "0.0001")
    alert = record.alert.model_copy(update={"source": "somebody"})

    assert false_alarm_of(record.model_copy(update={"alert": alert}), RULE) == RULE.false_alarm


def test_a_larger_shift_says_more() -> None:
    """The same alert with a rarer shift behind it makes a fault likelier."""
    record = fired("HighErrorRate", "exam-api")
    weak = evidence(_measured(record, "0.05"), now=after(900))
    strong = evidence(_measured(record, "0.0005"), now=after(900))

    healthy = [read(small_pack(), found).healthy for found in (weak, strong)]

    assert healthy[1] < healthy[0]


def test_what_no_series_watches_is_unknown() -> None:
    """With metrics alone, only watched silence speaks: a watched calm database is less suspect."""
    found = evidence(fired("HighErrorRate", "exam-api"), now=after(3600))
    blind = replace(found, watched=frozenset())
    seeing = replace(found, watched=frozenset({(f"{PACK}:exam-db", "DbConnectionPoolExhausted")}))

    suspects = [read(small_pack(), e).born[f"{PACK}:exam-db"] for e in (blind, seeing)]

    assert suspects[1] < suspects[0]


def test_a_relation_that_carries_nothing_explains_nothing() -> None:
    """Where the database's shift is too small for the service's, it is hardly a suspect."""
    found = evidence(fired("HighErrorRate", "exam-api"), now=after(900))
    cut = replace(found, carried={(f"{PACK}:exam-api", f"{PACK}:exam-db"): 0.0})

    usual, without = (read(small_pack(), e).born for e in (found, cut))

    assert without.get(f"{PACK}:exam-db", 0.0) < 0.5 * usual[f"{PACK}:exam-db"]
