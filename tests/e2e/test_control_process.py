"""The CDN control as a process: really called, really killed, and asked afterwards."""

from __future__ import annotations

import base64
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from api.cdn_control.child import CdnControl, ask_to_behave, enrolled, offer_nodes
from api.cdn_control.nodes import NodeSpec
from api.cdn_control.register import Behaviour
from api.executors import EXECUTORS_FILE, Executor, put_executor, read_executors
from api.wall_clock import SystemClock
from benchmarks.served import ServerProcess, free_port, run_command, wait_until
from graph.model.remediation import Step, StepOutcome
from reasoning.ports import StepAnswer
from reasoning.remediation.profile import WebhookProfile
from reasoning.remediation.runners.webhook import WebhookRunner
from tests.e2e.server import served_copy

A, B, C = "p:cdn-a", "p:cdn-b", "p:cdn-c"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with three nodes of room for two loads each."""
    offer_nodes(tmp_path, [NodeSpec(id=i, load=40, capacity=80) for i in (A, B, C)])
    return tmp_path


@pytest.fixture
def control(home: Path) -> Iterator[CdnControl]:
    """The service, serving."""
    running = CdnControl(home)
    yield running
    running.stop()


def _executor(home: Path) -> Executor:
    found = enrolled(home)
    assert found is not None
    return found


def _runner(home: Path, **changed: float) -> WebhookRunner:
    executor = _executor(home)
    profile = executor.profile.model_copy(update=changed)
    return WebhookRunner(profile, executor.secret, SystemClock())


def _switch(target: str = A, receiver: str = B) -> Step:
    return Step(
        seq=1,
        operation="switch_over",
        target_id=target,
        parameters={"receiver": receiver},
        rendered="",
        undo="switch_back",
    )


def _field(home: Path, node: str, field: str) -> object:
    state = _runner(home).read_state(node)
    return state[field] if state else None


def test_a_switch_over_is_seen_in_the_state_and_taken_back(home: Path, control: CdnControl) -> None:
    """The signed call acts, the state read back says so, and the undo restores both nodes."""
    runner = _runner(home)
    before = [runner.read_state(node) for node in (A, B)]

    done = runner.run(_switch(), key="rem-1:1", undoing=False)
    assert done.outcome is StepOutcome.DONE, done.text
    assert (_field(home, A, "state"), _field(home, A, "serving_by")) == ("drained", B)
    assert _field(home, B, "load") == 80

    undone = runner.run(_switch(), key="rem-1:1:undo", undoing=True)
    assert undone.outcome is StepOutcome.DONE, undone.text
    assert [runner.read_state(node) for node in (A, B)] == before


@pytest.mark.parametrize(
    ("target", "receiver", "status"),
    [(C, C, 422), ("p:nobody", B, 404), (C, "p:nobody", 404), (C, B, 409), (A, C, 409)],
)
def test_what_cannot_be_switched_is_refused(
    home: Path, control: CdnControl, target: str, receiver: str, status: int
) -> None:
    """Unknown nodes, a node onto itself, and a receiver that is full: nothing was done."""
    runner = _runner(home)
    runner.run(_switch(A, B), key="rem-1:1", undoing=False)
    refused = runner.run(_switch(target, receiver), key="rem-2:1", undoing=False)

    assert refused.outcome is StepOutcome.FAILED
    assert refused.text.startswith(f"refused: HTTP {status} ")
    assert _field(home, C, "load") == 40


def test_it_may_accept_and_not_switch(home: Path, control: CdnControl) -> None:
    """The answer is yes, the state says no, and the undo of what never happened is done."""
    ask_to_behave(home, Behaviour.ACCEPTS_WITHOUT_SWITCHING)
    accepted = _runner(home).run(_switch(), key="rem-1:1", undoing=False)

    assert (accepted.outcome, accepted.text[:14]) == (StepOutcome.DONE, "done: HTTP 202")
    assert _field(home, A, "state") == "serving"
    undone = _runner(home).run(_switch(), key="rem-1:1:undo", undoing=True)
    assert undone.outcome is StepOutcome.DONE


def test_silence_after_acting_is_unknown_and_the_state_tells(
    home: Path, control: CdnControl
) -> None:
    """We cannot know; whoever reads the state can."""
    ask_to_behave(home, Behaviour.TIMES_OUT_AFTER_ACTING)
    silent = _runner(home, answer_s=0.5).run(_switch(), key="rem-1:1", undoing=False)

    assert (silent.outcome, silent.text[:9]) == (StepOutcome.UNKNOWN, "no_answer")
    assert _field(home, A, "serving_by") == B


def test_killed_between_acting_and_answering_is_unknown_and_acts_once(home: Path) -> None:
    """SIGKILL after the deed, before the answer: unknown; the next process knows deed and key."""
    first = CdnControl(home)
    ask_to_behave(home, Behaviour.TIMES_OUT_AFTER_ACTING)
    answers: list[StepAnswer] = []
    runner = _runner(home, answer_s=30.0)
    call = threading.Thread(
        target=lambda: answers.append(runner.run(_switch(), key="rem-1:1", undoing=False))
    )
    call.start()
    wait_until(lambda: _field(home, A, "state") == "drained", what="the deed", timeout_s=20)
    os.kill(first.pid, signal.SIGKILL)
    call.join()
    first.stop()
    assert [answer.outcome for answer in answers] == [StepOutcome.UNKNOWN]
    assert _runner(home).read_state(A) is None

    second = CdnControl(home)
    try:
        ask_to_behave(home, Behaviour.NORMAL)
        assert _field(home, A, "serving_by") == B
        again = _runner(home).run(_switch(), key="rem-1:1", undoing=False)
        assert again.outcome is StepOutcome.DONE
        assert _field(home, B, "load") == 80
    finally:
        second.stop()


def test_a_restart_keeps_port_secret_and_so_the_digest(home: Path) -> None:
    """An approval binds to the executor's digest; a restart of the demo voids none."""
    digests = []
    for _ in range(2):
        running = CdnControl(home)
        digests.append((_executor(home).profile.digest(), _executor(home).secret))
        running.stop()

    assert digests[0] == digests[1]


def test_a_taken_port_is_left_to_its_holder(home: Path) -> None:
    """The service finds another port, and the profile names it."""
    CdnControl(home).stop()
    port = urlsplit(_executor(home).profile.url).port
    assert port is not None
    with socket.create_server(("127.0.0.1", port)):
        running = CdnControl(home)
        moved = _field(home, A, "state"), urlsplit(_executor(home).profile.url).port
        running.stop()

    assert moved[0] == "serving"
    assert moved[1] != port


def test_it_ends_when_its_parent_is_killed(home: Path) -> None:
    """SIGKILL of the server leaves nobody who listens."""
    code = (
        "import sys, pathlib; from api.cdn_control.child import CdnControl;"
        "c = CdnControl(pathlib.Path(sys.argv[1])); print(c.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline()) > 0
        assert _field(home, A, "state") == "serving"
        parent.kill()

    wait_until(lambda: _runner(home).read_state(A) is None, what="silence", timeout_s=20)


def test_the_profiles_are_private_and_others_stay(home: Path) -> None:
    """The file is 0600, and starting the demo keeps the profiles of the house."""
    url = "https://lines.example:443"
    mine = Executor(WebhookProfile(profile="line-desk", url=url, allow=(url,)), bytes(range(32)))
    put_executor(home / EXECUTORS_FILE, mine)
    running = CdnControl(home)
    running.stop()

    assert stat.S_IMODE((home / EXECUTORS_FILE).stat().st_mode) == 0o600
    assert mine in read_executors(home / EXECUTORS_FILE)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/nodes/p%3Acdn-a", b""),
        ("POST", "/operations", b"{}"),
        ("PUT", "/behaviour", b'{"behaviour": "normal"}'),
    ],
)
def test_nobody_without_the_secret_is_served(
    home: Path, control: CdnControl, method: str, path: str, body: bytes
) -> None:
    """Reads, orders and behaviour all need a signature."""
    url = _executor(home).profile.allow[0]
    with httpx2.Client(base_url=url, trust_env=False) as http:
        assert http.request(method, path, content=body).status_code == 401
        assert http.request(method, path, content=b"x" * 70_000).status_code in {401, 413}
        assert http.get("/healthz").status_code == 200


def test_served_by_hand_it_names_its_port(home: Path) -> None:
    """`python -m api.cdn_control --port 0` enrols itself, says where it is, and ends on SIGTERM."""
    command = [sys.executable, "-m", "api.cdn_control", f"--home={home}", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        assert ready == ["ready", _executor(home).profile.allow[0]]
        assert _field(home, A, "state") == "serving"
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_the_demo_brings_its_control_and_takes_it_away(prepared_home: Path, tmp_path: Path) -> None:
    """Served with the demo, the pack's nodes answer; when the server is killed, nobody does.

    Served without it, there is no profile.
    """
    node = "medical_education:cdn-7"
    with served_copy(prepared_home, tmp_path / "home") as plain:
        assert not (plain.home / EXECUTORS_FILE).exists()
    server = ServerProcess(tmp_path / "home", "--demo")
    server.start()
    server.wait_ready()
    wait_until(lambda: _answers(server.home, node), what="the control", timeout_s=60)
    assert _field(server.home, node, "state") == "serving"
    server.kill()

    wait_until(lambda: not _answers(server.home, node), what="silence", timeout_s=20)
    assert base64.b64encode(_executor(server.home).secret).decode() not in server.log()


def test_a_faulty_file_of_executors_stops_the_start(prepared_home: Path, tmp_path: Path) -> None:
    """The server does not come up half-armed: one line names file and place, exit 1."""
    with served_copy(prepared_home, tmp_path / "home") as plain:
        plain.stop()
    path = tmp_path / "home" / EXECUTORS_FILE
    path.write_text('{"executors": [{"profile": "x"}]}', encoding="utf-8")
    path.chmod(0o600)
    refused = run_command(tmp_path / "home", "serve", port=free_port())

    assert refused.returncode == 1
    assert f"{path}: executors/0/url" in refused.stderr


def _answers(home: Path, node: str) -> bool:
    return enrolled(home) is not None and _runner(home).read_state(node) is not None
