"""Commands of gated actions over HTTP: folded, shown on demand, and that is written down."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.reports.answers import answer_lines
from graph.model.access import Role, Scope
from graph.model.base import Text
from graph.model.document import VersionStatus
from graph.model.knowledge import SopSection, SopSectionName, SopStep
from graph.words import FOLDED
from reasoning.remediation.policy import APPROVING
from tests.api.room import ApiRoom, problem_in, schema
from tests.contracts.knowledge_samples import sop, sop_version
from tests.retrieval.library import named, pack
from tests.small_pack import small_pack

ASKED = "CDN 节点回源失败怎么处理"
RAW = "cdnctl region switch"
STEP = {"section": "remediation", "step": 1}
SOP = named("cdn-03")


@pytest.fixture
def house(room: ApiRoom) -> ApiRoom:
    """The small platform with SOPs, catalogue and rules of the medical-education pack."""
    known = pack()
    more = {"sops": known.sops, "actions": known.actions, "policies": known.policies}
    learned = small_pack().model_copy(update=more)
    room.assistant.store.write(lambda tx: tx.replace_pack(learned))
    room.assistant.knowledge.forget()
    return room


def _reveal(http: TestClient, csrf: str | None = None, **more: Any) -> Any:
    headers = {"X-CSRF": csrf} if csrf else {}
    return http.post(f"/api/v1/sops/{SOP}/reveals", json=STEP | more, headers=headers)


@pytest.mark.parametrize("path", ["/chat", "/ask"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_answer_folds_gated_commands_and_says_who_must_agree(
    house: ApiRoom, path: str, lang: str
) -> None:
    """The rest of the step is quoted letter by letter; what only looks stays readable."""
    http = house.operator()
    asked = ASKED if lang == "zh" else "How do I handle a CDN node whose origin fetches fail?"
    answer = http.post(f"/api/v1{path}", json={"question": asked})
    assert RAW not in answer.text
    body = answer.json()
    schema("answer").validate(body)

    spoken = next(sop for sop in pack().sops if sop.id == SOP)
    texts = "".join(
        step.text.zh + step.text.en for section in spoken.sections for step in section.steps
    )
    assert "cdnctl change list" in answer.text
    step = next(s for s in body["steps"] if s["gated"])
    assert (FOLDED.zh if lang == "zh" else FOLDED.en) in step["text"]
    assert len(step["citations"]) == 2
    assert all(place["quote"] in texts for s in body["steps"] for place in s["citations"])
    [gated] = step["gated"]
    assert gated["action_id"] == named("cdn-switch-over")
    assert "ops_lead" in gated["required_roles"] and not gated["proposed"]


def test_a_thread_and_an_sop_keep_commands_folded(house: ApiRoom) -> None:
    """Neither reading a talk again nor reading the whole SOP is a way round."""
    http = house.operator()
    turn = http.post("/api/v1/chat", json={"question": ASKED}).json()
    again = http.get(f"/api/v1/chat/{turn['thread_id']}")
    whole = http.get(f"/api/v1/sops/{SOP}")

    assert again.json()["items"] == [turn]
    assert RAW not in whole.text and FOLDED.zh in whole.text


def test_a_person_reads_the_command_after_it_was_written_down(house: ApiRoom) -> None:
    """Audit and ledger name who, which step and which action, and hold no command."""
    incident = house.storm(house.source().token)
    http, csrf = house.signed_in("lan", Role.OPERATOR)
    shown = _reveal(http, csrf, incident_id=incident)

    assert shown.status_code == 200 and RAW in shown.json()["text"]["zh"]
    audit = http.get("/api/v1/audit").json()["items"]
    [line] = [event for event in audit if event["kind"] == "command_revealed"]
    assert (line["actor"], line["subject"]) == ("lan", SOP)
    assert line["detail"]["action_ids"] == [named("cdn-switch-over")]
    assert line["detail"]["incident_id"] == incident
    ledger = http.get(f"/api/v1/incidents/{incident}/timeline").json()["items"]
    [entry] = [event for event in ledger if event["kind"] == "command_revealed"]
    assert entry["actor"] == "lan"
    assert RAW not in str(line) + str(entry)


def test_a_change_that_no_action_stands_for_demands_everybody(house: ApiRoom) -> None:
    """It is folded as well, says so, and is shown to a person who asks, on record."""
    http, csrf = house.signed_in("lan", Role.OPERATOR)
    asked = {"question": "缓存内存快满了，键被大量淘汰，怎么处理"}
    answer = http.post("/api/v1/chat", json=asked, headers={"X-CSRF": csrf})
    found = [view for step in answer.json()["steps"] for view in step["gated"]]
    bare = next(view for view in found if view["action_id"] is None)
    assert bare["required_roles"] == [role.value for role in APPROVING]
    assert "CONFIG SET" not in answer.text and "INFO memory" in answer.text
    printed = "\n".join(answer_lines(answer.json(), loaded=True))
    assert "会改动生产，目录里没有对应的处置" in printed

    path = f"/api/v1/sops/{named('cache-01')}"
    assert "CONFIG SET" not in http.get(path).text
    wanted = {"section": "remediation", "step": 2}
    shown = http.post(f"{path}/reveals", json=wanted, headers={"X-CSRF": csrf})
    assert shown.status_code == 200 and "CONFIG SET" in shown.json()["text"]["zh"]
    audit = http.get("/api/v1/audit").json()["items"]
    [line] = [event for event in audit if event["kind"] == "command_revealed"]
    assert line["detail"]["action_ids"] == []


def test_no_token_reads_a_folded_command(house: ApiRoom) -> None:
    """Neither an operator's nor one of every scope, and nothing is written down."""
    token = house.user_token("bot", [Role.OPERATOR], Scope.READ, Scope.OPERATE, Scope.EXECUTE)
    problem = problem_in(_reveal(house.http(token)), 403)
    assert problem["code"] == "session_required"
    http, csrf = house.signed_in("eye", Role.VIEWER)
    problem_in(_reveal(http, csrf), 403)
    problem_in(_reveal(house.signed_in("lan", Role.OPERATOR)[0]), 403)  # no CSRF proof
    audit = http.get("/api/v1/audit").json()["items"]
    assert "command_revealed" not in {event["kind"] for event in audit}


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"step": 99}, 404),
        ({"section": "diagnosis", "step": 1}, 422),
        ({"section": "cellar"}, 422),
        ({"step": 0}, 422),
        ({"incident_id": "inc-none"}, 404),
        ({"more": 1}, 422),
    ],
)
def test_what_cannot_be_revealed_is_refused_and_leaves_no_line(
    house: ApiRoom, wanted: dict[str, Any], status: int
) -> None:
    """A step that is none, one without a gated command, an incident that is none."""
    http, csrf = house.signed_in("lan", Role.OPERATOR)
    problem_in(_reveal(http, csrf, **wanted), status)
    audit = http.get("/api/v1/audit").json()["items"]
    assert "command_revealed" not in {event["kind"] for event in audit}


def test_the_sop_beside_a_diagnosis_keeps_commands_folded(house: ApiRoom) -> None:
    """Whatever section the diagnosis matched, its quotes hold no gated command."""
    incident = house.storm(house.source().token)
    answer = house.operator().get(f"/api/v1/incidents/{incident}")
    assert answer.status_code == 200
    commands = [pattern for action in pack().actions for pattern in action.commands]
    told = str(answer.json()["sop_passages"])
    assert not [command for command in commands if command in told]


def test_an_sop_that_came_from_a_document_folds_its_commands_too(house: ApiRoom) -> None:
    """Whether a pack or a person brought it: nobody reads the command without leaving a line."""
    text = Text(zh="断开回源节点：`warm-cache --all`", en="Drain it: `warm-cache --all`")
    step = SopStep(number=1, text=text)
    taken = sop("small:drain").model_copy(
        update={
            "title": Text(zh="断开回源节点", en="Drain an origin node"),
            "sections": (SopSection(name=SopSectionName.REMEDIATION, steps=(step,)),),
        }
    )
    version = sop_version(sop_id="small:drain", sop=taken, status=VersionStatus.PUBLISHED)
    house.assistant.store.write(lambda tx: tx.put_sop_version(version, expected_version=None))
    house.assistant.knowledge.forget()
    http, csrf = house.signed_in("lan", Role.OPERATOR)

    shown = http.get("/api/v1/sops/small:drain").text
    told = http.post(
        "/api/v1/chat", json={"question": "断开回源节点怎么做"}, headers={"X-CSRF": csrf}
    )
    assert "warm-cache" not in shown + told.text
    assert any(step["gated"] for step in told.json()["steps"])
    wanted = {"section": "remediation", "step": 1}
    revealed = http.post("/api/v1/sops/small:drain/reveals", json=wanted, headers={"X-CSRF": csrf})
    assert "warm-cache --all" in revealed.json()["text"]["zh"]
