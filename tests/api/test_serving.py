"""The port of our own."""

from __future__ import annotations

import socket

import httpx2
import pytest
from starlette.applications import Starlette

from api.serving import PortTakenError, bind, server_of


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


def test_the_server_waits_longer_than_a_client_for_the_next_call() -> None:
    """Of an idle connection the client lets go first: it would send into a closed one."""
    ours = server_of(Starlette()).config.timeout_keep_alive
    theirs = httpx2.Limits().keepalive_expiry

    assert theirs is not None
    assert ours >= 2 * theirs
