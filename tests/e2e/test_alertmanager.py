"""The loop with real peers: a rule fires in Prometheus, Alertmanager calls, an incident stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from api.client import ApiClient
from api.schemas.incidents import IncidentView
from benchmarks.served import wait_until
from graph.model.diagnosis import Diagnosis
from tests.conftest import require
from tests.e2e.monitoring import Metric, monitored
from tests.e2e.server import PREFIX, served_copy, source_token

SOURCE: Final = "prometheus-main"
_ARRIVES_WITHIN_S: Final = 40.0


@dataclass(frozen=True)
class Loop:
    """The running loop: the metric to turn, and a reader of what came of it."""

    metric: Metric
    reader: ApiClient

    def incident(self) -> IncidentView | None:
        """Return the only incident, None while there is none."""
        found = self.reader.incidents().items
        assert len(found) <= 1, found
        return found[0] if found else None

    def states_stored(self) -> int:
        """Count the alert states that the incident has taken in."""
        incident = self.incident()
        entries = self.reader.timeline(incident.id).items if incident else ()
        attached = [entry.detail["count"] for entry in entries if entry.kind == "alerts_attached"]
        return sum(count for count in attached if isinstance(count, int))


@pytest.fixture
def loop(prepared_home: Path, tmp_path: Path) -> Iterator[Loop]:
    """A server with an alert source, and a monitoring that posts to it; the metric is healthy."""
    programs = require("alertmanager")
    metric = Metric("cdn_origin_fetch_error_ratio", "cdn-7")
    with ExitStack() as stack:
        server = stack.enter_context(served_copy(prepared_home, tmp_path / "home"))
        webhook = f"{server.url}/api/v1/alerts/alertmanager"
        token = source_token(server, SOURCE)
        stack.enter_context(
            monitored(programs, metric, webhook=webhook, token=token, folder=tmp_path)
        )
        yield Loop(metric, stack.enter_context(server.client()))


def test_a_rule_that_fires_becomes_an_incident_and_its_resolve_arrives(loop: Loop) -> None:
    """Heartbeat known, nothing open; the metric turns, the component is named; it turns back."""
    wait_until(
        lambda: SOURCE in {beat.source for beat in loop.reader.board().monitoring},
        what="the heartbeat of Watchdog",
        timeout_s=_ARRIVES_WITHIN_S,
    )
    assert loop.incident() is None, "a heartbeat opens no incident"

    loop.metric.value = 0.9
    wait_until(loop.incident, what="the incident", timeout_s=_ARRIVES_WITHIN_S)
    incident = loop.incident()
    assert incident is not None
    assert (incident.rule, incident.state) == ("critical", "open")
    diagnosis = loop.reader.diagnosis(incident.id, wait_s=30)
    assert isinstance(diagnosis, Diagnosis)
    # One alert alone may well be a false alarm; of the components it must be this one.
    suspects = [cause.component_id for cause in diagnosis.hypotheses if cause.component_id]
    assert suspects[0] == f"{PREFIX}cdn-7"
    alerting = {node.id for node in loop.reader.map(incident.id).nodes if node.alerting}
    assert alerting == {f"{PREFIX}cdn-7"}

    loop.metric.value = 0.0
    wait_until(lambda: loop.states_stored() == 2, what="the resolve", timeout_s=_ARRIVES_WITHIN_S)
    later = loop.reader.diagnosis(incident.id, wait_s=30)
    assert isinstance(later, Diagnosis)
    assert later.revision > diagnosis.revision
    assert loop.reader.quarantined().items == ()
