"""The real server process: one owner, clean ends, hard ends, and nothing acknowledged is lost."""

from __future__ import annotations

import json
import random
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx2
import pytest

from api.client import SESSION_COOKIE, ApiClient, UnreachableError, connect
from api.schemas.incidents import Pending
from benchmarks.served import (
    COMMAND,
    ROOT,
    ServerProcess,
    environment,
    free_port,
    run_command,
    wait_until,
)
from graph.errors import UnauthenticatedError
from graph.model.access import Role
from graph.model.diagnosis import Diagnosis
from tests.e2e.server import served_copy, source_token
from tests.payloads import alert, payload

KILLS: Final = 20
# Long ago enough that no alert is from the future, whatever the machine's clock says.
ONSET: Final = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)


@pytest.fixture
def server(prepared_home: Path, tmp_path: Path) -> Iterator[ServerProcess]:
    """Serve a copy of the data folder with the pack."""
    with served_copy(prepared_home, tmp_path / "home") as running:
        yield running


def _alert(number: int) -> bytes:
    """Make a payload of its own: regions 1 to 12, and a label that tells them apart."""
    name, region = "PlaybackFailureHigh", number % 12 + 1
    component = f"client-r{region}-telecom"
    return payload(alert(name, at=ONSET, component=component, number=str(number)))


class _Poster(threading.Thread):
    """Posts alert after alert until the server is gone; keeps what was acknowledged."""

    def __init__(self, client: ApiClient, first: int) -> None:
        super().__init__(daemon=True)
        self._client: Final = client
        self._next = first
        self.acknowledged: Final[list[bytes]] = []
        self.begun: Final = threading.Event()

    def run(self) -> None:
        """Post until it fails; a post without an answer may or may not have been stored."""
        while True:
            body = _alert(self._next)
            self._next += 1
            try:
                self._client.post_alerts(body)
            except UnreachableError:
                return
            self.acknowledged.append(body)
            self.begun.set()


def test_nothing_acknowledged_is_lost_by_twenty_kills(server: ServerProcess) -> None:
    """Killed at odd moments, the server knows every alert that it answered with 202, and works on.

    Each acknowledged payload is sent again at the end: the store must call each one a duplicate.
    """
    token, chance = source_token(server, "probe"), random.Random(3)
    acknowledged: list[bytes] = []
    for turn in range(KILLS):
        poster = _Poster(server.client(token), first=1000 * turn)
        poster.start()
        assert poster.begun.wait(30)
        threading.Event().wait(chance.uniform(0.0, 0.15))
        server.kill()
        poster.join(30)
        acknowledged += poster.acknowledged
        server.start()
        server.wait_ready()
    with server.client(token) as source:
        answers = [source.post_alerts(body) for body in acknowledged]
    assert {(a["accepted"], a["duplicates"]) for a in answers if isinstance(a, dict)} == {(0, 1)}
    with server.client() as reader:
        (first, *_) = reader.incidents().items
        assert isinstance(_waited(reader, first.id), Diagnosis)


def _waited(reader: ApiClient, incident_id: str) -> Diagnosis | Pending:
    for _ in range(4):
        found = reader.diagnosis(incident_id, wait_s=30)
        if isinstance(found, Diagnosis):
            break
    return found


def test_a_session_outlives_the_process(server: ServerProcess) -> None:
    """A restart signs nobody out; signing out does, for every copy of the cookie."""
    with server.client() as owner:
        issued = owner.add_user("zhou", (Role.OPERATOR,))
    answer = httpx2.post(
        f"{server.url}/api/v1/session",
        json={"name": "zhou", "password": issued.password},
        trust_env=False,
    )
    cookie = answer.cookies[SESSION_COOKIE]
    assert server.stop() == 0
    server.start()
    server.wait_ready()
    with connect(server.url, cookie=cookie) as browser, connect(server.url, cookie=cookie) as copy:
        assert browser.me().name == "zhou"
        browser.sign_out()
        with pytest.raises(UnauthenticatedError):
            copy.me()
    assert cookie not in server.log()
    assert issued.password not in server.log()


def test_a_second_server_is_refused_and_told_who_is_there(server: ServerProcess) -> None:
    """One owner per folder: exit 1 naming process and address; other commands go over HTTP."""
    refused = run_command(server.home, "serve", port=free_port())
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert str(server.pid) in refused.stderr
    assert server.url in refused.stderr
    made = run_command(server.home, "user", "add", "lin", "--role", "operator", "--json")
    assert made.returncode == 0, made.stderr
    with server.client() as owner:
        assert [user.name for user in owner.users()] == ["lin"]
    well = run_command(server.home, "doctor", "--json")
    assert json.loads(well.stdout)["ok"] is True
    asked = run_command(server.home, "ask", "CDN 节点回源失败怎么处理？", "--json")
    assert json.loads(asked.stdout)["steps"]
    assert asked.returncode == 0


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """Exit 1, one line, nothing on stdout, and the folder is free again."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = int(holder.getsockname()[1])
        refused = run_command(tmp_path / "home", "serve", port=port)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert str(port) in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "home" / "owner.json").exists()


def test_a_new_store_without_demo_says_how_to_begin(tmp_path: Path) -> None:
    """No demo users, the line to type, `ready URL` at the end, and exit 0 on SIGTERM."""
    server = ServerProcess(tmp_path / "home")
    server.start()
    server.wait_ready()
    with server.client() as owner:
        assert owner.users() == ()
    assert server.stop() == 0
    lines = [line for line in server.log().splitlines() if not line.startswith("{")]
    assert any("etiograph user add" in line for line in lines)
    assert f"ready {server.url}" in lines
    assert not (server.home / "demo.json").exists()


def test_ui_and_api_share_the_port(server: ServerProcess) -> None:
    """Page, its socket and the API are one address; a foreign host gets none of them."""
    with httpx2.Client(base_url=server.url, trust_env=False) as http:
        page = http.get("/")
        assert page.status_code == 200
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert http.get("/", headers={"Host": "evil.example"}).status_code == 403
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Origin": "http://evil.example",
        }
        assert http.get("/_stcore/stream", headers=upgrade).status_code == 403


def test_the_frameworks_own_paths_stand_at_the_root_alone(server: ServerProcess) -> None:
    """Beside a page they point to the root without an error; its counters are open to nobody."""
    with httpx2.Client(base_url=server.url, trust_env=False) as http:
        for name in ("health", "host-config"):
            assert http.get(f"/_stcore/{name}").status_code == 200
            for page in ("diagnosis", "sop"):
                aside = http.get(f"/{page}/_stcore/{name}")
                assert (aside.status_code, aside.headers["location"]) == (300, f"/_stcore/{name}")
        for closed in ("/_stcore/metrics", "/_stcore/metrics/", "/_stcore/metrics?families=x"):
            assert http.get(closed, follow_redirects=True).status_code == 404
        assert http.get("/api/metrics").status_code == 401


def test_the_demo_finds_the_failed_node_and_keeps_its_secrets(
    prepared_home: Path, tmp_path: Path
) -> None:
    """The storm is posted and diagnosed; the file is private; no secret is printed or logged.

    Run again on the same folder it posts nothing new and shows the same accounts.
    """
    with served_copy(prepared_home, tmp_path / "home") as plain:
        plain.stop()
    server = ServerProcess(tmp_path / "home", "--demo")
    for turn in (1, 2):
        server.start()
        server.wait_ready()
        _read_until(server, f"ready {server.url}", times=turn)
        path = server.home / "demo.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        demo = json.loads(path.read_text(encoding="utf-8"))
        assert [user["name"] for user in demo["users"]] == [
            "demo-operator",
            "demo-academic",
            "demo-ops",
            "demo-owner",
        ]
        assert [source["name"] for source in demo["sources"]] == ["demo-alerts"]
        with connect(demo["url"], token=demo["users"][0]["token"]) as reader:
            assert any(row.top and row.top.component_id for row in reader.incidents().items)
        assert server.stop() == 0
    said = server.log()
    secrets = [user[key] for user in demo["users"] for key in ("password", "token")]
    secrets += [source["token"] for source in demo["sources"]]
    assert [secret for secret in secrets if secret in said] == []
    assert "cdn-7" in said


def _read_until(server: ServerProcess, line: str, *, times: int) -> None:
    wait_until(
        lambda: server.log().splitlines().count(line) >= times,
        what=f"`{line}` {times} times",
        timeout_s=240,
        alive=server.check_alive,
    )


def test_a_host_beyond_this_machine_is_refused(tmp_path: Path) -> None:
    """Exit 2 before anything is opened: passwords would cross the network in the clear."""
    refused = subprocess.run(
        [*COMMAND, "serve"],
        cwd=ROOT,
        env=environment(tmp_path / "home", 8501) | {"ETIOGRAPH_HOST": "0.0.0.0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "ETIOGRAPH_HOST" in refused.stderr
    assert not (tmp_path / "home").exists()
