"""Questions in words over HTTP: search, one SOP, and the chat that quotes or refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.reports.answers import answer_lines
from api.threads import Threads
from graph.errors import NotFoundError
from graph.model.access import Role, Scope
from tests.api.room import ApiRoom, problem_in, schema
from tests.retrieval.library import pack
from tests.small_pack import small_pack

ASKED = "CDN 节点带宽打满怎么处理"
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def house(room: ApiRoom) -> ApiRoom:
    """The small platform with the SOPs and cases of the medical-education pack."""
    known = pack()
    learned = small_pack().model_copy(update={"sops": known.sops, "cases": known.cases})
    room.assistant.store.write(lambda tx: tx.replace_pack(learned))
    room.assistant.knowledge.forget()
    return room


@pytest.fixture
def operator(house: ApiRoom) -> TestClient:
    """An operator's caller."""
    return house.operator()


def _ask(http: TestClient, question: str = ASKED, **more: Any) -> dict[str, Any]:
    answer = http.post("/api/v1/chat", json={"question": question, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    schema("answer").validate(body)
    return body


@pytest.mark.parametrize(("path", "kind"), [("/sops/search", "sop"), ("/cases/search", "case")])
def test_search_finds_one_kind_in_the_published_form(
    operator: TestClient, path: str, kind: str
) -> None:
    """Best first, and nothing of the other kind."""
    found = operator.get(f"/api/v1{path}", params={"q": ASKED}).json()
    schema("search").validate(found)

    assert found["results"]
    assert {hit["kind"] for hit in found["results"]} == {kind}
    scores = [hit["score"] for hit in found["results"]]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("q", ["", "   ", "\u202e\u200b", "x" * 2001])
@pytest.mark.parametrize("path", ["/sops/search", "/cases/search"])
def test_a_query_that_is_none_is_refused_in_words(operator: TestClient, path: str, q: str) -> None:
    """Empty, invisible or far too long: 422 that says what to do."""
    problem = problem_in(operator.get(f"/api/v1{path}", params={"q": q}), 422)
    assert problem["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"question": ""},
        {"question": " \n\t"},
        {"question": "\u200b\u202e"},
        {"question": "长" * 2001},
        {"question": 7},
        {"question": "x", "lang": "fr"},
        {"question": "x", "incident_id": "<b>"},
        {"question": "x", "thread_id": "../etc"},
        {"question": "x", "other": 1},
        {},
    ],
)
@pytest.mark.parametrize("headers", [{}, STREAM])
def test_a_question_that_is_none_is_refused_in_words(
    operator: TestClient, body: dict[str, Any], headers: dict[str, str]
) -> None:
    """Also where a stream was asked for: nothing has begun yet."""
    problem = problem_in(operator.post("/api/v1/chat", json=body, headers=headers), 422)
    assert problem["detail"]


def test_a_lonely_surrogate_is_no_question(operator: TestClient) -> None:
    """Half a character cannot be read, and does not break the server."""
    headers = {"Content-Type": "application/json"}
    answer = operator.post("/api/v1/chat", content=b'{"question":"\\ud800"}', headers=headers)
    problem_in(answer, 422)


def test_every_step_of_an_answer_stands_in_the_sop(operator: TestClient) -> None:
    """The quote is the step of the SOP that the citation names, letter by letter."""
    answer = _ask(operator)
    assert answer["steps"] and not answer["refused"]
    for step in answer["steps"]:
        for place in step["citations"]:
            sop = operator.get(f"/api/v1/sops/{place['doc_id']}").json()
            section = next(s for s in sop["sections"] if s["name"] == place["section"])
            texts = {s["number"]: s["text"]["zh"] for s in section["steps"]}
            if not step["gated"]:
                assert texts[place["step"]] == place["quote"] == step["text"]
            # Where a command is folded, each piece that is left of the step is quoted.
            assert place["quote"] in texts[place["step"]] and place["quote"] in step["text"]


def test_nobody_invents_steps_for_what_no_sop_covers(operator: TestClient) -> None:
    """A refusal has no steps; the nearest titles stand with it."""
    answer = _ask(operator, "茶水间的咖啡机不出水怎么办")
    assert answer["refused"] and answer["support"] == "none"
    assert answer["steps"] == []


def test_a_refusal_names_whom_to_call_about_what_was_asked(house: ApiRoom) -> None:
    """Owner, on-call and vendor of the component that the question names; nobody unasked."""
    first, *rest = small_pack().components
    whom = {"vendor": "某云值班", "on_call": 8000, "region": "r1"}
    known = first.model_copy(update={"attributes": {**first.attributes, **whom}})
    learned = small_pack().model_copy(update={"components": (known, *rest)})
    house.assistant.store.write(lambda tx: tx.replace_pack(learned))
    house.assistant.knowledge.forget()
    http = house.operator()

    named = _ask(http, f"{first.id} 的咖啡机不出水怎么办")
    assert named["refused"]
    assert [(call["role"], call["who"]) for call in named["call"]] == [
        ("on_call", "8000"),
        ("vendor", "某云值班"),
    ]
    assert named["call"][0]["component_id"] == first.id
    printed = list(answer_lines(named, loaded=True))
    assert printed[-2:] == [f"  {first.name.zh}，值班：8000", f"  {first.name.zh}，厂商：某云值班"]
    assert _ask(http, "茶水间的咖啡机不出水怎么办")["call"] == []
    incident = house.storm(house.source().token)
    told = _ask(http, "茶水间的咖啡机不出水怎么办", incident_id=incident)
    diagnosis = house.assistant.store.diagnosis(incident)
    assert diagnosis is not None
    suspects = [one.component_id for one in diagnosis.hypotheses[:2]]
    assert {call["component_id"] for call in told["call"]} == {first.id} & set(suspects)


def test_the_language_of_the_answer_can_be_asked_for(operator: TestClient) -> None:
    """The same steps, in the other language."""
    own, other = _ask(operator), _ask(operator, lang="en")

    def places(answer: dict[str, Any]) -> list[tuple[str, str, int]]:
        found = [step["citations"][0] for step in answer["steps"]]
        return [(place["doc_id"], place["section"], place["step"]) for place in found]

    assert places(own) == places(other)
    assert own["lang"] == "zh" and other["lang"] == "en"
    assert all(step["text"].isascii() for step in other["steps"])


def test_a_stream_brings_every_step_and_then_the_whole(operator: TestClient) -> None:
    """The steps one by one, as they are in the answer that ends the stream."""
    answer = operator.post("/api/v1/chat", json={"question": ASKED}, headers=STREAM)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [_event(block) for block in answer.text.strip().split("\n\n")]

    assert [name for name, _ in events[:-1]] == ["step"] * (len(events) - 1)
    name, done = events[-1]
    assert name == "done"
    schema("answer").validate(done)
    assert [value for _, value in events[:-1]] == done["steps"] != []


def _event(block: str) -> tuple[str, Any]:
    name, data = block.split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_a_question_about_an_incident_stands_in_its_ledger(house: ApiRoom) -> None:
    """Who asked what, and which SOPs were cited; the words of the answer do not."""
    incident_id = house.storm(house.source().token)
    http = house.operator()
    _ask(http, incident_id=incident_id)
    lines = http.get(f"/api/v1/incidents/{incident_id}/timeline").json()["items"]
    asked = [line for line in lines if line["kind"] == "question_asked"]

    assert [line["actor"] for line in asked] == ["zhou"]
    assert asked[0]["detail"]["question"] == ASKED
    assert set(asked[0]["detail"]) == {"question", "support", "sop_ids"}


def test_a_question_about_nothing_known_is_missing(operator: TestClient) -> None:
    """An incident that one may not see is one that there is not; nothing is kept."""
    body = {"question": ASKED, "incident_id": "inc-0", "thread_id": "th-1"}
    problem_in(operator.post("/api/v1/chat", json=body), 404)
    problem_in(operator.get("/api/v1/chat/th-1"), 404)


def test_a_thread_gives_back_what_was_answered(operator: TestClient) -> None:
    """In the order of asking, also after the page was loaded anew."""
    first = _ask(operator)
    second = _ask(operator, "数据库连接池耗尽", thread_id=first["thread_id"])
    kept = operator.get(f"/api/v1/chat/{first['thread_id']}").json()["items"]

    assert kept == [first, second]


def test_nobody_reads_the_thread_of_another(house: ApiRoom, operator: TestClient) -> None:
    """Knowing its id is not enough."""
    thread_id = _ask(operator)["thread_id"]
    other = house.http(house.user_token("li", [Role.OPERATOR], Scope.READ, Scope.OPERATE))

    problem_in(other.get(f"/api/v1/chat/{thread_id}"), 404)


def test_viewers_search_and_do_not_chat(house: ApiRoom) -> None:
    """The roles are those of the published table."""
    viewer = house.http(house.user_token("wu", [Role.VIEWER], Scope.READ))
    admin = house.http(house.user_token("he", [Role.ADMIN], Scope.ADMIN))

    assert viewer.get("/api/v1/sops/search", params={"q": ASKED}).status_code == 200
    problem_in(viewer.post("/api/v1/chat", json={"question": ASKED}), 403)
    problem_in(admin.post("/api/v1/chat", json={"question": ASKED}), 403)
    problem_in(admin.get("/api/v1/sops/search", params={"q": ASKED}), 403)


def test_a_chat_by_cookie_needs_its_proof(house: ApiRoom) -> None:
    """A foreign page cannot ask in somebody's name."""
    http, csrf = house.signed_in("zhou", Role.OPERATOR)
    problem_in(http.post("/api/v1/chat", json={"question": ASKED}), 403)
    headers = {"X-CSRF": csrf}

    assert http.post("/api/v1/chat", json={"question": ASKED}, headers=headers).status_code == 200


def test_an_unknown_sop_is_missing(operator: TestClient) -> None:
    """Named, with what to do."""
    problem_in(operator.get("/api/v1/sops/medical_education:none"), 404)


def test_packs_are_listed_with_counts_and_revision(house: ApiRoom) -> None:
    """Whoever reads, and the admin, see what is loaded."""
    header = house.assistant.store.packs()[0]
    for role, scope in ((Role.VIEWER, Scope.READ), (Role.ADMIN, Scope.ADMIN)):
        http = house.http(house.user_token(f"u-{role.value}", [role], scope))
        (found,) = http.get("/api/v1/packs").json()["items"]
        assert found["id"] == "small"
        assert found["topology_revision"] == header.topology_revision
        assert (found["sops"], found["cases"]) == (len(pack().sops), len(pack().cases))


def test_a_memory_of_threads_is_bounded() -> None:
    """The thread unused for longest goes first, and of a thread its oldest answers."""
    threads = Threads(threads=2, turns=2)
    for number in range(3):
        threads.add("a", "one", {"n": number})
    threads.add("a", "two", {})
    threads.add("a", "one", {"n": 3})
    threads.add("b", "one", {})

    assert threads.turns("a", "one") == ({"n": 2}, {"n": 3})
    with pytest.raises(NotFoundError):
        threads.turns("a", "two")
