"""Measure a storm on both stores: `python -m benchmarks.stores --json [--rounds N] [--version V]`.

380 alerts in 10 POSTs to the diagnosis that covers all of them, over HTTP, by turns on the embedded
store and on a Neo4j server that is started for it and emptied before each of its rounds. Seconds;
the ratio is that of the two in the same round.

The server is a Java process: for its first dozen storms it makes plans and compiles itself. One of
a team has run for days, so `--seasoning` storms go before those that count; how long the first of
them took is printed beside, and the ratio of the second to the fourth.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from benchmarks.latency import summary
from benchmarks.latency import table as latency_table
from benchmarks.machine import provenance
from benchmarks.plain_neo4j import PlainLoader
from benchmarks.served import ServerError
from benchmarks.storm_run import ALERTS, POSTS, Storm, prepare, storm_seconds
from benchmarks.throw_away_neo4j import HEAP_MB, throw_away_server

ROOT: Final = Path(__file__).resolve().parents[1]
# What the issue asks for; printed beside the figure, never asserted.
GOALS: Final = {"ratio": ("p50", 2.0)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0, or 1 with the server's own words when a step failed."""
    asked = _parser().parse_args(arguments)
    try:
        told = measure(asked)
    except (ServerError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print(json.dumps(told, ensure_ascii=False, indent=1) if asked.json else latency_table(told))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stores", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--rounds", type=int, default=10, help="storms on each (default 10)")
    parser.add_argument(
        "--seasoning", type=int, default=10, help="storms on Neo4j before those (default 10)"
    )
    parser.add_argument("--version", default="5.26", help="of Neo4j: 5.26 or 2026")
    return parser


def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """Send the storm by turns; those of the seasoning are told apart."""
    load = f"load average {os.getloadavg()[0]:.1f} before"
    with tempfile.TemporaryDirectory(prefix="etiograph-stores-") as folder:
        count = asked.seasoning + asked.rounds
        rounds = _rounds(Path(folder), count=count, version=asked.version)
    first, counted = rounds[0], rounds[asked.seasoning :]
    embedded, neo4j = zip(*counted, strict=True)
    figures = {
        "embedded_storm_s": summary([storm.seconds for storm in embedded]),
        "embedded_post_s": summary([storm.posted for storm in embedded]),
        "neo4j_storm_s": summary([storm.seconds for storm in neo4j]),
        "neo4j_post_s": summary([storm.posted for storm in neo4j]),
        "neo4j_first_storm_s": {"value": round(first[1].seconds, 3)},
        "ratio": summary(_ratios(counted)),
    }
    if young := rounds[1 : min(4, asked.seasoning)]:
        figures["young_ratio"] = summary(_ratios(young))
    return {
        "benchmark": "stores",
        **provenance(ROOT, first[0].seed),
        "machine_load": f"{load}, {os.getloadavg()[0]:.1f} after",
        "counts": {
            "alerts": ALERTS,
            "posts": POSTS,
            "rounds": asked.rounds,
            "seasoning": asked.seasoning,
            **first[1].counts,
        },
        "neo4j": {"version": asked.version, "heap_mb": HEAP_MB},
        "figures": figures,
        "goals": {name: {key: goal} for name, (key, goal) in GOALS.items()},
    }


def _ratios(rounds: Sequence[tuple[Storm, Storm]]) -> list[float]:
    return [theirs.seconds / ours.seconds for ours, theirs in rounds]


def _rounds(folder: Path, *, count: int, version: str) -> list[tuple[Storm, Storm]]:
    """Send the storm `count` times to each store, embedded first."""
    with throw_away_server(version) as server, closing(PlainLoader(**server.access)) as plain:
        settings = {
            "ETIOGRAPH_STORE": "neo4j",
            "ETIOGRAPH_NEO4J_URI": server.access["uri"],
            "ETIOGRAPH_NEO4J_USER": server.access["user"],
            "ETIOGRAPH_NEO4J_PASSWORD": server.access["password"],
            "ETIOGRAPH_NEO4J_DATABASE": server.access["database"],
        }
        rounds = []
        for number in range(count):
            ours = _storm(folder / f"embedded-{number}", {})
            plain.clear()
            rounds.append((ours, _storm(folder / f"neo4j-{number}", settings)))
        return rounds


def _storm(folder: Path, settings: dict[str, str]) -> Storm:
    folder.mkdir()
    prepared = prepare(folder, settings)
    return storm_seconds(prepared.home, prepared.token, warm=True, settings=settings)


if __name__ == "__main__":
    sys.exit(main())
