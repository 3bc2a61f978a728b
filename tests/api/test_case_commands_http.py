"""Commands of gated actions in past cases: folded wherever somebody reads one, and still found."""

from __future__ import annotations

from operator import methodcaller
from typing import Any

import pytest

from api.doorway.stateless import ENGINE
from api.incidents.views import detail_incident
from api.reports.diagnosis import Lang, report
from api.schemas.case_drafts import CASE_SAVED
from graph.model.access import Role, Scope
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.digest import diagnosis_digest
from graph.model.document import ImportedCase
from graph.model.knowledge import PastCase
from graph.words import FOLDED
from tests.api.room import ApiRoom
from tests.api.test_case_drafts_http import NODE, confirm, publish, written
from tests.contracts.samples import past_case
from tests.retrieval.library import pack
from tests.small_pack import START, after, small_pack

RAW = "cdnctl region switch"
UNCOVERED = "edgetool rebuild"
LOOKS = "cdnctl change list"
TYPED = Text(
    zh=f"执行 `{RAW} --to bgp` 后 `{UNCOVERED} all`，再看 `{LOOKS} --last 5`",
    en=f"Ran `{RAW} --to bgp`, then `{UNCOVERED} all`, and looked at `{LOOKS} --last 5`",
)


def case_with(name: str) -> PastCase:
    """Make a case of the node whose texts hold commands."""
    return past_case(
        id=f"small:{name}",
        title=Text(zh=f"`{RAW}` 之后播放中断", en=f"Playback down after `{RAW}`"),
        opened_at=START,
        component_id=NODE,
        fault_mode_id=small_pack().library.modes[0].id,
        symptoms=Text(zh=f"`{RAW}` 卡住", en=f"`{RAW}` hung"),
        cause=Text(zh=f"有人执行了 `{RAW} --to tel`", en=f"Somebody ran `{RAW} --to tel`"),
        fix=TYPED,
    )


@pytest.fixture
def house(room: ApiRoom) -> ApiRoom:
    """The small platform with a catalogue, a case of its own and one that was imported."""
    brought, taken = case_with("brought"), case_with("taken")
    learned = small_pack().model_copy(update={"actions": pack().actions, "cases": (brought,)})
    told = ImportedCase(id=taken.id, case=taken, file_name="", imported_by="li", imported_at=START)

    def work(tx: Any) -> None:
        tx.replace_pack(learned)
        tx.put_imported_cases([told])

    room.assistant.store.write(work)
    room.assistant.knowledge.forget()
    return room


def assert_folded(told: str) -> None:
    """No raw command stands in an answer, and both languages say that there was one."""
    assert RAW not in told and UNCOVERED not in told
    assert FOLDED.zh in told and FOLDED.en in told


@pytest.mark.parametrize("path", ["/cases", f"/components/{NODE}"])
def test_the_pages_of_cases_fold_commands(house: ApiRoom, path: str) -> None:
    """Those of the pack and those from a file; what only looks stays readable."""
    told = house.operator().get(f"/api/v1{path}" if path == "/cases" else f"/api/v1/graph{path}")
    assert told.status_code == 200
    assert_folded(told.text)
    if path == "/cases":
        assert {one["id"] for one in told.json()["items"]} == {"small:brought", "small:taken"}
        assert all(LOOKS in one["fix"]["zh"] for one in told.json()["items"])


def test_a_search_finds_a_case_by_its_command_and_folds_it(house: ApiRoom) -> None:
    """Whoever knows the command finds the case; the page does not say it to others."""
    found = house.operator().get("/api/v1/cases/search", params={"q": RAW})
    assert {one["id"] for one in found.json()["results"]} >= {"small:brought", "small:taken"}
    titles = [one["title"] for one in found.json()["results"]]
    assert_folded(str(titles))


def test_similar_cases_beside_a_diagnosis_are_folded(house: ApiRoom) -> None:
    """In the answer, on the page of the incident and as a command line prints it."""
    http = house.operator()
    incident_id = house.storm(house.source().token)
    for path in ("", "/diagnosis"):
        told = http.get(f"/api/v1/incidents/{incident_id}{path}")
        assert "small:taken" in told.text
        assert_folded(told.text)


@pytest.fixture
def old_incident(house: ApiRoom) -> str:
    """An incident whose newest two diagnoses quote the imported case as it was written."""
    store = house.assistant.store
    incident_id = house.storm(house.source().token)
    found = store.diagnosis(incident_id)
    assert found is not None
    taken = case_with("taken")
    similar = tuple(
        one.model_copy(update={"cause": taken.cause, "fix": taken.fix})
        for one in found.similar_cases
    )
    for number in (1, 2):
        revision = {"revision": found.revision + number, "supersedes": found.revision + number - 1}
        old = found.model_copy(update={"similar_cases": similar, **revision})
        store.write(methodcaller("add_diagnosis", old))
    kept = store.diagnosis(incident_id)
    assert kept is not None and RAW in kept.model_dump_json()
    return incident_id


@pytest.mark.parametrize("path", ["", "/diagnosis", "/diagnoses", "/postmortem", "/briefing"])
def test_an_old_diagnosis_is_folded_when_it_is_read(
    house: ApiRoom, old_incident: str, path: str
) -> None:
    """One that an earlier version stored quotes cases as they were written."""
    told = house.operator().get(f"/api/v1/incidents/{old_incident}{path}")
    assert told.status_code == 200, told.text
    assert RAW not in told.text and UNCOVERED not in told.text
    if path.startswith("/diagnos"):
        assert_folded(told.text)
        assert LOOKS in told.text


def test_the_etag_of_an_old_diagnosis_is_that_of_what_was_told(
    house: ApiRoom, old_incident: str
) -> None:
    """Whoever digests the answer gets its ETag."""
    told = house.operator().get(f"/api/v1/incidents/{old_incident}/diagnosis")
    assert told.headers["etag"] == f'"{diagnosis_digest(Diagnosis.model_validate(told.json()))}"'


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_command_line_prints_no_raw_command_of_an_old_diagnosis(
    house: ApiRoom, old_incident: str, lang: Lang
) -> None:
    """A terminal prints what the API gave."""
    token = house.user_token("wu", [Role.OPERATOR], Scope.READ)
    client = house.client(token)
    detail, found = client.incident(old_incident), client.diagnosis(old_incident)
    assert isinstance(found, Diagnosis)
    said = "\n".join(report(detail, found, lang))
    assert RAW not in said and UNCOVERED not in said
    assert (FOLDED.zh if lang == "zh" else FOLDED.en) in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_command_line_prints_no_raw_command(house: ApiRoom, lang: Lang) -> None:
    """The report on a terminal is written from the same answer."""
    incident_id = house.storm(house.source().token)
    store = house.assistant.store
    found = store.diagnosis(incident_id)
    assert found is not None
    detail = detail_incident(store, ENGINE, store.incident(ENGINE, incident_id), now=after(300))
    said = "\n".join(report(detail, found, lang))
    assert RAW not in said and UNCOVERED not in said
    assert (FOLDED.zh if lang == "zh" else FOLDED.en) in said


def test_a_refusal_that_names_cases_folds_them(house: ApiRoom) -> None:
    """The chat tells titles of what is nearest."""
    told = house.operator().post("/api/v1/chat", json={"question": f"{RAW} unicorn 播放中断"})
    assert told.status_code == 200
    assert RAW not in str(told.json().get("nearest", [])) + str(told.json().get("steps", []))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_draft_with_commands_is_kept_and_published_folded(house: ApiRoom, lang: str) -> None:
    """Neither the ledger nor the case holds them, whoever typed them in which language."""
    zhou, (lead, proof) = house.operator(), house.signed_in("li", Role.OPS_LEAD)
    incident_id = house.storm(house.source().token)
    path = f"/api/v1/incidents/{incident_id}"
    confirm(house, incident_id)
    typed = {"zh": "重启", "en": "restart"} | {lang: f"`{RAW} --to bgp` ok"}
    body = written(zhou.get(f"{path}/case-draft").json(), fix=typed)
    saved = zhou.put(f"{path}/case-draft", json=body)
    mark = FOLDED.zh if lang == "zh" else FOLDED.en
    assert saved.json()["words"]["fix"][lang] == f"{mark} ok"
    line = next(one for one in house.assistant.store.ledger(incident_id) if one.kind == CASE_SAVED)
    assert RAW not in line.model_dump_json()

    again = zhou.put(f"{path}/case-draft", json=written(saved.json()))
    assert again.json()["content_sha256"] == saved.json()["content_sha256"]
    done = publish(lead, incident_id, proof).json()
    kept = {one.id: one.case for one in house.assistant.store.imported_cases()}[done["case_id"]]
    assert RAW not in kept.model_dump_json() and mark in kept.model_dump_json()


def test_the_store_keeps_what_was_typed(house: ApiRoom) -> None:
    """Folding is a way of showing: an archive of the house holds the case as it was written."""
    (taken,) = house.assistant.store.imported_cases()
    assert taken.case.fix == TYPED
