"""A hostile or broken sender: refused with the right words, or taken in, and never in the way."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from api.client import ApiClient, connect
from benchmarks.served import ServerProcess, wait_until
from benchmarks.storm_posts import storm_posts
from graph.model.diagnosis import Diagnosis
from tests.e2e.server import served_copy, source_token
from tests.payloads import alert, payload
from tests.small_pack import START

PATH: Final = "/api/v1/alerts/alertmanager"
AT: Final = "2025-03-12T13:45:00Z"
GOOD: Final = payload(alert("Odd", at=START, service="cdn-7"))
SIX_MIB: Final = b'{"version":"4","alerts":[],"pad":"' + b"a" * (6 << 20) + b'"}'


@dataclass(frozen=True)
class Target:
    """A server with a replay source; `reader` is the owner of its folder."""

    server: ServerProcess
    token: str
    reader: ApiClient

    def post(self, body: bytes) -> Any:
        """Post as the source does."""
        with connect(self.server.url, token=self.token) as source:
            return source.post_alerts(body, received_at=AT)

    def open(self, sent: bytes) -> socket.socket:
        """Connect and send these bytes."""
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=30)
        connection.sendall(sent)
        return connection

    def status(self, head: dict[str, str], body: bytes) -> int:
        """Send one request of exactly these headers beside the token's; return the status."""
        own = {
            "Host": f"127.0.0.1:{self.server.port}",
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.token}",
        }
        if "Transfer-Encoding" not in head:
            own["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in (own | head).items())
        with self.open(f"POST {PATH} HTTP/1.1\r\n{lines}\r\n".encode() + body) as connection:
            return int(connection.recv(65536).split()[1])


@pytest.fixture(scope="module")
def target(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """One server for all of this module: what one sender does must not harm the next."""
    home = tmp_path_factory.mktemp("hostile") / "home"
    with served_copy(prepared_home, home) as server, server.client() as reader:
        yield Target(server, source_token(server, "hostile", replay=True), reader)


def _chunked(body: bytes) -> bytes:
    parts = (body[at : at + 65536] for at in range(0, len(body), 65536))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        pytest.param({"Host": "evil.example"}, GOOD, 403, id="rebound name"),
        pytest.param({"Host": "127.0.0.1.evil.example"}, GOOD, 403, id="name that looks local"),
        pytest.param({"Host": " "}, GOOD, 403, id="no name"),
        pytest.param({"Origin": "http://evil.example"}, GOOD, 403, id="page elsewhere"),
        pytest.param({"Origin": "null"}, GOOD, 403, id="page of nowhere"),
        pytest.param({"Content-Type": "text/plain"}, GOOD, 415, id="simple form type"),
        pytest.param({"Content-Encoding": "gzip"}, gzip.compress(GOOD), 400, id="packed"),
        pytest.param({}, GOOD.decode().encode("utf-16"), 400, id="utf-16"),
        pytest.param({}, b"[" * 100_000, 400, id="deep"),
        pytest.param({}, SIX_MIB, 413, id="6 MiB"),
        pytest.param(
            {"Transfer-Encoding": "chunked"}, _chunked(SIX_MIB), 413, id="6 MiB in chunks"
        ),
        pytest.param({"Authorization": "Bearer 中文"}, GOOD, 401, id="token of other letters"),
        pytest.param({"X-A": "a\x00b"}, GOOD, 400, id="NUL in a header"),
    ],
)
def test_what_may_not_come_in_is_refused_by_status(
    target: Target, head: dict[str, str], body: bytes, status: int
) -> None:
    """Hosts, origins, types, sizes and credentials are checked; the answer arrives."""
    assert target.status(head, body) == status


def test_ten_senders_of_one_payload_store_it_once(target: Target) -> None:
    """At-least-once delivery from a cluster of Alertmanagers: one accepts, nine are duplicates."""
    body = storm_posts()[0].body
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(target.post, [body] * 10))
    counts = sorted((answer["accepted"], answer["duplicates"]) for answer in answers)

    assert counts == [(0, 38)] * 9 + [(38, 0)]


def test_stalled_and_cut_senders_are_in_nobodys_way(target: Target) -> None:
    """Two hundred half requests: others are answered; the cut ones store nothing, fail nothing."""
    half = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {target.token}\r\n"
    half += 'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"ver'
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(target.open(half.encode()))
            stack.enter_context(target.open(b"GET / HT"))
        assert target.reader.board().engine.alive
        assert target.post(GOOD)["quarantined"] == 0
    wait_until(
        lambda: target.server.log().count('"status": 499') == 100,
        what="the cut calls to be noted",
        timeout_s=30,
    )

    assert "call_failed" not in target.server.log()
    assert "Traceback" not in target.server.log()


def test_odd_texts_are_stored_and_diagnosed(target: Target) -> None:
    """NUL, lone surrogates, bidi, markup, a name of a megabyte: no failure, no flood."""
    odd = ["N\x00L", "\u202eevil\u202c", "<script>alert(1)</script>", "A" * 1_000_000, "'; DROP--"]
    for number, name in enumerate(odd):
        one = alert(
            name, at=START, fingerprint=f"odd-{number}", service="cdn-7", severity="critical"
        )
        answer = target.post(payload(one))
        assert (answer["accepted"], len(answer["incident_ids"])) == (1, 1)
    surrogate = json.dumps(json.loads(GOOD)).replace("Odd", "\\ud800")
    answer = target.post(surrogate.encode())
    assert answer["accepted"] == 1
    (incident_id,) = answer["incident_ids"]
    diagnosis = target.reader.diagnosis(incident_id, wait_s=30)

    assert isinstance(diagnosis, Diagnosis)
    assert len(diagnosis.model_dump_json()) < 500_000
    checks = {check.name: check.ok for check in target.reader.doctor().checks}
    assert checks["store"] and checks["jobs"] and checks["worker"]
