"""The attack table: every way to act without the right yes, N times, against a real server.

`python -m tests.e2e.attacks --rounds 1000` prints one JSON object: {way, path, tried, succeeded}
per line of the table, and what the server said how often. SIGINT ends it after the season that
runs; `rounds` is what was done then, of what was `wanted`. Exit 1 if any succeeded, anything moved
that must not, or a way was never tried. An attempt succeeds when the server accepts it, or when an
order arrives at the executor.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from api.log_config import configure_logging
from benchmarks.machine import commit, describe_machine
from benchmarks.served import ROOT, serving
from tests.e2e import (
    attack_clock,
    attack_rights,
    attack_texts,
    attack_undo,
    attack_ways,
    moving_clock,
)
from tests.e2e.attack_home import AttackHome, prepare
from tests.e2e.attack_season import Season, people_of
from tests.e2e.cli_loop import commands
from tests.e2e.receiver import Receiver, receiving

# The lines of the table, in its order, and the paths that reach an action on each.
TABLE: Final[tuple[tuple[Callable[[Season], None], tuple[str, ...]], ...]] = (
    (attack_ways.own_request, ("api", "page")),
    (attack_rights.own_request_run, ("api", "page")),
    (attack_ways.same_person_twice, ("api", "page")),
    (attack_ways.wrong_role, ("api", "page", "cli")),
    (attack_ways.admin, ("api", "page", "cli")),
    (attack_ways.expired, ("api", "page")),
    (attack_ways.replayed, ("api", "page")),
    (attack_ways.edited_parameter, ("api", "page")),
    (attack_ways.changed_target, ("api", "page")),
    (attack_ways.race, ("api", "page")),
    (attack_ways.forged_token, ("api", "page", "cli")),
    (attack_undo.undo_unbidden, ("api", "page")),
    (attack_undo.ending_unbidden, ("api",)),
    (attack_undo.undo_race, ("api",)),
    (attack_rights.held_undo, ("api", "page")),
    (attack_rights.other_site, ("api", "page")),
    (attack_texts.csrf, ("api", "page")),
    (attack_texts.label_injection, ("api", "page")),
    (attack_texts.script_in_annotation, ("api", "page")),
    # The last: what it leaves behind is dated in the future.
    (attack_clock.clock_jump, ("api", "page")),
)
# So short that no request of a season runs out of its time, whatever else the machine does.
_SEASON: Final = 20
# Who is refused too often waits; here each attempt is to meet the gate that it is made for.
_UNSLOWED: Final = {"ETIOGRAPH_REFUSALS_PER_MINUTE": "100000"}


@dataclass
class Report:
    """What the attacks came to; `moved` says what stood otherwise than it must, and stays empty."""

    seed: int
    rounds: int = 0
    seasons: int = 0
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    succeeded: Counter[tuple[str, str]] = field(default_factory=Counter)
    heard: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    moved: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def lines(self) -> list[dict[str, object]]:
        """Write the table, in its order."""
        return [
            {
                "way": way.__name__,
                "path": path,
                "tried": self.tried[way.__name__, path],
                "succeeded": self.succeeded[way.__name__, path],
                "heard": self._heard(way.__name__, path),
            }
            for way, paths in TABLE
            for path in paths
        ]

    def _heard(self, way: str, path: str) -> dict[str, int]:
        return {
            said: count
            for (named, by, said), count in sorted(self.heard.items())
            if (named, by) == (way, path)
        }

    def held(self) -> bool:
        """Tell whether every way was tried and none succeeded."""
        tried = all(self.tried[way.__name__, path] for way, paths in TABLE for path in paths)
        return tried and not self.succeeded.total() and not self.moved


def attack(
    folder: Path, *, rounds: int, seed: int, enough: threading.Event | None = None
) -> Report:
    """Attack in seasons, each a server on a fresh copy of the data folder, until it is `enough`."""
    chance, report = random.Random(seed), Report(seed=seed)
    started = time.perf_counter()
    with receiving() as receiver:
        home = prepare(folder / "prepared", receiver)
        while report.rounds < rounds and not (enough and enough.is_set()):
            copy = folder / f"season-{report.seasons}"
            shutil.copytree(home.folder, copy)
            count = min(_SEASON, rounds - report.rounds)
            _season(copy, home, receiver, count=count, chance=chance, report=report)
            report.seasons += 1
            report.rounds += count
            shutil.rmtree(copy)
    report.seconds = round(time.perf_counter() - started, 1)
    return report


def _season(
    folder: Path,
    home: AttackHome,
    receiver: Receiver,
    *,
    count: int,
    chance: random.Random,
    report: Report,
) -> None:
    receiver.bodies.clear()
    receiver.states.clear()
    receiver.blind.clear()
    clock = moving_clock.MovingClock(folder.with_suffix(".clock"))
    clock.set_off(0.0)
    settings = _UNSLOWED | {moving_clock.VARIABLE: str(folder.with_suffix(".clock"))}
    with (
        serving(folder, settings=settings, command=moving_clock.COMMAND) as server,
        commands(folder, server.port) as line,
        people_of(server, home) as people,
    ):
        season = Season(server, home, receiver, line, clock, chance, count, people)
        for way, _ in TABLE:
            if way is attack_clock.clock_jump:
                season.judge()  # before time itself is tampered with
            way(season)
        season.judge()
    report.tried += season.tried
    report.succeeded += season.succeeded
    report.heard += season.heard
    report.moved += season.moved


def main(arguments: Sequence[str]) -> int:
    """Run the attacks and print the table; returns 1 unless every way was tried and none held."""
    parser = argparse.ArgumentParser(prog="attacks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    configure_logging()
    enough = threading.Event()
    signal.signal(signal.SIGINT, lambda _number, _frame: enough.set())
    with tempfile.TemporaryDirectory(prefix="etiograph-attacks-") as folder:
        report = attack(Path(folder), rounds=chosen.rounds, seed=chosen.seed, enough=enough)
    told = {
        "soak": "attacks",
        "commit": commit(ROOT),
        "machine": describe_machine(),
        "seed": report.seed,
        "rounds": report.rounds,
        "wanted": chosen.rounds,
        "seasons": report.seasons,
        "seconds": report.seconds,
        "moved": report.moved,
        "table": report.lines(),
    }
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return 0 if report.held() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
