"""The service over HTTP: signed orders, signed reads of a node, and how it behaves in a demo.

    POST /operations   {operation, target, parameters, key, undoing}; the key also as header
    GET  /nodes/{id}   the node; signed over its method and path
    PUT  /behaviour    {"behaviour": "normal"}, signed
    GET  /healthz      unsigned

The standard library serves it: it starts in a moment, and serves one caller.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import unquote

from pydantic import JsonValue, TypeAdapter, ValidationError

from api.cdn_control.register import Behaviour, Order, Register, SwitchOver
from api.cdn_control.signature import check_signature
from graph.errors import (
    ConflictError,
    EtiographError,
    InputError,
    NotFoundError,
    TooLargeError,
    UnauthenticatedError,
)
from graph.model.base import Model

_BODY_BYTES: Final = 65_536
_READ_AWAY: Final = 1_048_576  # of a body that nobody wants; who sends more may miss the answer
_PATIENCE_S: Final = 10.0
_ORDERS: Final[TypeAdapter[Any]] = TypeAdapter(Order)
_STATUS: Final = (
    (UnauthenticatedError, 401),
    (NotFoundError, 404),
    (ConflictError, 409),
    (TooLargeError, 413),
    (InputError, 422),
    (EtiographError, 503),
)


class _Wish(Model):
    behaviour: Behaviour


class Service(ThreadingHTTPServer):
    """The service on a listener that was taken before, so that callers queue while it starts."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, register: Register, secret: bytes) -> None:
        """Serve `register` to whoever signs with `secret`."""
        address = listener.getsockname()
        super().__init__(address, _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_name, self.server_port = address[:2]
        self.register: Final = register
        self.secret: Final = secret
        self.ending: Final = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a caller that hung up go; anything else is told on stderr."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "cdn-control"
    timeout = _PATIENCE_S
    server: Service

    def do_GET(self) -> None:
        """Tell a node's state."""
        self._serve(self._tell)

    def do_POST(self) -> None:
        """Carry an order out."""
        self._serve(self._carry_out)

    def do_PUT(self) -> None:
        """Change the behaviour."""
        self._serve(self._behave)

    def _serve(self, work: Callable[[], None]) -> None:
        try:
            work()
        except EtiographError as error:
            status = next(status for kind, status in _STATUS if isinstance(error, kind))
            self._answer(status, {"text": str(error)})

    def _tell(self) -> None:
        self._read_away()
        if self.path == "/healthz":
            return self._answer(200, {"text": "serving"})
        self._check(f"GET {self.path}".encode())
        if not self.path.startswith("/nodes/"):
            raise NotFoundError("there is no such address")
        node = self.server.register.node(unquote(self.path.removeprefix("/nodes/")))
        return self._answer(200, node.model_dump(mode="json"))

    def _carry_out(self) -> None:
        body = self._body("/operations")
        order = _read(_ORDERS, body)
        if order.key != self.headers.get("Idempotency-Key"):
            raise InputError("the header Idempotency-Key must be the key of the body")
        register = self.server.register
        silent = register.behaviour is Behaviour.TIMES_OUT_AFTER_ACTING
        answer = register.carry_out(order)
        if silent and isinstance(order, SwitchOver):
            self.server.ending.wait()  # the caller gives up long before
            self.close_connection = True
            return
        self._answer(answer.status, {"text": answer.text})

    def _behave(self) -> None:
        wish = _read(TypeAdapter(_Wish), self._body("/behaviour"))
        self.server.register.behave(wish.behaviour)
        self._answer(200, {"text": f"behaves {wish.behaviour}"})

    def _read_away(self) -> None:
        """Read what a caller sends along unasked: closed upon it, it would miss the answer."""
        length = self.headers.get("Content-Length") or "0"
        wanted = int(length[:9]) if length.isascii() and length.isdigit() else _READ_AWAY + 1
        if wanted > _READ_AWAY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
        else:
            self.rfile.read(wanted)

    def _body(self, path: str) -> bytes:
        """Read and check a signed body sent to `path`."""
        length = self.headers.get("Content-Length") or ""
        if not (length.isascii() and length.isdigit() and int(length[:9]) <= _BODY_BYTES):
            self._read_away()
            raise TooLargeError(f"a body must tell its length, at most {_BODY_BYTES} bytes")
        body = self.rfile.read(int(length))
        self._check(body)
        if self.path != path:
            raise NotFoundError("there is no such address")
        return body

    def _check(self, content: bytes) -> None:
        headers = dict(self.headers.items())
        known = {name.lower(): value for name, value in headers.items()}
        check_signature(self.server.secret, known, content, now_s=time.time())

    def _answer(self, status: int, value: JsonValue) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: callers keep the record."""


def _read(form: TypeAdapter[Any], body: bytes) -> Any:
    try:
        return form.validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = "/".join(str(part) for part in fault["loc"])
        raise InputError(f"{place}: {fault['msg']}") from error
