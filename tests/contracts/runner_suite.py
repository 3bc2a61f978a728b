"""What the suite of runners stands on: a real receiver on loopback, and a way to make each runner.

The receiver checks signatures by code of its own, written from the specification.
"""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from graph.model.remediation import Step
from graph.model.topology import Scalar
from reasoning.ports import ActionRunner
from reasoning.remediation.profile import WebhookProfile
from reasoning.remediation.runners.dry_run import DryRunner
from reasoning.remediation.runners.webhook import WebhookRunner

SECRET: Final = bytes(range(32))
SECRET_TEXT: Final = base64.b64encode(SECRET).decode()
NOW: Final = datetime(2025, 3, 12, 13, 40, tzinfo=UTC)
TARGET: Final = "pack:cdn-7"
ANSWER_S: Final = 0.4


class Mood(StrEnum):
    """How the receiver answers a POST; every mood but REFUSE and REDIRECT acts first."""

    NORMAL = "normal"
    SILENT = "silent"
    DRIP = "drip"
    BREAK_OFF = "break_off"
    REFUSE = "refuse"
    REDIRECT = "redirect"
    BREAK = "break"
    FLOOD = "flood"
    GARBLED = "garbled"
    CUT = "cut"


class FixedClock:
    """A clock that stands."""

    def now(self) -> datetime:
        """Tell the one instant."""
        return NOW


@dataclass
class Receiver:
    """A service that switches things, and remembers what it was told."""

    port: int
    mood: Mood = Mood.NORMAL
    words: str | bytes = "switched"
    states: dict[str, Any] = field(default_factory=lambda: {TARGET: {"state": "serving"}})
    acts: list[dict[str, Any]] = field(default_factory=list)
    refused_signatures: int = 0
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def act(self, told: dict[str, Any]) -> None:
        """Do what was told, once per key."""
        if told["key"] not in self.known:
            self.acts.append(told)
            self.states[told["target"]] = {"state": told["operation"]}
        self.known[told["key"]] = told


def is_signed(headers: Any, content: bytes) -> bool:
    """Check a signature by the letter of Standard Webhooks 1.0.0, and that it is of today."""
    message_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    signed = b".".join([message_id.encode(), stamp.encode(), content])
    expected = base64.standard_b64encode(hmac.digest(SECRET, signed, "sha256")).decode()
    fresh = abs(int(stamp) - NOW.timestamp()) <= 300
    return fresh and f"v1,{expected}" in headers["webhook-signature"].split(" ")


class _Handler(BaseHTTPRequestHandler):
    """Answers for a receiver, in its mood."""

    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_GET(self) -> None:
        """Tell a state."""
        mood, target = self.receiver.mood, self.path.removeprefix("/state/").replace("%3A", ":")
        self.receiver.paths.append(self.path)
        found = self.receiver.states.get(target)
        if not is_signed(self.headers, f"GET {self.path}".encode()):
            self.receiver.refused_signatures += 1
            self._answer(401, b"{}")
        elif mood is Mood.SILENT:
            self.receiver.over.wait()
        elif mood is Mood.GARBLED:
            self._answer(200, b'{"state": NaN}')
        else:
            self._answer(200 if found else 404, json.dumps(found).encode())

    def do_POST(self) -> None:
        """Act, unless the mood is another."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = json.loads(body)
        self.receiver.bodies.append(body)
        self.receiver.paths.append(self.path)
        if not is_signed(self.headers, body) or told["key"] != self.headers["Idempotency-Key"]:
            self.receiver.refused_signatures += 1
            self._answer(401, b"{}")
        elif self.receiver.mood is Mood.REFUSE:
            self._answer(409, _bytes(self.receiver.words))
        elif self.receiver.mood is Mood.REDIRECT:
            self._answer(307, b"", location=f"{self.receiver.url}/elsewhere")
        else:
            self.receiver.act(told)
            self._answer_in_mood()

    def _answer_in_mood(self) -> None:
        match self.receiver.mood:
            case Mood.SILENT:
                self.receiver.over.wait()
            case Mood.DRIP:
                self._drip()
            case Mood.BREAK_OFF:
                self.close_connection = True
            case Mood.BREAK:
                self._answer(503, _bytes(self.receiver.words))
            case Mood.CUT:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nswi")
                self.close_connection = True
            case Mood.FLOOD:
                self._answer(200, b"x" * 5_000_000)
            case Mood.GARBLED:
                self.wfile.write(b"\x00\xff not http at all\r\n\r\n")
                self.close_connection = True
            case _:
                self._answer(200, json.dumps({"text": str(self.receiver.words)}).encode())

    def _drip(self) -> None:
        """Send one more byte of a header long before each read would give up."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.receiver.over.wait(ANSWER_S / 8):
            self.wfile.write(b"x")
            self.wfile.flush()

    def _answer(self, status: int, body: bytes, *, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _bytes(words: str | bytes) -> bytes:
    return words if isinstance(words, bytes) else words.encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is what the test wanted."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver until the context ends."""
    receiver = Receiver(0)
    answering = type("Answering", (_Handler,), {"receiver": receiver})
    server = _Server(("127.0.0.1", 0), answering)
    receiver.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def profile_of(receiver: Receiver, **changed: Any) -> WebhookProfile:
    """Name a receiver as a profile."""
    return WebhookProfile.model_validate({
        "profile": "test-hook",
        "url": f"{receiver.url}/act",
        "state_url": f"{receiver.url}/state/{{target}}",
        "allow": (receiver.url,),
        "connect_s": 1.0,
        "answer_s": ANSWER_S,
        "honours_idempotency_key": True,
    } | changed)  # fmt: skip


def webhook_to(receiver: Receiver, **changed: Any) -> WebhookRunner:
    """Make a webhook runner that calls this receiver."""
    return WebhookRunner(profile_of(receiver, **changed), SECRET, FixedClock())


RUNNERS: Final[dict[str, Callable[[Receiver], ActionRunner]]] = {
    "dry-run": lambda _receiver: DryRunner(),
    "webhook": webhook_to,
}


def step(
    operation: str = "switch_over", *, undo: str | None = "switch_back", **more: Scalar
) -> Step:
    """Make a step that moves the target's load to another node."""
    parameters: dict[str, Scalar] = {"receiver": "pack:cdn-8", **more}
    return Step(
        seq=1,
        operation=operation,
        target_id=TARGET,
        parameters=parameters,
        rendered="",
        undo=undo,
        undo_parameters={},
    )
