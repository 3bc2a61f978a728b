"""One HTTP exchange with an allow-listed host, that knows whether anything was sent.

Each exchange has a connection of its own; nothing is retried, no redirect is followed and no
proxy of the environment is used. The name is resolved here and each address is checked before it
is connected to, so that a name cannot move elsewhere between check and call.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Final

import httpcore2

from reasoning.remediation.profile import WebhookProfile, origin_of

_BODY_BYTES: Final = 65_536
_ENDS: Final = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    OSError,
)


@dataclass(frozen=True)
class Heard:
    """What came back. `status` None: no answer, `fault` says why; `sent`: bytes had left by then.

    `body` is cut at 64 KiB, and `whole` is False where the rest is missing.
    """

    sent: bool
    status: int | None = None
    body: bytes = b""
    whole: bool = True
    fault: str = ""


def exchange(
    profile: WebhookProfile,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes,
) -> Heard:
    """Send one request and hear the answer; whatever the peer does, nothing is raised."""
    backend = _Backend(profile, origin_of(url))
    try:
        with (
            httpcore2.ConnectionPool(network_backend=backend, http2=False, retries=0) as pool,
            pool.stream(method, url, headers=[*headers.items()], content=content) as answer,
        ):
            body, whole = _cut(answer.iter_stream())
            return Heard(sent=True, status=answer.status, body=body, whole=whole)
    except _ENDS as error:
        return Heard(sent=backend.sent, fault=backend.fault or _words(error))


def _cut(chunks: Iterable[bytes]) -> tuple[bytes, bool]:
    """Read a body up to its limit; the status stands even where the body breaks off."""
    body = b""
    try:
        for chunk in chunks:
            body += chunk
            if len(body) > _BODY_BYTES:
                return body[:_BODY_BYTES], False
    except _ENDS:
        return body, False
    return body, True


def _words(error: Exception) -> str:
    """Name a fault without the words of libraries, which may quote what came."""
    cause = error.__cause__ or error
    if isinstance(error, httpcore2.TimeoutException) or isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(error, httpcore2.ProtocolError):
        return "the answer is no HTTP, or was broken off"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(error).__name__


class _Backend(httpcore2.NetworkBackend):
    """Connects to checked addresses only; `sent` turns True with the first byte of a request.

    `fault` says why there is no connection; the pool would lose it.
    """

    def __init__(self, profile: WebhookProfile, origin: str) -> None:
        self._profile: Final = profile
        self._origin: Final = origin
        self._tcp: Final = httpcore2.SyncBackend()
        self.sent = False
        self.fault = ""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers.

        Raises: httpcore2.ConnectError where none does, or one is not allowed.
        """
        limit = _Limit(self._profile.connect_s)
        for address in self._addresses(host, port):
            try:
                stream = self._tcp.connect_tcp(
                    address, port, limit.left(), local_address, socket_options
                )
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
                self.fault = _words(error)
            else:
                return _Stream(stream, self, limit=limit)
        raise httpcore2.ConnectError(self.fault)

    def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Resolve a host, in the resolver's order; one wrong address spoils all of them."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            self.fault = f"{host} cannot be resolved"
            raise httpcore2.ConnectError(self.fault) from error
        addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
        wrong = [each for each in addresses if not self._profile.allows(self._origin, each)]
        if wrong:
            self.fault = f"{host} is at {wrong[0]}, which is not allowed"
            return ()
        return addresses

    def begin(self) -> float:
        """Note that a request begins to leave; returns the seconds that its answer may take."""
        self.sent, self.fault = True, ""
        return self._profile.answer_s


class _Limit:
    """A span of seconds that began when it was made."""

    def __init__(self, seconds: float) -> None:
        self._ends: Final = time.perf_counter() + seconds

    def left(self) -> float:
        """Give the seconds left; httpcore2.ReadTimeout where none is."""
        left = self._ends - time.perf_counter()
        if left <= 0:
            raise httpcore2.ReadTimeout("no answer in time")
        return left


class _Stream(httpcore2.NetworkStream):
    """A connection whose reads and writes together end in time, however slowly bytes drip."""

    def __init__(
        self, stream: httpcore2.NetworkStream, backend: _Backend, *, limit: _Limit
    ) -> None:
        self._stream: Final = stream
        self._backend: Final = backend
        self._limit = limit

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what came."""
        return self._stream.read(max_bytes, self._limit.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write everything; from the first byte on the peer may have acted."""
        if not self._backend.sent:
            self._limit = _Limit(self._backend.begin())
        self._stream.write(buffer, self._limit.left())

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """Prove the host by its certificate; nothing of the request has left by then."""
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, self._limit.left())
        except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
            self._backend.fault = _words(error)
            raise
        return _Stream(stream, self._backend, limit=self._limit)

    def get_extra_info(self, info: str) -> Any:
        """Ask the connection about itself."""
        return self._stream.get_extra_info(info)
