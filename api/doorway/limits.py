"""What stands before every route, screens included: hosts, origins, sizes, safe headers.

Plain ASGI, so that bodies are counted as they stream in and nothing is read twice.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.archives import MAX_ARCHIVE_BYTES
from api.errors import problem, problem_of
from graph.errors import TooLargeError

MAX_BODY_BYTES: Final = 5 * 1024 * 1024
PACKS_PATH: Final = "/api/v1/packs"
IMPORTS_PATH: Final = "/api/v1/imports/"
# A refused body is read on, and thrown away, up to here: who closes early kills the answer too.
_DRAIN_BYTES: Final = 64 * 1024 * 1024
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
APPROVALS_PATH: Final = "/a/"
_APPROVAL_CSP: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"
)
_API_CSP: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"


class Guard:
    """Wrap an application; `script_hashes` are inline scripts that its own pages need.

    Refused are a Host outside the allow-list (rebinding), a WebSocket or a write from another
    Origin, an address of the API that leads out of it, and a body over its limit (413, also when
    it is chunked).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: frozenset[str] = frozenset(),
        script_hashes: tuple[str, ...] = (),
    ) -> None:
        """Allow the loopback names and `hosts`."""
        self._app: Final = app
        self._hosts: Final = _LOOPBACK | hosts
        scripts = " ".join(["'self'", *(f"'sha256-{value}'" for value in script_hashes)])
        self._page_csp: Final = (
            f"default-src 'self'; script-src {scripts} 'wasm-unsafe-eval' blob:; "
            "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
            "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
            "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then hand on with headers added."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        fault = self._fault(scope, headers)
        if fault is None:
            guarded = self._with_headers(scope, send)
            await self._limited(scope, receive, guarded, headers)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _answer(send, 403, problem(403, fault))

    def _fault(self, scope: Scope, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if _name(f"//{host}") not in self._hosts:
            return f"host {host!r} is not served here; use 127.0.0.1 or localhost"
        origin = headers.get("origin")
        checked = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if origin and checked and urlsplit(origin).netloc.lower() != host.lower():
            return f"origin {origin!r} may not write here; use the pages of this server"
        return None

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        api = scope["path"].startswith("/api")
        csp = f"{_API_CSP}; frame-ancestors 'none'" if api else self._page_csp
        if scope["path"].startswith(APPROVALS_PATH):
            api, csp = True, f"{_APPROVAL_CSP}; frame-ancestors 'none'"

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = csp
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "same-origin"
                if api and "cache-control" not in headers:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        return guarded

    async def _limited(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        ours = scope["path"].startswith(("/api", APPROVALS_PATH))
        if scope["type"] == "websocket" or not ours:
            await self._app(scope, receive, send)
            return
        if _is_no_address(scope["path"]):
            detail = "the address holds `..` or a null character, as no id does; check the id"
            await _answer(send, 400, problem(400, detail))
            return
        archive = scope["path"] == PACKS_PATH or scope["path"].startswith(IMPORTS_PATH)
        limit = MAX_ARCHIVE_BYTES if archive else MAX_BODY_BYTES
        claimed = headers.get("content-length", "")
        if claimed.isdigit() and int(claimed) > limit:
            await _drain(receive)
            await _answer(send, 413, problem_of(_too_large(limit)))
            return
        await self._app(scope, _counted(receive, limit), send)


def _is_no_address(path: str) -> bool:
    """Tell what the framework of the screens would refuse, without a word of why."""
    return "\0" in path or ".." in path.replace("\\", "/").split("/")


def _counted(receive: Receive, limit: int) -> Receive:
    """Receive at most `limit` bytes of body; then drain the rest and raise TooLargeError."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            if message.get("more_body"):
                await _drain(receive)
            raise _too_large(limit)
        return message

    return counted


async def _drain(receive: Receive) -> None:
    seen = 0
    while seen < _DRAIN_BYTES:
        message = await receive()
        seen += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"the body is over {limit} bytes; send less at once")


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


async def _answer(send: Send, status: int, body: object) -> None:
    content = json.dumps(body, ensure_ascii=False).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(content)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
