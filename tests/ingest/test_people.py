"""Reports from people: one place, one rate, evidence like an alert, and never from silence."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import InputError
from graph.model.access import Principal
from graph.model.library import AlertType, Direction
from graph.model.pack import DomainPack
from graph.model.people import PeopleReport
from graph.model.topology import Visibility
from tests.bench_room import BenchRoom
from tests.small_pack import after, small_pack, text

OPERATOR = Principal(name="zhou")


def _type(name: str, kind: str, false_alarm: float) -> AlertType:
    return AlertType(
        alertname=name,
        kinds=(kind,),
        direction=Direction.DEPENDANT,
        name=text(name),
        detection=0.3,
        false_alarm=false_alarm,
        delay_s=300,
        speaks_only=True,
    )


def small_pack_with_people() -> DomainPack:
    """Let people report of client groups, by a call or by several."""
    pack = small_pack()
    types = (
        *pack.library.alert_types,
        _type("PeopleReport", "client_group", 0.05),
        _type("PeopleReports", "client_group", 0.002),
    )
    return pack.model_copy(
        update={"library": pack.library.model_copy(update={"alert_types": types})}
    )


def _report(**more: Any) -> PeopleReport:
    fields = {"flow_step": "study", "region": "r2", "carrier": "mobile", **more}
    return PeopleReport.model_validate(fields)


def _told(room: BenchRoom, *reports: PeopleReport) -> None:
    for number, report in enumerate(reports):
        room.intake.receive_report(OPERATOR, report, received_at=after(200 + number))


@pytest.mark.parametrize(("count", "name"), [(1, "PeopleReport"), (3, "PeopleReports")])
def test_a_report_joins_the_storm_with_the_rate_of_its_size(count: int, name: str) -> None:
    """One call is one thing and three are another; who took it stands in the labels."""
    room = BenchRoom(small_pack_with_people())
    room.beat(after(-60))
    room.storm(clients=2)
    _told(room, _report(count=count))
    (incident,) = room.incidents()
    (record,) = [r for r in room.store.alerts_of(incident.id) if r.alert.source == "people"]
    assert record.component_id == "small:client-r2-mobile"
    assert (record.alert.alertname, record.alert.labels["taken_by"]) == (name, "zhou")


def test_reports_make_the_shared_cause_likelier_the_more_people_call() -> None:
    """Two clients of the node fail by their rules, a third by the phone."""
    found = []
    for counts in ((), (1,), (9,)):
        room = BenchRoom(small_pack_with_people())
        room.beat(after(-60))
        room.storm(clients=2)
        _told(room, *(_report(count=n) for n in counts))
        room.beat(after(600))
        top = {h.component_id: h.posterior for h in room.diagnose().hypotheses}
        found.append(top["small:cdn-a"])
    assert found == sorted(found)
    assert found[2] > found[0]


def test_the_same_report_twice_is_one() -> None:
    """A form sent twice is no second call."""
    room = BenchRoom(small_pack_with_people())
    room.storm(clients=2)
    again = [
        room.intake.receive_report(OPERATOR, _report(at=after(100)), received_at=after(200))
        for _ in range(2)
    ]
    assert [(r.accepted, r.duplicates) for r in again] == [(1, 0), (0, 1)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"flow_step": "dancing"}, "/flow_step"),
        ({"region": "r9"}, "/region"),
        ({"carrier": "pigeon"}, "/region"),
        ({"carrier": None}, "/region"),
    ],
)
def test_what_nobody_can_place_is_refused_and_leaves_nothing(
    wrong: dict[str, object], said: str
) -> None:
    """No step, no place, or no component for a whole region: the field is named."""
    room = BenchRoom(small_pack_with_people())
    with pytest.raises(InputError, match=said):
        _told(room, _report(**wrong))
    assert room.store.audit_chain() == ()


def test_a_library_without_a_type_for_it_says_so() -> None:
    """Nobody has stated how often people call: their calls cannot be weighed."""
    with pytest.raises(InputError, match="no PeopleReport"):
        _told(BenchRoom(small_pack()), _report())


def test_whoever_may_not_see_the_place_cannot_report_there() -> None:
    """A person of one site finds no components of another."""
    pack = small_pack_with_people()
    hidden = tuple(
        c.model_copy(update={"site": "r2", "visibility": Visibility.SITE})
        if c.id == "small:client-r2-mobile"
        else c
        for c in pack.components
    )
    room = BenchRoom(pack.model_copy(update={"components": hidden}))
    outsider = Principal(name="li", sites=frozenset({"r1"}))
    with pytest.raises(InputError, match="names 0 components"):
        room.intake.receive_report(outsider, _report(), received_at=after(200))
