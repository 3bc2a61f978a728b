"""Every scenario told to a Neo4j server and to a store in memory: the digests must not differ.

`python -m tests.contracts.nights --version 2026` tells whole nights, which is the soak; the tests
tell the first minutes by the same code.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from benchmarks.machine import commit, describe_machine
from benchmarks.served import ROOT
from graph.model.digest import diagnosis_digest
from graph.model.pack import DomainPack
from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from graph.stores.neo4j_store import Neo4jGraphStore
from ingest.packs import load_pack
from tests.neo4j_server import DATABASE, USER, VERSIONS, Neo4jServer, neo4j_server
from tests.scenarios.night import LIBRARY, SEEDED, Night

NIGHTS: Final = tuple(sorted(path.name for path in (SEEDED / "scenarios").iterdir()))
# What a night leaves in a store; the pack, which takes longest to load, stays.
_FORGET: Final = (
    "MATCH (n:Incident|Alert|Change|Tick|Observation|Heartbeat|Diagnosis|LedgerEntry|Job|Payload) "
    "DETACH DELETE n"
)


@cache
def seeded() -> DomainPack:
    """Load the pack as `etiograph load` does."""
    return load_pack(SEEDED, library_folder=LIBRARY)


def digests(store: Store, name: str, *, minutes: float | None) -> list[str]:
    """Tell a night, or its first minutes, and digest every diagnosis, in the order of the board.

    `store` holds no evidence.
    """
    told = Night(name).tell(seeded(), store, minutes=minutes)
    return [diagnosis_digest(diagnosis) for diagnosis in told]


@cache
def expected(name: str, minutes: float | None) -> list[str]:
    """Tell a night to a store in memory."""
    with closing(EmbeddedGraphStore(None)) as store:
        return digests(store, name, minutes=minutes)


class SeededServer:
    """A Neo4j server whose store holds the pack; each night begins without evidence."""

    def __init__(self, running: Neo4jServer, store: Store) -> None:
        """Take a store that is open on the server."""
        self._running: Final = running
        self.store: Final = store

    def digests(self, name: str, *, minutes: float | None) -> list[str]:
        """Forget the night before, and tell this one."""
        with self._running.driver() as driver:
            driver.execute_query(_FORGET, database_=DATABASE)
        return digests(self.store, name, minutes=minutes)


@contextmanager
def seeded_on(running: Neo4jServer) -> Iterator[SeededServer]:
    """Load the pack into an empty server, and tell nights there."""
    access = {"user": USER, "password": running.password, "database": DATABASE}
    with closing(Neo4jGraphStore(running.uri, **access)) as store:
        store.write(lambda tx: tx.replace_pack(seeded()))
        yield SeededServer(running, store)


@dataclass
class Report:
    """What was told; `differing` names nights, and must stay empty."""

    version: str
    minutes: float | None
    nights: int = 0
    diagnoses: int = 0
    differing: list[str] = field(default_factory=list)
    seconds: float = 0.0


def main(arguments: Sequence[str]) -> int:
    """Tell every night and print what differed; returns 1 if any did."""
    parser = argparse.ArgumentParser(prog="nights", description=__doc__)
    parser.add_argument("--version", choices=VERSIONS, default="5.26")
    parser.add_argument("--minutes", type=float, help="after the first related alert; all")
    chosen = parser.parse_args(arguments)
    report, started = Report(chosen.version, chosen.minutes), time.perf_counter()
    with neo4j_server(chosen.version) as running, seeded_on(running) as server:
        for name in NIGHTS:
            found = server.digests(name, minutes=chosen.minutes)
            report.nights += 1
            report.diagnoses += len(found)
            if found != expected(name, chosen.minutes):
                report.differing.append(name)
    report.seconds = round(time.perf_counter() - started, 1)
    told = {"soak": "nights", "commit": commit(ROOT), "machine": describe_machine()}
    sys.stdout.write(json.dumps(told | vars(report), ensure_ascii=False) + "\n")
    return 1 if report.differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
