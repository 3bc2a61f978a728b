"""Fell the Neo4j server under a storm, killed or stopped in turn: the diagnosis must not differ.

`python -m tests.e2e.fell_neo4j --rounds 100` is the soak; the test runs the same code. Our process
lives on: a post that it could not keep is answered with 503 and sent again once `readyz` is 200.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from api.client import ApiClient, connect
from benchmarks.machine import commit, describe_machine
from benchmarks.served import ROOT
from benchmarks.storm_posts import Post, storm_posts
from graph.errors import StoreError
from tests.e2e.grounds import VERSION, Neo4jGrounds, Place
from tests.e2e.kill_storm import ALERTS, POSTS, Digests, differing, digests, undisturbed
from tests.neo4j_server import Neo4jServer, neo4j_server

_LONGEST_S: Final = 0.5
_PATIENCE_S: Final = 300.0  # of a post whose server has just started, on a machine that is busy


@dataclass
class Felled:
    """What a run found; `differing` says what, and must stay empty."""

    seed: int
    rounds: int = 0
    storms: int = 0
    acknowledged: int = 0
    refused: int = 0
    differing: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run_fells(
    grounds: Neo4jGrounds,
    running: Neo4jServer,
    *,
    rounds: int,
    seed: int,
    truth: Digests | None = None,
) -> Felled:
    """Send storm after storm; the Neo4j server falls during a post until `rounds` falls were made.

    `truth` as in `run_kills`.
    """
    chance, report = random.Random(seed), Felled(seed=seed)
    started = time.perf_counter()
    truth = truth or undisturbed(grounds.fresh("calm"))
    while report.rounds < rounds:
        place = grounds.fresh(f"fell-{report.storms}")
        found = _storm(place, running, chance=chance, rounds=rounds, report=report)
        report.storms += 1
        report.differing += [f"storm {report.storms}: {i}" for i in differing(truth, found)]
    report.seconds = round(time.perf_counter() - started, 1)
    return report


def _storm(
    place: Place, running: Neo4jServer, *, chance: random.Random, rounds: int, report: Felled
) -> Digests:
    with (
        place.serving() as server,
        connect(server.url, token=place.token, timeout_s=_PATIENCE_S) as source,
    ):
        posts = storm_posts(alerts=ALERTS, posts=POSTS)
        for post in posts:
            if report.rounds == rounds:
                _keep(source, post, report=report)
                continue
            how = running.kill if report.rounds % 2 == 0 else running.stop
            faller = threading.Timer(chance.uniform(0, _LONGEST_S), how)
            faller.start()
            kept = _keep(source, post, report=report)
            faller.join()
            running.start()
            server.wait_ready()
            report.rounds += 1
            if not kept and not _keep(source, post, report=report):
                raise AssertionError("a post was refused after the server had come back")
        return digests(server)


def _keep(source: ApiClient, post: Post, *, report: Felled) -> bool:
    """Post; tells whether it was acknowledged. 503 is the one other answer."""
    try:
        source.post_alerts(post.body, received_at=post.received_at)
    except StoreError:
        report.refused += 1
        return False
    report.acknowledged += 1
    return True


def main(arguments: Sequence[str]) -> int:
    """Run the soak and print its result; returns 1 if any diagnosis differed."""
    parser = argparse.ArgumentParser(prog="fell_neo4j", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="etiograph-soak-") as folder,
        neo4j_server(VERSION) as running,
    ):
        grounds = Neo4jGrounds(Path(folder), running)
        report = run_fells(grounds, running, rounds=chosen.rounds, seed=chosen.seed)
    told = {"soak": "fell_neo4j", "commit": commit(ROOT), "machine": describe_machine()}
    sys.stdout.write(json.dumps(told | vars(report), ensure_ascii=False) + "\n")
    return 1 if report.differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
