"""The made-up storm of a start speaks the pack's own words and leaves nothing behind."""

from __future__ import annotations

from graph.failure import FailureGraph
from reasoning.network.evidence import Catalogue
from reasoning.rehearsal import REHEARSAL, made_up_storm
from tests.bench_room import READER, BenchRoom
from tests.small_pack import START, small_pack


def test_it_is_made_of_alerts_that_the_library_knows() -> None:
    """Each on a component of the pack, of a type of its kind, none twice."""
    pack = small_pack()
    graph, catalogue = FailureGraph(pack), Catalogue.of(pack.library.alert_types)
    storm = made_up_storm(pack, graph, at=START)

    assert storm is not None
    told = [(r.component_id or "", r.alert.alertname) for r in storm.alerts]
    assert all(catalogue.find(graph.components[c].kind, name) for c, name in told)
    assert len(set(told)) == len(told) > 1
    assert storm == made_up_storm(pack, graph, at=START)


def test_diagnosing_it_stores_nothing() -> None:
    """No incident, no revision; a later real storm is diagnosed as if it had never been."""
    rehearsed, calm = BenchRoom(), BenchRoom()
    analyst = rehearsed.diagnoser.analyst("small")
    storm = made_up_storm(analyst.pack, analyst.graph, at=START)
    assert storm is not None
    assert analyst.diagnose(storm, (), computed_at=START).incident_id == REHEARSAL
    assert rehearsed.store.incidents(READER).items == ()
    for room in (rehearsed, calm):
        room.storm()

    assert rehearsed.diagnose() == calm.diagnose()


def test_a_pack_in_which_nobody_could_alert_has_none() -> None:
    """Without relations nothing depends on anything, and nothing is made up."""
    pack = small_pack().model_copy(update={"relations": ()})

    assert made_up_storm(pack, FailureGraph(pack), at=START) is None
