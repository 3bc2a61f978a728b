"""Kill the server in the middle of a storm, again and again: the diagnosis must not differ.

`python -m tests.e2e.kill_storm --kills 1000 [--store neo4j]` is the soak; the test runs the same
code. A post without an answer is sent again, as Alertmanager does. What a server that nobody killed
says of the same storm is the truth: the same incidents with the same digests.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from api.client import ApiClient, UnreachableError, connect
from benchmarks.machine import commit, describe_machine
from benchmarks.served import ROOT, ServerProcess, wait_until
from benchmarks.storm_posts import Post, storm_posts
from graph.model.diagnosis import Diagnosis
from graph.model.digest import diagnosis_digest
from tests.e2e.grounds import Grounds, Place, grounds_of

ALERTS: Final = 380
POSTS: Final = 20
_LONGEST_S: Final = 0.4

Digests = dict[str, str]


@dataclass
class Report:
    """What a run of kills found; `differing` says what, and must stay empty."""

    seed: int
    store: str = "embedded"
    kills: int = 0
    storms: int = 0
    acknowledged: int = 0
    sent_again: int = 0
    differing: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run_kills(grounds: Grounds, *, kills: int, seed: int, truth: Digests | None = None) -> Report:
    """Send storm after storm with a kill during each post, until `kills` kills were made.

    `truth` is what a calm server says of the storm, on whatever store, where that is known already.
    """
    chance, report = random.Random(seed), Report(seed=seed, store=grounds.store)
    started = time.perf_counter()
    truth = truth or undisturbed(grounds.fresh("calm"))
    while report.kills < kills:
        place = grounds.fresh(f"storm-{report.storms}")
        found = _disturbed(place, chance=chance, report=report)
        report.storms += 1
        for incident_id in differing(truth, found):
            report.differing.append(f"storm {report.storms}: {incident_id}")
        shutil.rmtree(place.home)
    report.seconds = round(time.perf_counter() - started, 1)
    return report


def differing(truth: Digests, found: Digests) -> list[str]:
    """Name the incidents that only one side has, or of which the sides say something else."""
    return sorted(i for i in truth.keys() | found.keys() if truth.get(i) != found.get(i))


def undisturbed(place: Place) -> Digests:
    """Send the storm to a server that nobody kills."""
    with place.serving() as server, server.client(place.token) as source:
        for post in storm_posts(alerts=ALERTS, posts=POSTS):
            source.post_alerts(post.body, received_at=post.received_at)
        return digests(server)


def _disturbed(place: Place, *, chance: random.Random, report: Report) -> Digests:
    """Send the storm; the server is killed at a chance moment around each post."""
    server, token = place.server(), place.token
    server.start()
    try:
        for post in storm_posts(alerts=ALERTS, posts=POSTS):
            server.wait_ready()
            _post_and_kill(
                server, token, post, after_s=chance.uniform(0, _LONGEST_S), report=report
            )
            report.kills += 1
            server.start()
        server.wait_ready()
        return digests(server)
    finally:
        server.stop()


def _post_and_kill(
    server: ServerProcess, token: str, post: Post, *, after_s: float, report: Report
) -> None:
    """Post while the server is killed `after_s` seconds later; post again if no answer came."""
    killer = threading.Timer(after_s, server.kill)
    with connect(server.url, token=token) as source:
        killer.start()
        answered = _posted(source, post)
        killer.join()
    report.acknowledged += answered
    if not answered:
        report.sent_again += 1
        server.start()
        server.wait_ready()
        with connect(server.url, token=token) as source:
            report.acknowledged += _posted(source, post)
        server.kill()


def _posted(source: ApiClient, post: Post) -> bool:
    try:
        source.post_alerts(post.body, received_at=post.received_at)
    except UnreachableError:
        return False
    return True


def digests(server: ServerProcess) -> Digests:
    """Wait until nothing is left to do; give the digest of each incident's diagnosis."""
    with server.client() as reader:
        wait_until(
            lambda: reader.board().engine.jobs_open == 0,
            what="all jobs to be done",
            timeout_s=120,
            alive=server.check_alive,
        )
        found = {}
        for incident in reader.incidents().items:
            told = reader.diagnosis(incident.id, wait_s=30)
            said = diagnosis_digest(told) if isinstance(told, Diagnosis) else "none"
            found[incident.id] = incident.merged_into or said
        return found


def main(arguments: Sequence[str]) -> int:
    """Run the soak and print its result; returns 1 if any diagnosis differed."""
    parser = argparse.ArgumentParser(prog="kill_storm", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=("embedded", "neo4j"), default="embedded")
    chosen = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="etiograph-soak-") as folder,
        grounds_of(chosen.store, Path(folder)) as grounds,
    ):
        report = run_kills(grounds, kills=chosen.kills, seed=chosen.seed)
    told = {"soak": "kill_storm", "commit": commit(ROOT), "machine": describe_machine()}
    sys.stdout.write(json.dumps(told | vars(report), ensure_ascii=False) + "\n")
    return 1 if report.differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
