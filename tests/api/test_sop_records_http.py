"""How SOPs have fared, over HTTP: reviewed, worked, failed, changed since, contradicted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.knowledge.writing_back.faring import Fares
from api.schemas.admin import NewToken
from graph.model.access import Role, Scope
from graph.model.base import Text
from graph.model.document import ImportedCase, VersionStatus
from graph.model.incident import IncidentState
from graph.model.knowledge import CaseOutcome, Sop, SopSection, SopSectionName, SopStep
from graph.model.signals import ChangeEvent, ChangeKind, ChangeRecord
from graph.model.topology import Visibility
from graph.ports import Transaction
from tests.api.room import ApiRoom, problem_in
from tests.contracts.knowledge_samples import past_case, sop_version
from tests.small_pack import START, small_pack

DRAIN, OTHER = "small:drain", "small:other"
OLD = START - timedelta(days=30)
MODE = "lib:cdn_node.down"


def an_sop(sop_id: str, *steps: str) -> Sop:
    """Make an SOP for one fault mode that names a component."""
    texts = [
        SopStep(number=number, text=Text(zh=text, en=f"Step {number}."))
        for number, text in enumerate(steps, 1)
    ]
    part = SopSection(name=SopSectionName.REMEDIATION, steps=tuple(texts))
    return Sop(
        id=sop_id,
        title=Text(zh=f"摘除 {sop_id}", en=f"Drain {sop_id}"),
        revision="1",
        fault_mode_ids=(MODE,),
        component_ids=(small_pack().components[0].id,),
        sections=(part,),
    )


def publish(room: ApiRoom, found: Sop, at: Any = OLD, **changes: Any) -> None:
    """Put an SOP in force, as two people did."""
    version = sop_version(
        sop_id=found.id,
        sop=found,
        status=VersionStatus.PUBLISHED,
        published_by="li",
        published_at=at,
        **changes,
    )
    room.assistant.store.write(lambda tx: tx.put_sop_version(version, expected_version=None))
    room.assistant.knowledge.forget()


@pytest.fixture
def incident_id(room: ApiRoom) -> str:
    """A diagnosed storm; two SOPs are in force."""
    publish(room, an_sop(DRAIN, "重启节点", "看一下流量"))
    return room.storm(room.source().token)


def tick(http: Any, incident_id: str, outcome: str, step: int = 1) -> None:
    """Tick a step of the SOP."""
    wanted = {"sop_id": DRAIN, "section": "remediation", "step": step, "outcome": outcome}
    wanted |= {"reason": "命令报错"} if outcome == "failed" else {}
    answer = http.post(f"/api/v1/incidents/{incident_id}/sop-runs", json=wanted)
    assert answer.status_code == 201, answer.text


def over(room: ApiRoom, incident_id: str) -> None:
    """Let an incident be over."""

    def work(tx: Transaction) -> None:
        found = tx.incident(_anybody(), incident_id)
        tx.put_incident(
            found.model_copy(update={"state": IncidentState.RESOLVED}),
            expected_version=found.version,
        )

    room.assistant.store.write(work)


def _anybody() -> Any:
    from tests.contracts.samples import ANYBODY

    return ANYBODY


def test_a_step_worked_once_its_incident_is_over(room: ApiRoom, incident_id: str) -> None:
    """Done counts at once, worked only when the incident is over; the person and time are told."""
    zhou = room.operator()
    tick(zhou, incident_id, "done")
    told = zhou.get(f"/api/v1/sops/{DRAIN}/record").json()
    assert (told["steps"][0]["done"], told["worked"]) == (1, None)
    over(room, incident_id)
    told = zhou.get(f"/api/v1/sops/{DRAIN}/record").json()
    assert told["worked"]["incident_id"] == incident_id
    assert (told["worked"]["by"], told["reviewed_by"]) == ("zhou", "li")
    assert told["reviewed_at"] == OLD.isoformat().replace("+00:00", "Z")
    assert told["flags"] == []
    tick(zhou, incident_id, "open")
    assert zhou.get(f"/api/v1/sops/{DRAIN}/record").json()["worked"] is None


def test_a_step_that_failed_is_flagged_until_it_is_reviewed(
    room: ApiRoom, incident_id: str
) -> None:
    """On its page, in search, first in the list of who wrote it; reasons stay in the ledger."""
    zhou = room.operator()
    tick(zhou, incident_id, "failed")
    told = zhou.get(f"/api/v1/sops/{DRAIN}/record").json()
    [flag] = told["flags"]
    assert (flag["kind"], flag["step"], flag["incident_id"]) == ("step_failed", 1, incident_id)
    assert told["steps"][0]["failed"]["reason"] == "命令报错"
    assert "命令报错" not in str(room.assistant.store.audit_chain())
    for path in ("sops", "knowledge"):
        hits = zhou.get(f"/api/v1/{path}/search", params={"q": "摘除 drain"}).json()["results"]
        assert next(h for h in hits if h["id"] == DRAIN)["flags"] == ["step_failed"]
    author, _ = room.signed_in("王医生", Role.OPERATOR)
    [mine] = author.get("/api/v1/flagged-sops").json()["items"]
    assert (mine["sop_id"], mine["mine"], mine["owner"]) == (DRAIN, True, "王医生")

    later = room.clock.at + timedelta(minutes=5)
    publish(
        room, an_sop(DRAIN, "先排空再重启节点", "看一下流量"), later, id=f"{DRAIN}:2", revision=2
    )

    def end_first(tx: Transaction) -> None:
        first = tx.sop_version(f"{DRAIN}:1")
        ended = {"status": VersionStatus.SUPERSEDED, "version": first.version + 1}
        tx.put_sop_version(first.model_copy(update=ended), expected_version=first.version)

    room.assistant.store.write(end_first)
    room.assistant.knowledge.forget()
    told = zhou.get(f"/api/v1/sops/{DRAIN}/record").json()
    assert told["flags"] == [] and told["steps"][1]["reviewed_at"] < told["steps"][0]["reviewed_at"]


def test_changes_after_the_review_and_cases_that_failed_are_told(
    room: ApiRoom, incident_id: str
) -> None:
    """A change on what the SOP names counts; a case of before the review does not."""
    component = small_pack().components[0].id
    change = ChangeEvent(
        source="ci", id="c1", at=START, kind=ChangeKind.DEPLOY, targets=("x",), received_at=START
    )
    record = ChangeRecord(
        evidence_id="ch-1", change=change, pack_id="small", component_ids=(component,)
    )
    failed = {"outcome": CaseOutcome.FAILED, "sop_ids": (DRAIN,)}
    cases = [
        past_case("new").model_copy(update=failed | {"opened_at": START}),
        past_case("old").model_copy(update=failed | {"opened_at": OLD - timedelta(days=1)}),
    ]

    def work(tx: Transaction) -> None:
        tx.put_change(record)
        tx.put_imported_cases(
            [
                ImportedCase(
                    id=one.id, case=one, file_name="a.csv", imported_by="li", imported_at=START
                )
                for one in cases
            ]
        )

    room.assistant.store.write(work)
    room.assistant.knowledge.forget()
    told = room.operator().get(f"/api/v1/sops/{DRAIN}/record").json()
    assert told["changed_since"] == 1 and told["changes"][0]["component_id"] == component
    assert [flag["kind"] for flag in told["flags"]] == ["case_failed"]


def test_a_case_of_another_site_is_not_told(room: ApiRoom, incident_id: str) -> None:
    """That following the SOP failed elsewhere, and where, stays with those who may see the case."""
    failed = {"outcome": CaseOutcome.FAILED, "sop_ids": (DRAIN,), "opened_at": START}
    hidden = failed | {"site": "north", "visibility": Visibility.SITE}
    told = ImportedCase(
        id="small:case-north",
        case=past_case("north").model_copy(update=hidden),
        file_name="a.csv",
        imported_by="li",
        imported_at=START,
    )
    room.assistant.store.write(lambda tx: tx.put_imported_cases([told]))
    room.assistant.accounts.add_user("nan", (Role.VIEWER,), sites=("south",))
    room.assistant.knowledge.forget()
    wanted = NewToken(name="nan-reads", user="nan", scopes=(Scope.READ,))
    south = room.http(room.assistant.accounts.create_token(wanted).token)
    for http, kinds in ((room.operator(), ["case_failed"]), (south, [])):
        flags = http.get(f"/api/v1/sops/{DRAIN}/record").json()["flags"]
        assert [flag["kind"] for flag in flags] == kinds
        hits = http.get("/api/v1/sops/search", params={"q": "摘除 drain"}).json()["results"]
        assert next(h for h in hits if h["id"] == DRAIN).get("flags", []) == kinds
    assert south.get("/api/v1/flagged-sops").json()["items"] == []


def test_sops_that_disagree_are_flagged_on_both(room: ApiRoom, incident_id: str) -> None:
    """Each names the other with both sentences, commands folded."""
    publish(room, an_sop(OTHER, "不要重启节点，执行 `drain-it now` 再看"))
    zhou = room.operator()
    for here, there in ((DRAIN, OTHER), (OTHER, DRAIN)):
        [flag] = zhou.get(f"/api/v1/sops/{here}/record").json()["flags"]
        assert (flag["kind"], flag["other"]) == ("contradicts", there)
        assert "重启节点" in flag["text"]["zh"] and "drain-it" not in str(flag)
    listed = zhou.get("/api/v1/flagged-sops").json()["items"]
    assert [one["sop_id"] for one in listed] == [DRAIN, OTHER]
    problem_in(zhou.get("/api/v1/sops/small:none/record"), 404)


def test_the_records_stand_beside_a_diagnosis_and_change_nothing_in_it(
    room: ApiRoom, incident_id: str
) -> None:
    """Of the SOPs that it names, in its order, with the step that failed; its digest stays."""
    zhou, path = room.operator(), f"/api/v1/incidents/{incident_id}"
    newest = room.assistant.store.diagnosis(incident_id)
    assert newest is not None and [match.sop_id for match in newest.sops] == [DRAIN]
    assert zhou.get(path).json()["sop_passages"][0]["sop_id"] == DRAIN
    tick(zhou, incident_id, "failed")  # what is ticked here stands at the step already
    assert zhou.get(f"{path}/sop-records").json()["items"][0]["flags"] == []
    other = room.assistant.store.incident(_anybody(), incident_id)
    other = other.model_copy(update={"id": "inc-other"})
    room.assistant.store.write(lambda tx: tx.put_incident(other, expected_version=None))
    tick(zhou, other.id, "failed")
    [record] = zhou.get(f"{path}/sop-records").json()["items"]
    assert record["sop_id"] == DRAIN and record["reviewed_by"] == "li"
    assert [flag["kind"] for flag in record["flags"]] == ["step_failed"]
    assert [step["fresh"] for step in record["steps"]] == [False, False]
    after = room.assistant.store.diagnosis(incident_id)
    assert after == newest
    problem_in(zhou.get("/api/v1/incidents/inc-none/sop-records"), 404)


def test_an_sop_of_another_site_is_not_told_beside_a_diagnosis(
    room: ApiRoom, incident_id: str
) -> None:
    """Who may not read it sees neither its steps nor its record; off the shelf nobody does."""
    room.assistant.accounts.add_user("nan", (Role.VIEWER,), sites=("south",))
    wanted = NewToken(name="nan-reads", user="nan", scopes=(Scope.READ,))
    south = room.http(room.assistant.accounts.create_token(wanted).token)
    path = f"/api/v1/incidents/{incident_id}/sop-records"
    assert len(south.get(path).json()["items"]) == 1
    hidden = an_sop(DRAIN, "重启节点").model_copy(
        update={"site": "north", "visibility": Visibility.SITE}
    )
    version = room.assistant.store.sop_versions(sop_id=DRAIN)[-1]
    moved = version.model_copy(update={"sop": hidden, "version": version.version + 1})
    room.assistant.store.write(
        lambda tx: tx.put_sop_version(moved, expected_version=version.version)
    )
    room.assistant.knowledge.forget()
    assert south.get(path).json()["items"] == []
    assert len(room.operator().get(path).json()["items"]) == 1


def test_of_many_contradictions_five_are_listed_and_the_rest_is_counted(
    room: ApiRoom, incident_id: str
) -> None:
    """Seven SOPs forbid what one tells: five sentences, and two more."""
    for number in range(7):
        publish(room, an_sop(f"small:other-{number}", "不要重启节点"))
    zhou = room.operator()
    told = zhou.get(f"/api/v1/sops/{DRAIN}/record").json()
    assert (len(told["flags"]), told["more"]) == (5, 2)
    assert [flag["other"] for flag in told["flags"]] == [f"small:other-{n}" for n in range(5)]
    listed = zhou.get("/api/v1/flagged-sops").json()["items"]
    assert next(one for one in listed if one["sop_id"] == DRAIN)["more"] == 2


def test_who_ticks_without_end_is_slowed_down(room: ApiRoom, incident_id: str) -> None:
    """Sixty lines a minute are written down; the next is told how long to wait, then passes."""
    zhou = room.operator()
    for number in range(60):
        tick(zhou, incident_id, ("done", "open")[number % 2])
    before = room.assistant.store.audit_chain()
    wanted = {"sop_id": DRAIN, "section": "remediation", "step": 1, "outcome": "done"}
    answer = zhou.post(f"/api/v1/incidents/{incident_id}/sop-runs", json=wanted)
    body = problem_in(answer, 429)
    assert body["code"] == "too_many_written"
    assert answer.headers["Retry-After"] in body["message"]["zh"]
    assert room.assistant.store.audit_chain() == before
    room.clock.forward(seconds=int(answer.headers["Retry-After"]))
    tick(zhou, incident_id, "done")


def test_a_search_waits_for_no_long_audit_log(room: ApiRoom, incident_id: str) -> None:
    """It reads a little of it and answers; the rest is read beside, and then flags are whole."""

    def work(tx: Transaction) -> None:
        for number in range(2_400):
            tx.add_audit(at=START, actor="li", kind="seen", subject=f"{number}", detail={})

    room.assistant.store.write(work)
    zhou = room.operator()
    tick(zhou, incident_id, "failed")
    fares = Fares()
    assert not fares.read_ahead(room.assistant), "four pages of five hundred are not all"
    reader = fares._reader
    assert reader is not None
    reader.join(timeout=30)
    assert fares.read_ahead(room.assistant) and fares.uses.used() == {DRAIN}
    assert zhou.get("/api/v1/sops/search", params={"q": "摘除 drain"}).status_code == 200
    assert zhou.get(f"/api/v1/sops/{DRAIN}/record").json()["flags"]
