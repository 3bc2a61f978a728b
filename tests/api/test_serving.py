"""The port of our own."""

from __future__ import annotations

import socket

import pytest

from api.serving import PortTakenError, bind


def test_answers_are_not_held_back() -> None:
    """The listener names TCP: asyncio sets TCP_NODELAY only then, else each answer waits 40 ms."""
    with bind("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_a_taken_port_is_refused_by_number() -> None:
    """The message names the port and what to do."""
    with bind("127.0.0.1", 0) as first:
        port = int(first.getsockname()[1])
        with pytest.raises(PortTakenError, match=rf"{port}.*ETIOGRAPH_PORT"):
            bind("127.0.0.1", port)
