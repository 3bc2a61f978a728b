"""A real webhook receiver on loopback: it switches, tells states, and counts whatever arrives."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


@dataclass
class Receiver:
    """What arrived: the raw bodies of orders, and the states that they led to.

    Of what is `blind` no state can be told any more once it was moved.
    """

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    states: dict[str, dict[str, str]] = field(default_factory=dict)
    blind: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def state(self, target: str) -> dict[str, str] | None:
        """Tell a target's state; everything serves itself until it is moved."""
        with self.lock:
            if target in self.blind and target in self.states:
                return None
            return self.states.get(target, {"state": "serving", "serving_by": target})

    def put(self, target: str, state: str) -> None:
        """Move a target by hand."""
        with self.lock:
            self.states[target] = {"state": state, "serving_by": target}

    def take(self, body: bytes) -> None:
        """Keep an order and carry it out."""
        order = json.loads(body)
        with self.lock:
            self.bodies.append(body)
            serving = order["parameters"].get("receiver", order["target"])
            self.states[order["target"]] = {"state": "drained", "serving_by": serving}

    def orders_of(self, remediation_id: str) -> int:
        """Count the orders that arrived for a remediation, its undo included."""
        with self.lock:
            return sum(_key(body).startswith(f"{remediation_id}-") for body in self.bodies)

    def strangers(self, known: set[str]) -> list[str]:
        """List the keys of orders of no known remediation, in order of arrival."""
        with self.lock:
            keys = [_key(body) for body in self.bodies]
        return [key for key in keys if not any(key.startswith(f"{one}-") for one in known)]

    def heard(self, marker: str) -> bool:
        """Tell whether a text arrived in any order."""
        with self.lock:
            return any(marker.encode() in body for body in self.bodies)


def _key(body: bytes) -> str:
    return str(json.loads(body)["key"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_GET(self) -> None:
        """Tell a state."""
        target = unquote(self.path.removeprefix("/nodes/"))
        state = self.receiver.state(target)
        self._answer(json.dumps(state).encode(), status=503 if state is None else 200)

    def do_POST(self) -> None:
        """Take an order."""
        self.receiver.take(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(b'{"text": "done"}')

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver until the context ends."""
    receiver = Receiver()
    answering = type("Answering", (_Handler,), {"receiver": receiver})
    server = _Server(("127.0.0.1", 0), answering)
    receiver.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
