"""Where a storm is sent again and again: fresh data each time, in files or on a Neo4j server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from benchmarks.served import ServerProcess, serving
from tests.e2e.server import prepare_home, source_token
from tests.neo4j_server import DATABASE, USER, Neo4jServer, neo4j_server

SOURCE: Final = "storm"
VERSION: Final = "5.26"  # both versions pass the contract; one is enough for storms


@dataclass(frozen=True)
class Place:
    """A data folder, the token of the source that posts to it, and the settings of its server."""

    home: Path
    token: str
    settings: Mapping[str, str] = field(default_factory=dict)

    def server(self) -> ServerProcess:
        """Make its server; nothing runs yet."""
        return ServerProcess(self.home, settings=self.settings)

    def serving(self) -> AbstractContextManager[ServerProcess]:
        """Serve it."""
        return serving(self.home, settings=self.settings)


class Grounds(Protocol):
    """Makes places, one after the other: each has the pack and a replay source, and no more."""

    @property
    def store(self) -> str:
        """Name the kind of store."""

    def fresh(self, name: str) -> Place:
        """Make a place; those before may be gone with it."""


class FileGrounds:
    """Copies of one prepared data folder."""

    store: Final = "embedded"

    def __init__(self, folder: Path) -> None:
        """Prepare the folder that is copied."""
        self._folder: Final = folder
        self._prepared: Final = prepare_home(folder / "prepared")
        with serving(self._prepared) as server:
            self._token: Final = source_token(server, SOURCE, replay=True)

    def fresh(self, name: str) -> Place:
        """Copy it."""
        return Place(shutil.copytree(self._prepared, self._folder / name), self._token)


class Neo4jGrounds:
    """One database, emptied for each place."""

    store: Final = "neo4j"

    def __init__(self, folder: Path, running: Neo4jServer) -> None:
        """Take a server that runs."""
        self._folder: Final = folder
        self._running: Final = running
        self._settings: Final = settings_of(running)

    def fresh(self, name: str) -> Place:
        """Empty the database, and serve it once, which loads the pack."""
        self._running.clear()
        home = self._folder / name
        with serving(home, settings=self._settings) as server:
            return Place(home, source_token(server, SOURCE, replay=True), self._settings)


def settings_of(running: Neo4jServer) -> dict[str, str]:
    """Name the variables of a server process that keeps everything on a Neo4j server."""
    return {
        "ETIOGRAPH_STORE": "neo4j",
        "ETIOGRAPH_NEO4J_URI": running.uri,
        "ETIOGRAPH_NEO4J_USER": USER,
        "ETIOGRAPH_NEO4J_PASSWORD": running.password,
        "ETIOGRAPH_NEO4J_DATABASE": DATABASE,
    }


@contextmanager
def grounds_of(store: str, folder: Path) -> Iterator[Grounds]:
    """Make the grounds of a kind of store; a Neo4j server runs as long as they do."""
    if store == FileGrounds.store:
        yield FileGrounds(folder)
        return
    with neo4j_server(VERSION) as running:
        yield Neo4jGrounds(folder, running)
