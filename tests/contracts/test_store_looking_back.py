"""Looking back is the same on every store: how well answers held, and an incident gone through."""

from __future__ import annotations

from api.incidents.calibration import Calibrations, set_recalibration, view_calibration
from graph.model.access import Principal
from graph.model.diagnosis import DiagnosisStatus
from graph.model.replay import Replay
from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from ingest.intake import Intake
from reasoning.diagnose import Diagnoser
from reasoning.replaying import Question, replay
from tests.api.confirmed import DATABASE, NODE, READER, confirm_in, stating
from tests.bench_room import NoKnowledge
from tests.payloads import alert, payload
from tests.small_pack import PACK, after, small_pack

_SOURCE = Principal(name="demo-alerts", source="demo-alerts")


def _storm(store: Store) -> tuple[Diagnoser, str]:
    """Tell the failing clients of cdn-a in two payloads, two minutes apart, and diagnose."""
    store.write(lambda tx: tx.replace_pack(small_pack()))
    intake, diagnoser = Intake(store), Diagnoser(store, NoKnowledge(), meter=lambda: 0.0)
    names = [f"client-r{region}-{kind}" for region in (1, 2) for kind in ("telecom", "mobile")]
    alerts = [alert("PlaybackFailureHigh", at=after(10), component=name) for name in names]
    first = intake.receive_alertmanager(_SOURCE, payload(*alerts), received_at=after(60))
    node = payload(alert("CdnNodeDown", at=after(150), component="cdn-a"))
    intake.receive_alertmanager(_SOURCE, node, received_at=after(180))
    (incident_id,) = first.incident_ids
    diagnoser.diagnose_incident(incident_id, computed_at=after(180))
    return diagnoser, incident_id


def _replayed(store: Store) -> Replay:
    diagnoser, incident_id = _storm(store)
    incident, asked = store.incident(READER, incident_id), Question((NODE,), confirmed=False)
    analyst = diagnoser.analyst(PACK)
    return replay(store, analyst, incident, asked, computed_at=after(999))


def test_a_replay_is_the_same_on_every_store(store: Store) -> None:
    """Three minutes, and each says what the store in memory says."""
    memory = EmbeddedGraphStore(None)
    found, expected = _replayed(store), _replayed(memory)
    memory.close()
    assert [minute.minute for minute in found.minutes] == [0, 1, 2]
    assert found == expected


def test_confirmed_causes_are_counted_on_every_store(store: Store) -> None:
    """Fifty-five incidents off the chain, the map turned on, and both found by a later look."""
    _, incident_id = _storm(store)
    answer = store.diagnosis(incident_id)
    assert answer is not None
    shown = stating(answer, 0.9, DiagnosisStatus.LIKELY)
    confirm_in(store, shown, 55, right=33, wrong=DATABASE, now=after(0))
    view = view_calibration(Calibrations(), store, READER)
    assert (view.figures.cases, view.figures.first, view.on) == (55, 33, False)
    kept = Calibrations()
    set_recalibration(kept, store, READER, on=True, at=after(1))
    again = view_calibration(Calibrations(), store, READER)
    assert again.on and again.recalibration == view.recalibration
