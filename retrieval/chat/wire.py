"""One HTTP exchange with the endpoint of a model: bounded in time and size, nowhere else.

No redirect is followed, no proxy of the environment is used, nothing is retried. The whole
exchange, resolving and a dripping header included, ends `within_s` seconds after its start.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Final

import httpcore2

from retrieval.chat.port import Silence, SilentModelError

MOST_BYTES: Final = 512 * 1024
_CONNECT_S: Final = 5.0
# Host and port to addresses, as `socket.getaddrinfo` gives them.
Resolve = Callable[[str, int], list[tuple[Any, ...]]]


def _resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


_ENDS: Final = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    OSError,
)
# What libraries raise for an address or a header that cannot be written: some quote it whole.
_UNWRITABLE: Final = (ValueError, TypeError, OverflowError)


@dataclass(frozen=True)
class Heard:
    """A whole answer: status, content type in lower case, body."""

    status: int
    content_type: str
    body: bytes


def exchange(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes,
    within_s: float,
    resolve: Resolve = _resolve,
) -> Heard:
    """Send one request and hear the whole answer; `resolve` names the addresses of a host.

    Raises: SilentModelError `unreachable`, `timeout`, `too_long` or `redirected`.
    """
    backend = _Backend(within_s, resolve)
    try:
        with (
            httpcore2.ConnectionPool(network_backend=backend, http2=False, retries=0) as pool,
            pool.stream(method, url, headers=[*headers.items()], content=content) as answer,
        ):
            kind = dict(answer.headers).get(b"content-type", b"").decode("latin-1").lower()
            if 300 <= answer.status < 400:
                raise SilentModelError(
                    Silence.REDIRECTED,
                    f"the endpoint answered {answer.status}: it points elsewhere",
                )
            return Heard(answer.status, kind, _whole(answer.iter_stream()))
    except _ENDS as error:
        raise _silence(error) from error
    except _UNWRITABLE:
        raise SilentModelError(
            Silence.UNREACHABLE, "its address or key holds what HTTP cannot carry; look at both"
        ) from None


def _whole(chunks: Iterable[bytes]) -> bytes:
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) > MOST_BYTES:
            raise SilentModelError(
                Silence.TOO_LONG, f"the endpoint's answer is over {MOST_BYTES} bytes"
            )
    return body


def _silence(error: Exception) -> SilentModelError:
    """Name a fault without the words of libraries, which may quote what was sent."""
    cause = error.__cause__ or error
    if isinstance(error, httpcore2.TimeoutException) or isinstance(cause, TimeoutError):
        return SilentModelError(Silence.TIMEOUT, "the endpoint did not answer in time")
    if isinstance(error, httpcore2.ProtocolError):
        return SilentModelError(Silence.UNREADABLE, "the endpoint broke off, or speaks no HTTP")
    words = (
        cause.strerror if isinstance(cause, OSError) and cause.strerror else type(error).__name__
    )
    return SilentModelError(Silence.UNREACHABLE, f"the endpoint cannot be reached: {words}")


class _Backend(httpcore2.NetworkBackend):
    """Connections that all end at one moment, however slowly bytes drip."""

    def __init__(self, within_s: float, resolve: Resolve) -> None:
        self._tcp: Final = httpcore2.SyncBackend()
        self._resolve: Final = resolve
        self._ends: Final = time.perf_counter() + within_s

    def left(self) -> float:
        """Give the seconds left; httpcore2.ReadTimeout where none is."""
        left = self._ends - time.perf_counter()
        if left <= 0:
            raise httpcore2.ReadTimeout("no answer in time")
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Find the host within five seconds, and connect within five to one of its addresses."""
        failed: Exception | None = None
        for address in self._addresses(host, port):
            try:
                within_s = min(_CONNECT_S, self.left())
                stream = self._tcp.connect_tcp(
                    address, port, within_s, local_address, socket_options
                )
                return _Stream(stream, self)
            except (httpcore2.NetworkError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore2.ConnectError("the host has no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        """Ask the system beside us: it may wait for its name servers as long as it likes."""
        answer: queue.SimpleQueue[list[tuple[Any, ...]] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answer.put(self._resolve(host, port))
            except (OSError, *_UNWRITABLE) as error:
                answer.put(error)

        threading.Thread(target=ask, name="etiograph-resolve", daemon=True).start()
        try:
            found = answer.get(timeout=min(_CONNECT_S, self.left()))
        except queue.Empty:
            raise httpcore2.ConnectTimeout("no address in time") from None
        if isinstance(found, Exception):
            raise httpcore2.ConnectError("the host is not known") from found
        return list(dict.fromkeys(str(one[4][0]) for one in found))


class _Stream(httpcore2.NetworkStream):
    """A connection whose reads and writes together end in time."""

    def __init__(self, stream: httpcore2.NetworkStream, backend: _Backend) -> None:
        self._stream: Final = stream
        self._backend: Final = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what came."""
        return self._stream.read(max_bytes, self._backend.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write everything."""
        self._stream.write(buffer, self._backend.left())

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """Prove the host by its certificate."""
        stream = self._stream.start_tls(ssl_context, server_hostname, self._backend.left())
        return _Stream(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:
        """Ask the connection about itself."""
        return self._stream.get_extra_info(info)
