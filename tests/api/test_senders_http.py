"""A storm by one token: each payload is taken for its source, and no longer once it is revoked."""

from __future__ import annotations

from tests.api.room import ApiRoom, problem_in
from tests.payloads import alert, payload
from tests.small_pack import after

ALERTS = "/api/v1/alerts/alertmanager"
JSON = {"Content-Type": "application/json"}


def _payload(number: int) -> bytes:
    return payload(alert("PlaybackFailureHigh", at=after(number), component="client-r1-telecom"))


def _stored(room: ApiRoom) -> object:
    rows = room.assistant.store.check()["rows"]
    assert isinstance(rows, dict)
    return rows["alerts"]


def test_a_revoked_token_takes_nothing_more_in(room: ApiRoom) -> None:
    """Two payloads, revoked, a third: 401, and nothing of it is stored."""
    issued = room.source()
    http = room.http(issued.token)
    for number in (1, 2):
        assert http.post(ALERTS, content=_payload(number), headers=JSON).status_code == 202
    room.assistant.accounts.revoke_token(issued.id)
    for number in (3, 2):  # what is known already tells nothing either
        problem_in(http.post(ALERTS, content=_payload(number), headers=JSON), 401)
    assert _stored(room) == 2


def test_whose_token_is_revoked_is_told_of_no_fault(room: ApiRoom) -> None:
    """Broken JSON, a wrong type, a receipt that only replay sources may say: all 401 then."""
    issued = room.source()
    http = room.http(issued.token)
    assert http.post(ALERTS, content=_payload(1), headers=JSON).status_code == 202
    problem_in(http.post(ALERTS, content=b"{not json", headers=JSON), 400)
    room.assistant.accounts.revoke_token(issued.id)
    problem_in(http.post(ALERTS, content=b"{not json", headers=JSON), 401)
    problem_in(http.post(ALERTS, content=_payload(2), headers={"Content-Type": "text/csv"}), 401)
    received = {**JSON, "X-Received-At": "2025-03-12T13:30:00Z"}
    problem_in(http.post(ALERTS, content=_payload(2), headers=received), 401)


def test_whose_token_is_revoked_is_not_told_that_a_stream_is_too_large(room: ApiRoom) -> None:
    """A body that does not say its length: 413 while the token stands, 401 then."""
    issued = room.source()
    http = room.http(issued.token)
    assert http.post(ALERTS, content=_payload(1), headers=JSON).status_code == 202
    for revoked, status in ((False, 413), (True, 401)):
        if revoked:
            room.assistant.accounts.revoke_token(issued.id)
        stream = (b" " * 65536 for _ in range(100))
        problem_in(http.post(ALERTS, content=stream, headers=JSON), status)


def test_a_presumed_source_gains_nothing_by_its_token(room: ApiRoom) -> None:
    """What a live source may not, it may not in the second payload either; nor read anything."""
    http = room.http(room.source().token)
    received = {**JSON, "X-Received-At": "2025-03-12T13:30:00Z"}
    for number in (1, 2):
        assert http.post(ALERTS, content=_payload(number), headers=JSON).status_code == 202
        problem_in(http.post(ALERTS, content=_payload(number), headers=received), 403)
        problem_in(http.get("/api/v1/incidents"), 403)


def test_another_token_of_the_source_goes_on(room: ApiRoom) -> None:
    """Two tokens of one source by turns: revoking one leaves the other."""
    first, second = room.source(), room.source()
    for number, issued in enumerate((first, second, first, second)):
        answer = room.http(issued.token).post(ALERTS, content=_payload(number), headers=JSON)
        assert answer.status_code == 202
    room.assistant.accounts.revoke_token(first.id)
    problem_in(room.http(first.token).post(ALERTS, content=_payload(4), headers=JSON), 401)
    answer = room.http(second.token).post(ALERTS, content=_payload(5), headers=JSON)
    assert answer.json()["accepted"] == 1
