"""Diagnosing at a lull changes when an answer comes, and never the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given, settings
from hypothesis import strategies as st

from api.background.lull import BOUND_S, PAUSE_S
from graph.model.diagnosis import Diagnosis
from graph.model.digest import diagnosis_digest
from tests.api.room import ApiRoom
from tests.bench_room import BenchRoom
from tests.payloads import alert, payload
from tests.small_pack import after

CLIENTS = ("r1-telecom", "r1-mobile", "r2-telecom", "r2-mobile", "r3-telecom", "r3-mobile")
ALERTS = [
    alert("PlaybackFailureHigh", at=after(5 * place), service=f"client-{name}")
    for place, name in enumerate(CLIENTS)
]
AT = after(60)


def _told(cuts: list[int], breaks: list[bool]) -> str:
    """Send the storm cut at these places, with a diagnosis in between where `breaks` says so."""
    room = BenchRoom()
    ends = sorted({*cuts, len(ALERTS)})
    for start, end, diagnosed in zip([0, *ends], ends, breaks, strict=False):
        room.send(*ALERTS[start:end], at=AT)
        if diagnosed and room.incidents():
            room.diagnose()
    return diagnosis_digest(room.diagnose())


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(1, len(ALERTS) - 1), max_size=5),
    breaks=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_the_last_word_is_the_same_however_the_storm_was_cut(
    cuts: list[int], breaks: list[bool]
) -> None:
    """In one POST or many, diagnosed after each, after some, or only once all of it is in."""
    assert _told(cuts, breaks) == _told([], [False])


@contextmanager
def _working_room() -> Iterator[ApiRoom]:
    """Open a room whose threads run as a server's do."""
    room = ApiRoom()
    room.assistant.start([])
    try:
        yield room
    finally:
        room.close()


def _posted(room: ApiRoom, token: str, *alerts: dict[str, object]) -> str:
    caller = room.http(token, **{"Content-Type": "application/json"})
    answer = caller.post("/api/v1/alerts/alertmanager", content=payload(*alerts))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["incident_ids"][0])


def test_a_lone_alert_is_diagnosed_by_the_worker() -> None:
    """Nobody else sends anything, and the answer comes all the same."""
    with _working_room() as room:
        token = room.source().token
        critical = alert("CdnNodeDown", at=after(0), severity="critical", service="cdn-a")
        incident_id = _posted(room, token, critical)
        found = room.http("the-owners-own-token").get(
            f"/api/v1/incidents/{incident_id}/diagnosis", params={"wait": 30}
        )

    assert found.status_code == 200, found.text
    assert Diagnosis.model_validate(json.loads(found.text)).as_of.alerts_included == 1


def test_a_first_answer_may_wait_for_a_fifth_of_a_second() -> None:
    """The operator's promise is a second or so; holding on may take a fifth of it."""
    assert 0.0 < PAUSE_S < BOUND_S <= 0.2
