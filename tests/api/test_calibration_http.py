"""How well answers held, over HTTP: counts, curve, map, and the fortnightly report."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from graph.model.access import Role, Scope
from graph.model.diagnosis import DiagnosisStatus
from graph.model.topology import Visibility
from graph.ports import Transaction
from tests.api.confirmed import DATABASE, NODE, READER, confirm
from tests.api.room import ApiRoom, problem_in

PATH = "/api/v1/calibration"


@pytest.fixture
def pattern(room: ApiRoom) -> str:
    """A diagnosed storm that says cdn-a."""
    return room.storm(room.source().token)


def _view(http: TestClient) -> dict[str, Any]:
    answer = http.get(PATH)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _admin(room: ApiRoom) -> TestClient:
    return room.http(room.user_token("guan", [Role.ADMIN], Scope.ADMIN))


def test_nobody_has_confirmed_anything_yet(room: ApiRoom) -> None:
    """Nothing is stated about nothing, and the report says so."""
    http = room.operator()
    found = _view(http)
    assert found["figures"]["cases"] == 0 and found["figures"]["brier"] is None
    assert (found["modes"], found["recalibration"], found["on"]) == ([], None, False)
    told = http.get(f"{PATH}/report?lang=zh").json()["markdown"]
    assert "| 已确认原因的事件 | 0 | 0 |" in told and "这一段没有。" in told


def test_one_word_is_held_against_the_answer_of_then(room: ApiRoom, pattern: str) -> None:
    """The revision that people saw counts; what came after they spoke does not."""
    http = room.operator()
    seen = http.get(f"/api/v1/incidents/{pattern}/diagnosis").json()["hypotheses"][0]
    cause = {"component_id": NODE, "fault_mode_id": None}
    said = http.post(
        f"/api/v1/incidents/{pattern}/feedback", json={"cause": "modelled", "causes": [cause]}
    )
    assert said.json()["state"] == "confirmed", said.text
    http.post(
        f"/api/v1/incidents/{pattern}/observations",
        json={"check_id": f"rule_out@{NODE}", "result": "positive"},
    )
    found = _view(http)
    assert found["figures"]["cases"] == found["figures"]["first"] == 1
    assert found["figures"]["bins"][0]["stated"] == pytest.approx(seen["posterior"])
    assert [mode["mode"] for mode in found["modes"]] == ["kind:cdn_node"]


def test_forty_times_said_eighty_and_thirty_three_were_right(room: ApiRoom, pattern: str) -> None:
    """The page's sentence, by mode and all in all; abstentions are counted apart."""
    confirm(room, pattern, 40, right=33)
    confirm(room, pattern, 5, stated=0.3, status=DiagnosisStatus.INCONCLUSIVE, begin=100)
    found = _view(room.operator())
    (low, high) = found["figures"]["bins"]
    assert (high["cases"], high["right"]) == (40, 33)
    assert (low["cases"], found["figures"]["abstained"]) == (5, 5)
    names = {mode["name"]["zh"]: mode["figures"]["cases"] for mode in found["modes"]}
    assert names == {"origin-link-down": 38, "database": 7}


@pytest.mark.parametrize(("count", "ready"), [(49, False), (50, True), (1000, True)])
def test_the_map_waits_for_fifty_confirmed_incidents(
    room: ApiRoom, pattern: str, count: int, ready: bool
) -> None:
    """Below the bar an admin is refused with the counts; from it on both curves are there."""
    confirm(room, pattern, count, stated=0.9, right=count * 7 // 10)
    http = _admin(room)
    found = _view(http)
    assert (found["recalibration"] is not None) is ready
    assert found["on"] is False
    answer = http.put(f"{PATH}/recalibration", json={"on": True})
    if not ready:
        assert "49" in problem_in(answer, 409)["detail"]
        return
    assert answer.json()["on"] is True
    unseen = answer.json()["recalibration"]["unseen"]
    assert unseen["error"] < found["figures"]["error"]
    assert unseen["first"] == found["figures"]["first"]


def test_recalibrated_figures_stand_beside_and_change_no_order(room: ApiRoom, pattern: str) -> None:
    """Off: nothing. On: each cause has one, in the order of the stated; diag/v1 stays as it is."""
    confirm(room, pattern, 60, stated=0.9, right=30)
    path = f"/api/v1/incidents/{pattern}"
    operator, admin = room.operator(), _admin(room)
    before = operator.get(f"{path}/diagnosis")
    assert operator.get(f"{path}/recalibrated").json() == {
        "on": False,
        "cases": 0,
        "posteriors": {},
    }
    admin.put(f"{PATH}/recalibration", json={"on": True})
    shown = operator.get(f"{path}/recalibrated").json()
    assert (shown["on"], shown["cases"]) == (True, 60)
    stated = {h["component_id"] or h["kind"]: h["posterior"] for h in before.json()["hypotheses"]}
    ordered = sorted(stated, key=lambda key: stated[key])
    figures = [shown["posteriors"][key] for key in ordered]
    assert figures == sorted(figures)
    assert operator.get(f"{path}/diagnosis").headers["etag"] == before.headers["etag"]
    admin.put(f"{PATH}/recalibration", json={"on": False})
    assert operator.get(f"{path}/recalibrated").json()["on"] is False
    lines = [e for e in room.assistant.store.audit_chain(limit=500) if e.kind.startswith("recal")]
    assert [(line.actor, line.detail["on"]) for line in lines] == [("guan", True), ("guan", False)]


def test_only_an_admin_turns_the_map_on(room: ApiRoom, pattern: str) -> None:
    """Everybody who reads may look; a source sees nothing."""
    confirm(room, pattern, 50)
    operator = room.operator()
    problem_in(operator.put(f"{PATH}/recalibration", json={"on": True}), 403)
    problem_in(room.http().get(PATH), 401)
    browser, csrf = room.signed_in("he", Role.ADMIN)
    problem_in(browser.put(f"{PATH}/recalibration", json={"on": True}), 403)
    proven = browser.put(f"{PATH}/recalibration", json={"on": True}, headers={"X-CSRF": csrf})
    assert proven.json()["on"] is True
    problem_in(room.http(room.source("other").token).get(PATH), 403)


def test_the_report_counts_the_fortnight_and_the_one_before(room: ApiRoom, pattern: str) -> None:
    """Accuracy, recall and satisfaction of source 000, beside the fortnight before."""
    confirm(room, pattern, 20, right=15)
    room.clock.forward(days=14)
    confirm(room, pattern, 10, right=9, begin=100)
    http = room.operator()
    found = http.get(f"{PATH}/report?lang=en").json()
    assert (found["now"]["figures"]["cases"], found["before"]["figures"]["cases"]) == (10, 20)
    told = found["markdown"]
    assert "| accuracy: the cause stood first | 9 / 10 = 90% | 15 / 20 = 75% |" in told
    assert "| recall: faults of the graph that were among the first three | 9 / 10 = 90%" in told
    assert "| satisfaction: the first person said it was right | 9 / 10 = 90%" in told
    assert "| 80–90% | 10 | 9 | 90% |" in told
    assert told == http.get(f"{PATH}/report?lang=en").json()["markdown"]
    assert DATABASE not in told
    earlier = http.get(f"{PATH}/report", params={"until": found["before"]["ends"][:10]}).json()
    assert earlier["markdown"].startswith("# 诊断效果双周报")


@pytest.mark.parametrize("until", ["0001-01-01", "1999-12-31", "9999-12-31", "2025-03-14"])
def test_a_day_that_no_report_can_end_with_is_refused(room: ApiRoom, until: str) -> None:
    """From before there was anything, a day to come, the ends of the calendar: 422, in both."""
    body = problem_in(room.operator().get(f"{PATH}/report", params={"until": until}), 422)
    assert body["errors"][0]["pointer"] == "/query/until"
    assert until in body["detail"] and "今天" in body["message"]["zh"]


def test_who_sees_some_sites_counts_those_alone(room: ApiRoom, pattern: str) -> None:
    """An incident that one may not read is in no figure that one is shown."""
    confirm(room, pattern, 3)

    def hide(tx: Transaction) -> None:
        one = tx.incident(READER, f"inc-{0:016x}")
        tx.put_incident(
            one.model_copy(update={"site": "small:site-9", "visibility": Visibility.SITE}),
            expected_version=one.version,
        )

    room.assistant.store.write(hide)
    password = room.assistant.accounts.add_user(
        "li", (Role.VIEWER,), sites=("small:site-1",), demo=True
    ).password
    http = room.http()
    assert (
        http.post("/api/v1/session", json={"name": "li", "password": password}).status_code == 200
    )
    assert _view(http)["figures"]["cases"] == 2
