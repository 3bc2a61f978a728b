"""A listener on loopback that greets as a server of any version, and can do nothing else.

For versions and products that are not at hand: what Etiograph judges is the greeting.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Final

# Versions of Bolt as the handshake answers them: of Neo4j 4.4, of 5.x, and "none that you offer".
BOLT_4_4: Final = bytes((0, 0, 4, 4))
BOLT_5_4: Final = bytes((0, 0, 4, 5))
NO_BOLT: Final = bytes(4)
_SUCCESS: Final = 0x70
_OFFER: Final = 20  # bytes of the client's handshake
_PATIENCE_S: Final = 30.0


class GreetingServer:
    """Listens on a port of its own; every message is answered by SUCCESS with name and version."""

    def __init__(self, agent: str, *, handshake: bytes = BOLT_5_4) -> None:
        """Listen.

        Args:
            agent: what it calls itself, such as "Neo4j/4.4.30".
            handshake: what it answers to the versions of Bolt that it is offered.
        """
        self._answer: Final = _message({"server": agent, "connection_id": "bolt-1"})
        self._handshake: Final = handshake
        self._listener: Final = socket.create_server(("127.0.0.1", 0))
        self._thread: Final = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def uri(self) -> str:
        """Where it listens."""
        return f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=_PATIENCE_S)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.settimeout(_PATIENCE_S)
                with client, suppress(OSError):
                    self._greet(client)

    def _greet(self, client: socket.socket) -> None:
        _exactly(client, _OFFER)
        client.sendall(self._handshake)
        if self._handshake in (BOLT_4_4, BOLT_5_4):
            while _next_message(client):
                client.sendall(self._answer)


def _next_message(client: socket.socket) -> bytes:
    """Read a message, chunk by chunk; empty when the client has gone."""
    said = b""
    while length := int.from_bytes(_exactly(client, 2)):
        said += _exactly(client, length)
    return said


def _exactly(client: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        piece = client.recv(length - len(found))
        if not piece:
            raise ConnectionResetError("the client has gone")
        found += piece
    return found


def _message(fields: dict[str, str]) -> bytes:
    """Write SUCCESS with a map of texts, as PackStream and Bolt's chunks have it."""
    packed = bytes((0xB1, _SUCCESS, 0xA0 + len(fields)))
    for text in (part for field in fields.items() for part in field):
        encoded = text.encode()
        packed += bytes((0xD0, len(encoded))) + encoded
    return len(packed).to_bytes(2) + packed + bytes(2)
