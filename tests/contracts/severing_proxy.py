"""A proxy on loopback that cuts a connection at the moment when a transaction commits."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Final

# The message COMMIT of Bolt: a chunk of two bytes, and the end of the message.
_COMMIT: Final = bytes.fromhex("0002b0120000")
# How the others begin, after two bytes that tell the length.
_BEGIN: Final = bytes.fromhex("b111")
_RUN: Final = bytes.fromhex("b310")
_WRITES: Final = b"last_write"  # in every statement that a write of the store begins with
_PIECE: Final = 65_536
_PATIENCE_S: Final = 30.0


class Cut(StrEnum):
    """When the connection is lost."""

    BEFORE = "before the server is told to commit"
    AFTER = "after the server has committed, before it says so"


class SeveringProxy:
    """Listens on a port of its own and passes everything on to `target`; cuts as `cuts` say."""

    def __init__(self, target: int) -> None:
        """Listen; every `arm` cuts one commit."""
        self._target: Final = target
        self._cuts: Final[list[Cut]] = []
        self._listener: Final = socket.create_server(("127.0.0.1", 0))
        self.port: Final[int] = self._listener.getsockname()[1]
        self._sockets: Final = [self._listener]
        self._threads: Final[list[threading.Thread]] = []
        self._begin(self._accept)

    def arm(self, *cuts: Cut) -> None:
        """Cut the next commits so."""
        self._cuts.extend(cuts)

    @property
    def armed(self) -> int:
        """Count the cuts that are still to come."""
        return len(self._cuts)

    def close(self) -> None:
        """Lose every connection and end."""
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=_PATIENCE_S)
        for one in self._sockets:
            one.close()

    def _begin(self, work: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._sockets.extend((client, server))
                self._begin(self._to_server, client, server)
                self._begin(self._to_client, client, server)

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            begun = False
            while piece := client.recv(_PIECE):
                if self._cuts and _commits(piece, begun=begun):
                    self._sever(client, server, piece)
                    return
                begun = piece[2:4] == _BEGIN or (begun and not piece.endswith(_COMMIT))
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(_PIECE):
                client.sendall(piece)
            client.shutdown(socket.SHUT_WR)

    def _sever(self, client: socket.socket, server: socket.socket, piece: bytes) -> None:
        """Lose the connection; a commit that is passed on is done before it is lost."""
        cut = self._cuts.pop(0)
        client.shutdown(socket.SHUT_RDWR)
        if cut is Cut.AFTER:
            server.sendall(piece)
        server.shutdown(socket.SHUT_WR)


def _commits(piece: bytes, *, begun: bool) -> bool:
    """Tell whether a commit comes of it: one that is asked for, or a write that is alone."""
    alone = not begun and piece[2:4] == _RUN and _WRITES in piece
    return alone or piece.endswith(_COMMIT)
