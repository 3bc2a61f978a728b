"""The stores that must pass the contract: embedded, and a real Neo4j of each version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from graph.stores.neo4j_store import Neo4jGraphStore
from tests.conftest import require
from tests.neo4j_server import DATABASE, USER, VERSIONS, Neo4jServer, neo4j_server


def _embedded_file(folder: Path) -> Store:
    return EmbeddedGraphStore(folder / "store.db")


def _embedded_memory(folder: Path) -> Store:
    return EmbeddedGraphStore(None)


STORES: Final[dict[str, Callable[[Path], Store]]] = {
    "embedded-file": _embedded_file,
    "embedded-memory": _embedded_memory,
}


def neo4j_store(server: Neo4jServer) -> Neo4jGraphStore:
    """Open the store of a server."""
    return Neo4jGraphStore(server.uri, user=USER, password=server.password, database=DATABASE)


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], Neo4jServer]]:
    """Give the server of a version: started when first asked for, one for all tests."""
    with ExitStack() as stack:

        @cache
        def server_of(version: str) -> Neo4jServer:
            require("neo4j")
            return stack.enter_context(neo4j_server(version))

        yield server_of


@pytest.fixture(scope="session", params=[*STORES, *(f"neo4j-{v}" for v in VERSIONS)])
def kind_of_store(
    request: pytest.FixtureRequest, servers: Callable[[str], Neo4jServer]
) -> Callable[[Path], Store]:
    """Make stores of one kind, each empty."""
    if request.param in STORES:
        return STORES[request.param]
    running = servers(request.param.removeprefix("neo4j-"))

    def cleared(folder: Path) -> Store:
        running.clear()
        return neo4j_store(running)

    return cleared


@pytest.fixture
def store(kind_of_store: Callable[[Path], Store], tmp_path: Path) -> Iterator[Store]:
    """Open an empty store of each kind."""
    opened = kind_of_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="session", params=VERSIONS)
def running(request: pytest.FixtureRequest, servers: Callable[[str], Neo4jServer]) -> Neo4jServer:
    """Take the server of each version for tests that stop and start it, or look past the store."""
    return servers(request.param)


@pytest.fixture
def server(running: Neo4jServer) -> Neo4jServer:
    """Take the server with an empty database."""
    running.clear()
    return running


@pytest.fixture
def server_store(server: Neo4jServer) -> Iterator[Neo4jGraphStore]:
    """Open a store on it."""
    with closing(neo4j_store(server)) as opened:
        yield opened
