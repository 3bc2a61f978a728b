"""Serving in this process: a port of our own, the site on it, a clean end on SIGTERM."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from graph.errors import StoreError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

_BACKLOG: Final = 512
_STOP_S: Final = 5
# Longer than a client keeps an idle connection (5 s in ours, as long as uvicorn's own default):
# else now and then a call goes out on one that is just being closed, and has no answer.
_IDLE_S: Final = 30
# A thread that comes back from the disk waits so long for one that computes (Python's default is
# ten times as long): a delivery writes dozens of rows beside a running diagnosis.
_SWITCH_S: Final = 0.0005


class PortTakenError(StoreError):
    """Another program listens on the port."""


def bind(host: str, port: int) -> socket.socket:
    """Take a port (0: any free one).

    Raises: PortTakenError naming it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only a socket that names TCP gets TCP_NODELAY from asyncio; else each answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTakenError(
            f"port {port} on {host} cannot be taken ({error.strerror}); stop the program that "
            "holds it, or set ETIOGRAPH_PORT to another"
        ) from error
    return listener


def server_of(app: ASGIApp) -> uvicorn.Server:
    """Make a server that logs nothing of its own and closes open calls within 5 seconds."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_STOP_S,
        timeout_keep_alive=_IDLE_S,
        lifespan="on",
    )
    return uvicorn.Server(config)


def run(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, which then end this process as if the work were done."""
    sys.setswitchinterval(_SWITCH_S)
    # uvicorn raises a caught signal again after it has closed down; by then it is dealt with.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    server.run(sockets=[listener])


@contextmanager
def served_in_thread(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve in a thread while the context lasts."""
    server = server_of(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def in_background(name: str, work: Callable[[], None]) -> None:
    """Do work in a thread that does not keep the process alive."""
    threading.Thread(target=work, name=name, daemon=True).start()
