"""Questions that no SOP answered: counted without what is personal, listed, wished for, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.knowledge.writing_back.unanswered import MOST, key_of
from graph.model.access import Role
from graph.model.document import QuestionStatus, SopWish
from graph.ports import Transaction
from tests.api.room import OWNER_TOKEN, ApiRoom, problem_in
from tests.small_pack import START

COFFEE = "茶水间的咖啡机不出水怎么办？打 13800138000 找王小明"
PATH = "/api/v1/unanswered-questions"


def ask(http: TestClient, question: str) -> dict[str, Any]:
    """Ask a question that no SOP answers."""
    told: dict[str, Any] = http.post("/api/v1/chat", json={"question": question}).json()
    assert told["refused"]
    return told


@pytest.fixture
def lead(room: ApiRoom) -> tuple[TestClient, dict[str, str]]:
    """Somebody who writes SOPs, signed in, with the proof for writes."""
    http, proof = room.signed_in("li", Role.OPS_LEAD)
    return http, {"X-CSRF": proof}


def test_what_was_asked_more_often_stands_first_and_nobody_is_named(
    room: ApiRoom,
) -> None:
    """Equal words are one question, whatever case, spaces and courtesy; numbers do not stay."""
    zhou = room.operator()
    first = ask(zhou, "打印机怎么换墨")
    told = [ask(zhou, COFFEE) for _ in range(2)]
    room.clock.forward(days=1)
    ask(zhou, f"  请问{COFFEE}")
    admin = room.http(OWNER_TOKEN)
    items = admin.get(PATH).json()["items"]
    assert [(one["times"], one["found"]["id"]) for one in items] == [
        (3, told[0]["unanswered_id"]),
        (1, first["unanswered_id"]),
    ]
    assert "13800138000" not in str(items) and "咖啡机" in items[0]["found"]["text"]
    assert list(items[0]["found"]["days"].values()) == [2, 1]
    today = admin.get(PATH, params={"days": 1}).json()["items"]
    assert [(one["times"], one["total"]) for one in today] == [(1, 3)]


def test_a_wish_leads_to_the_list_and_an_ending_is_on_record(
    room: ApiRoom, lead: tuple[TestClient, dict[str, str]]
) -> None:
    """Who wants an SOP stands beside the question; asked again in vain it is open again."""
    zhou = room.operator()
    key = ask(zhou, COFFEE)["unanswered_id"]
    wished = zhou.post(f"{PATH}/{key}/wishes", json={"note": "要写水路，电话 13800138000"})
    assert wished.status_code == 201
    [wish] = wished.json()["found"]["wishes"]
    assert (wish["by"], "138" in wish["note"]) == ("zhou", False)
    problem_in(zhou.post(f"{PATH}/{key}/ending", json={"status": "dismissed"}), 403)

    http, proof = lead
    ending = {"status": "dismissed", "reason": "物业的事"}
    bare = {"status": "dismissed"}
    problem_in(http.post(f"{PATH}/{key}/ending", json=bare, headers=proof), 422)
    ended = http.post(f"{PATH}/{key}/ending", json=ending, headers=proof).json()
    assert ended["found"]["status"] == "dismissed"
    assert http.get(PATH, params={"status": "open"}).json()["items"] == []
    line = room.assistant.store.audit_chain()[-1]
    assert (line.kind, line.actor, line.subject) == ("question_ended", "li", key)
    problem_in(http.post(f"{PATH}/q-none/ending", json=ending, headers=proof), 404)


def test_the_fortnight_is_a_page_of_markdown(
    room: ApiRoom,
) -> None:
    """Only what was asked in its fourteen days; outside text stays text; no day to come."""
    ask(room.operator(), "咖啡机 | <b>坏了</b> 怎么修")
    admin = room.http(OWNER_TOKEN)
    told = admin.get(f"{PATH}/report").json()
    assert "| 1 | 1 | 咖啡机 \\| \\<b\\>坏了" in told["markdown"]
    room.clock.forward(days=15)
    later = admin.get(f"{PATH}/report", params={"lang": "en"}).json()
    assert later["items"] == [] and "no such question" in later["markdown"]
    problem_in(admin.get(f"{PATH}/report", params={"until": "2999-01-01"}), 422)


@given(st.text(max_size=40))
def test_case_and_courtesy_make_no_other_question(text: str) -> None:
    """However it is dressed, the id is that of the words."""
    assert key_of(f"请问 {text}？ ") == key_of(text)


def test_of_a_long_question_the_beginning_is_kept(room: ApiRoom) -> None:
    """Characters that grow when they are read do not fill the store; it is still one question."""
    zhou, long = room.operator(), "咖啡机" + "\ufdfa" * 1000
    first, again = ask(zhou, long), ask(zhou, long)
    (kept,) = room.http(OWNER_TOKEN).get(PATH).json()["items"]
    assert first["unanswered_id"] == again["unanswered_id"] == kept["found"]["id"]
    assert (kept["times"], len(kept["found"]["text"])) == (2, 500)


def test_a_full_list_takes_the_newest_and_lets_the_least_asked_go(room: ApiRoom) -> None:
    """Settled ones go first, then what was asked once long ago; what is wished for stays."""
    zhou = room.operator()
    often = ask(zhou, COFFEE)["unanswered_id"]
    ask(zhou, COFFEE)
    store = room.assistant.store
    model = store.unanswered_question(often)
    assert model is not None
    once = {"days": {"2025-01-01": 1}, "last_at": START - timedelta(days=60), "wishes": ()}
    wish = SopWish(by="li", at=START)
    rows = [model.model_copy(update=once | {"id": f"q-{n:04}"}) for n in range(MOST - 1)]
    rows[0] = rows[0].model_copy(update={"wishes": (wish,)})
    rows[1] = rows[1].model_copy(
        update={"status": QuestionStatus.ANSWERED, "last_at": START, "days": {"2025-01-01": 9}}
    )

    def fill(tx: Transaction) -> None:
        for row in rows:
            tx.put_unanswered_question(row)

    store.write(fill)
    assert room.http(OWNER_TOKEN).get(f"{PATH}/report").json()["full"]

    newest = ask(zhou, "打印机怎么换墨")["unanswered_id"]
    kept = {one.id for one in store.unanswered_questions()}
    assert len(kept) < MOST and {newest, often, rows[0].id, rows[-1].id} <= kept
    assert rows[1].id not in kept and rows[2].id not in kept
