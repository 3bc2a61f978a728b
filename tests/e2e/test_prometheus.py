"""Series of a real Prometheus around a real incident, with no rule but the one that opened it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from api.bootstrap import Assistant, build_in_memory
from api.series.profile import MetricsProfile, SeriesQuery
from api.series.reader import SeriesReader
from api.settings import Settings
from graph.errors import StoreError
from graph.model.access import Principal, Source
from graph.model.diagnosis import HypothesisKind
from graph.model.incident import Incident
from graph.model.signals import METRICS_SOURCE
from ingest.metrics.panel import Quantity
from tests.conftest import require
from tests.e2e.past_prometheus import prometheus_of
from tests.small_pack import small_pack

START: Final = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)
ONSET: Final = START + timedelta(days=7)
MINUTES: Final = 7 * 1440 + 60
ENGINE: Final = Principal(name="engine")
PROBER: Final = Principal(name="prober", source="prober")


class _Clock:
    """A clock that stands where it was set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def _series() -> dict[tuple[str, str], np.ndarray]:
    """The database is slow from two minutes before the alert on; others are calm, one is silent."""
    draw = np.random.default_rng(5)
    made = {
        ("latency_ms", name): 100.0 * np.exp(0.1 * draw.standard_normal(MINUTES))
        for name in ("exam-db", "exam-api", "cdn-a", "nobody-knows-this")
    }
    onset = 7 * 1440
    made["latency_ms", "exam-api"][onset - 2 :] *= 3.0
    made["latency_ms", "exam-api"][5000:5100] = np.nan
    made["latency_ms", "nobody-knows-this"][onset:] *= 9.0
    made["latency_ms", "cdn-a"][onset:] *= 9.0
    return made


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that knows a week and an hour."""
    program = require("alertmanager")["prometheus"]
    folder = tmp_path_factory.mktemp("prometheus")
    with prometheus_of(program, _series(), start=START.timestamp(), folder=folder) as url:
        yield url


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    """A house with the small pack and one incident: the exam service's database errs."""
    made = build_in_memory(Settings(home=tmp_path / "home"), _Clock(ONSET + timedelta(minutes=13)))
    made.store.write(lambda tx: tx.replace_pack(small_pack()))
    made.store.write(lambda tx: tx.put_source(Source(name="prober", created_at=START)))
    alert = {
        "status": "firing",
        "labels": {"alertname": "HighErrorRate", "service": "exam-api", "severity": "critical"},
        "startsAt": ONSET.isoformat(),
    }
    body = json.dumps({"version": "4", "alerts": [alert]}).encode()
    result = made.intake.receive_alertmanager(
        PROBER, body, received_at=ONSET + timedelta(minutes=1)
    )
    assert len(result.incident_ids) == 1
    yield made
    made.store.close()


def _reader(assistant: Assistant, url: str) -> SeriesReader:
    query = SeriesQuery(
        quantity=Quantity.LATENCY, unit="ms", label="service", query="max by (service)(latency_ms)"
    )
    profile = MetricsProfile(url=url, queries=(query,))
    return SeriesReader(
        assistant.store, assistant.intake, assistant.clock, profile, wake=lambda: None
    )


def _only_incident(assistant: Assistant) -> Incident:
    (found,) = assistant.store.incidents(ENGINE).items
    assert isinstance(found, Incident)
    return found


def test_series_around_the_onset_join_the_incident(assistant: Assistant, address: str) -> None:
    """What moved near the alert joins with its numbers; strangers and the far CDN node do not."""
    reader = _reader(assistant, address)

    assert reader.read_due() == 1
    assert reader.read_due() == 0

    incident = _only_incident(assistant)
    records = assistant.store.alerts_of(incident.id)
    (found,) = [r.alert for r in records if r.alert.source == METRICS_SOURCE]
    assert (found.alertname, found.labels["component"]) == ("HighLatency", "small:exam-api")
    assert abs((found.starts_at - ONSET).total_seconds() + 120.0) <= 120.0
    assert float(found.annotations["value"]) == pytest.approx(300.0, rel=0.2)
    assert float(found.annotations["false_alarm"]) < 0.001
    assert found.annotations["unit"] == "ms"


def test_a_diagnosis_counts_what_was_read(assistant: Assistant, address: str) -> None:
    """With the symptom the diagnosis rests on one item more, and fewer say that all is well."""
    incident = _only_incident(assistant)
    before = assistant.diagnoser.diagnose_incident(incident.id, computed_at=ONSET)

    _reader(assistant, address).read_due()
    after = assistant.diagnoser.diagnose_incident(incident.id, computed_at=ONSET)

    calm = [
        next(h.posterior for h in d.hypotheses if h.kind is HypothesisKind.HEALTHY)
        for d in (before, after)
    ]
    assert after.as_of.alerts_included == before.as_of.alerts_included + 1
    assert calm[1] < calm[0]


def test_a_dead_prometheus_is_said_and_asked_again(assistant: Assistant) -> None:
    """Nothing is stored, and the incident stays due."""
    reader = _reader(assistant, "http://127.0.0.1:9")

    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be reached"):
            reader.read_due()
