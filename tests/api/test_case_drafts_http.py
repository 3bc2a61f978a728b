"""A confirmed incident becomes a past case: drafted, edited, published, found."""

from __future__ import annotations

from typing import Any

import pytest

from graph.model.access import Role
from graph.model.base import Text
from graph.model.document import ImportedCase
from graph.model.topology import Visibility
from tests.api.room import ApiRoom, problem_in
from tests.contracts.samples import past_case
from tests.small_pack import START, small_pack

NODE = "small:cdn-a"


@pytest.fixture
def incident_id(room: ApiRoom) -> str:
    """A diagnosed storm on the clients of cdn-a."""
    return room.storm(room.source().token)


def confirm(room: ApiRoom, incident_id: str) -> None:
    """Two people say what it was."""
    for name in ("hu", "wu"):
        http, proof = room.signed_in(name, Role.OPERATOR)
        said = {"causes": [{"component_id": NODE}], "cause": "modelled"}
        path = f"/api/v1/incidents/{incident_id}/feedback"
        assert http.post(path, json=said, headers={"X-CSRF": proof}).status_code < 300


def written(draft: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Give the body that saves a draft as it was seen, with changes."""
    return {**draft["words"], "content_sha256": draft["content_sha256"], **changes}


def publish(http: Any, incident_id: str, proof: str) -> Any:
    """Publish the draft as it stands."""
    path = f"/api/v1/incidents/{incident_id}"
    seen = {"content_sha256": http.get(f"{path}/case-draft").json()["content_sha256"]}
    return http.post(f"{path}/case", json=seen, headers={"X-CSRF": proof})


def test_a_draft_is_written_from_the_record(room: ApiRoom, incident_id: str) -> None:
    """Symptoms from alerts, the confirmed cause, what was done by hand; nothing is invented."""
    http = room.operator()
    path = f"/api/v1/incidents/{incident_id}/case-draft"
    bare = http.get(path).json()
    assert (bare["confirmed"], bare["basis"]) == (False, "record")
    assert "没有记录" in bare["words"]["fix"]["zh"]
    deed = {"what": "重启了播放网关", "target": NODE}
    assert http.post(f"/api/v1/incidents/{incident_id}/actions-taken", json=deed).status_code < 300
    room.work()
    confirm(room, incident_id)
    told = http.get(path).json()
    words = told["words"]
    assert told["confirmed"] and words["component_id"] == NODE
    assert words["fix"]["zh"] == "重启了播放网关"
    assert "PlaybackFailureHigh 4 条" in words["symptoms"]["zh"]
    assert words["minutes_to_repair"] >= words["minutes_to_detect"] >= 0
    assert [one["incident_id"] for one in http.get("/api/v1/case-drafts").json()["items"]] == [
        incident_id
    ]


def test_a_published_draft_is_a_case_like_any(room: ApiRoom, incident_id: str) -> None:
    """Edited by an operator, published by a lead once confirmed; found, listed, on record."""
    zhou, (lead, proof) = room.operator(), room.signed_in("li", Role.OPS_LEAD)
    path = f"/api/v1/incidents/{incident_id}"
    fix = {"zh": "更换独角兽模块", "en": "Replaced the unicorn module"}
    words = written(zhou.get(f"{path}/case-draft").json(), fix=fix, outcome="worked")
    saved = zhou.put(f"{path}/case-draft", json=words).json()
    assert (saved["basis"], saved["saved_by"]) == ("person", "zhou")
    problem_in(publish(lead, incident_id, proof), 409)
    problem_in(publish(zhou, incident_id, ""), 403)
    confirm(room, incident_id)
    done = publish(lead, incident_id, proof).json()
    assert done["published_by"] == "li"

    case_id = f"small:case-{incident_id}"
    found = zhou.get("/api/v1/cases/search", params={"q": "独角兽模块"}).json()["results"]
    assert [hit["id"] for hit in found] == [case_id]
    listed = zhou.get("/api/v1/cases", params={"q": "独角兽"}).json()["items"]
    assert [(card["id"], card["source"]) for card in listed] == [(case_id, incident_id)]
    chain = room.assistant.store.audit_chain()
    assert chain[-1].kind == "case_published"
    assert publish(lead, incident_id, proof).json() == done
    assert room.assistant.store.audit_chain() == chain, "published again as it is: no second line"


def test_a_case_is_nothing_that_its_own_incident_resembles(room: ApiRoom, incident_id: str) -> None:
    """Diagnosed again after it was written back, the incident does not vouch for itself."""
    zhou, (lead, proof) = room.operator(), room.signed_in("li", Role.OPS_LEAD)
    path = f"/api/v1/incidents/{incident_id}"
    confirm(room, incident_id)
    before = zhou.get(f"{path}/diagnosis").json()
    assert publish(lead, incident_id, proof).status_code < 300
    deed = {"what": "重启了播放网关", "target": NODE}
    assert zhou.post(f"{path}/actions-taken", json=deed).status_code < 300
    room.work()
    after = zhou.get(f"{path}/diagnosis").json()
    assert after["revision"] > before["revision"]
    assert after["similar_cases"] == before["similar_cases"]


def test_what_the_graph_lacks_is_refused(room: ApiRoom, incident_id: str) -> None:
    """A component or a fault mode that is not there; who only reads saves nothing."""
    path = f"/api/v1/incidents/{incident_id}/case-draft"
    http = room.operator()
    words = written(http.get(path).json())
    problem_in(http.put(path, json=words | {"component_id": "small:none"}), 404)
    problem_in(http.put(path, json=words | {"fault_mode_id": "lib:none.none"}), 404)
    reader, proof = room.signed_in("du", Role.VIEWER)
    problem_in(reader.put(path, json=words, headers={"X-CSRF": proof}), 403)


@pytest.mark.parametrize("told", ["\u202e\u2066 \u200b", "x" * 2001])
def test_a_text_that_nobody_can_read_is_refused(room: ApiRoom, incident_id: str, told: str) -> None:
    """Too long for a card or without a visible character: the field is named, nothing is kept."""
    path, http = f"/api/v1/incidents/{incident_id}/case-draft", room.operator()
    words = written(http.get(path).json())
    refused = problem_in(http.put(path, json=words | {"fix": {"zh": told, "en": "fixed"}}), 422)
    assert refused["errors"][0]["pointer"].startswith("/fix")
    assert http.get(path).json()["basis"] == "record"


def test_hidden_characters_do_not_stay_in_a_case(room: ApiRoom, incident_id: str) -> None:
    """Terminal controls and turned directions go, line ends stay."""
    path, http = f"/api/v1/incidents/{incident_id}/case-draft", room.operator()
    words = written(http.get(path).json())
    typed = {"zh": " 第一步\x1b[2J\n第二步\u202e\x00", "en": "one"}
    kept = http.put(path, json=words | {"fix": typed}).json()["words"]["fix"]
    assert kept == {"zh": "第一步[2J\n第二步", "en": "one"}


def test_what_the_graph_lost_since_is_not_published(room: ApiRoom, incident_id: str) -> None:
    """A draft whose component was taken out of the pack becomes no case."""
    zhou, (lead, proof) = room.operator(), room.signed_in("li", Role.OPS_LEAD)
    path = f"/api/v1/incidents/{incident_id}"
    zhou.put(f"{path}/case-draft", json=written(zhou.get(f"{path}/case-draft").json()))
    confirm(room, incident_id)
    pack = small_pack()
    left = tuple(c for c in pack.components if c.id != NODE)
    joined = tuple(r for r in pack.relations if NODE not in (r.source, r.target))
    less = pack.model_copy(update={"components": left, "relations": joined})
    room.assistant.store.write(lambda tx: tx.replace_pack(less))
    problem_in(publish(lead, incident_id, proof), 404)
    assert room.assistant.store.imported_cases() == ()


def test_what_others_wrote_meanwhile_is_neither_lost_nor_published(
    room: ApiRoom, incident_id: str
) -> None:
    """Two look at one draft: the second to save is told, and who publishes what was before."""
    zhou, (lead, proof) = room.operator(), room.signed_in("li", Role.OPS_LEAD)
    path = f"/api/v1/incidents/{incident_id}"
    confirm(room, incident_id)
    seen = zhou.get(f"{path}/case-draft").json()
    mine = written(seen, fix={"zh": "换了线路", "en": "changed the line"})
    kept = zhou.put(f"{path}/case-draft", json=mine).json()
    assert kept["content_sha256"] != seen["content_sha256"]
    headers = {"X-CSRF": proof}
    theirs = written(seen, fix={"zh": "重启", "en": "restarted"})
    refused = problem_in(lead.put(f"{path}/case-draft", json=theirs, headers=headers), 409)
    assert refused["code"] == "other_content" and "重新打开" in refused["message"]["zh"]
    before = {"content_sha256": seen["content_sha256"]}
    problem_in(lead.post(f"{path}/case", json=before, headers=headers), 409)
    assert room.assistant.store.imported_cases() == ()
    assert zhou.get(f"{path}/case-draft").json() == kept
    assert publish(lead, incident_id, proof).status_code < 300
    line = room.assistant.store.audit_chain()[-1]
    assert (line.actor, line.detail["saved_by"]) == ("li", "zhou")
    assert line.detail["content_sha256"] == kept["content_sha256"]


@pytest.mark.parametrize("visibility", list(Visibility))
def test_a_diagnosis_tells_no_case_that_its_readers_may_not_read(
    room: ApiRoom, visibility: Visibility
) -> None:
    """An incident that everybody sees resembles a case of one site only where all may read that."""
    case = past_case(
        id="small:case-east",
        opened_at=START,
        component_id=NODE,
        fault_mode_id=small_pack().library.modes[0].id,
        cause=Text(zh="东区的秘密", en="A secret of the east"),
        site="east",
        visibility=visibility,
    )
    told = ImportedCase(id=case.id, case=case, file_name="", imported_by="li", imported_at=START)
    room.assistant.store.write(lambda tx: tx.put_imported_cases([told]))
    room.assistant.knowledge.forget()
    found = (
        room.operator().get(f"/api/v1/incidents/{room.storm(room.source().token)}/diagnosis").json()
    )

    ids = [one["case_id"] for one in found["similar_cases"]]
    assert (case.id in ids) == (visibility is Visibility.ALL)
