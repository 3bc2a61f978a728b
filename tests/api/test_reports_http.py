"""What people say, over HTTP: taken from whoever is on duty, refused from whoever only reads."""

from __future__ import annotations

from graph.model.access import Role
from tests.api.room import ApiRoom, problem_in
from tests.ingest.test_people import small_pack_with_people

REPORT = {"flow_step": "study", "region": "r2", "carrier": "mobile", "count": 4}


def test_a_person_on_duty_reports_and_it_is_on_record(room: ApiRoom) -> None:
    """202 with what became of it; the audit log holds who took it."""
    room.assistant.store.write(lambda tx: tx.replace_pack(small_pack_with_people()))
    answer = room.operator().post("/api/v1/reports", json=REPORT)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    (line,) = [e for e in room.assistant.store.audit_chain() if e.kind == "people_reported"]
    assert (line.actor, line.subject) == ("zhou", "small:client-r2-mobile")


def test_a_bad_place_is_refused_by_its_field(room: ApiRoom) -> None:
    """400 names the field, and nothing is stored."""
    room.assistant.store.write(lambda tx: tx.replace_pack(small_pack_with_people()))
    answer = room.operator().post("/api/v1/reports", json=REPORT | {"region": "atlantis"})
    assert "/region" in str(problem_in(answer, 422 if answer.status_code == 422 else 400))


def test_who_only_reads_cannot_report(room: ApiRoom) -> None:
    """A viewer's token is refused; a source's as well, which has a road of its own."""
    viewer = room.http(room.user_token("guest", [Role.VIEWER]))
    source = room.http(room.source().token)
    for http in (viewer, source):
        problem_in(http.post("/api/v1/reports", json=REPORT), 403)


def test_whatever_a_form_may_offer_is_taken(room: ApiRoom) -> None:
    """Each step with each place is understood; without types of reports nothing is offered."""
    http = room.operator()
    none = http.get("/api/v1/reports/places").json()
    assert none == {"steps": [], "places": []}
    room.assistant.store.write(lambda tx: tx.replace_pack(small_pack_with_people()))
    found = http.get("/api/v1/reports/places").json()
    assert [place["region"] for place in found["places"]] == ["r1", "r2", "r3"]
    for step in found["steps"]:
        for place in found["places"]:
            for carrier in place["carriers"] + ([None] if place["whole"] else []):
                sent = {"flow_step": step["id"], "region": place["region"], "carrier": carrier}
                assert http.post("/api/v1/reports", json=sent).status_code == 202
