"""Kill exports and rebuilds again and again, and count what is neither old nor new.

`python -m tests.api.moving_kill_loop --kills 1000` is the soak; the test runs the same code.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from api.moving.checking import check_export
from api.moving.sources import opened_source, read_manifest
from benchmarks.machine import commit, describe_machine
from graph.errors import EtiographError
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.moving_room import export_of, quiet, rebuilt
from tests.contracts.full_house import all_records, fill
from tests.contracts.samples import later

_ROOT: Final = Path(__file__).resolve().parents[2]
_LONGER: Final = 1.2
_PATIENCE_S: Final = 60.0
_FORK: Final = multiprocessing.get_context("fork")


@dataclass
class Report:
    """What a run of kills found; `faults` must stay empty.

    `cut` of the kills fell before the work was over; `old` and `new`: what export then stood.
    """

    seed: int
    kills: int = 0
    cut: int = 0
    old: int = 0
    new: int = 0
    resumed: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


class House:
    """A store, its export, and the store that is rebuilt from it."""

    def __init__(self, room: Path) -> None:
        """Fill the store and export it once."""
        self.path: Final = room / "store.db"
        self.folder: Final = room / "搬家"
        self.target: Final = room / "target.db"
        store = EmbeddedGraphStore(self.path)
        store.write(fill)
        export_of(store, self.folder)
        store.close()
        self.seconds = _timed(self.export_again)

    def export_again(self) -> None:
        """Be the process that exports."""
        store = EmbeddedGraphStore(self.path)
        export_of(store, self.folder)
        store.close()

    def rebuild(self) -> None:
        """Be the process that rebuilds."""
        store = EmbeddedGraphStore(self.target)
        rebuilt(store, self.folder)
        store.close()

    def grow(self, n: int) -> None:
        """Change the store, so that the next export is another."""
        store = EmbeddedGraphStore(self.path)
        store.write(
            lambda tx: tx.add_audit(at=later(n), actor="a", kind="k", subject="s", detail={"n": n})
        )
        store.close()

    def digest(self) -> str:
        """Check the export that stands; returns its digest."""
        store = EmbeddedGraphStore(None)
        try:
            with opened_source(self.folder) as source:
                manifest = read_manifest(source)
                check_export(store, source, manifest, quiet)
        finally:
            store.close()
        return manifest.digest

    def empty_target(self) -> None:
        """Throw the rebuilt store away."""
        for path in self.target.parent.glob("target.db*"):
            path.unlink()


def run_kills(room: Path, *, kills: int, seed: int) -> Report:
    """Kill exports and rebuilds in turn, `kills` times, and check what each left."""
    chance = random.Random(seed)
    report = Report(seed=seed)
    house = House(room)
    started = time.perf_counter()
    while report.kills < kills:
        _kill_export(house, chance, report)
        _kill_rebuild(house, chance, report, at_most=kills - report.kills)
    report.seconds = round(time.perf_counter() - started, 1)
    return report


def _kill_export(house: House, chance: random.Random, report: Report) -> None:
    """Kill an export: the old one stands or the new one, whole; the next goes through."""
    house.grow(report.kills)
    before = house.digest()
    cut = _killed(house.export_again, chance.uniform(0, house.seconds * _LONGER))
    report.kills += 1
    report.cut += cut
    try:
        after = house.digest()
    except EtiographError as error:
        report.faults.append(f"after kill {report.kills} the export is broken: {error}")
        return
    report.old += after == before
    report.new += after != before
    if not cut and after == before:
        report.faults.append(f"kill {report.kills} came late, and the old export stands")
    house.export_again()
    left = [path.name for path in house.folder.iterdir() if path.suffix == ".new"]
    if left:
        report.faults.append(f"after kill {report.kills} and a new export {left} is left")


def _kill_rebuild(house: House, chance: random.Random, report: Report, *, at_most: int) -> None:
    """Kill a rebuild a few times and let it end: the store is that of one that nobody killed."""
    house.empty_target()
    took = _timed(house.rebuild)
    wanted = _content(house.target)
    house.empty_target()
    for _ in range(min(chance.randint(1, 3), at_most)):
        cut = _killed(house.rebuild, chance.uniform(0, took * _LONGER))
        report.kills += 1
        report.cut += cut
        report.resumed += cut
    try:
        house.rebuild()
    except EtiographError as error:
        report.faults.append(f"after kill {report.kills} the rebuild does not go on: {error}")
        return
    if _content(house.target) != wanted:
        report.faults.append(f"after kill {report.kills} the rebuilt store is another")


def _killed(work: Callable[[], None], after_s: float) -> bool:
    """Run `work` in a process and kill it after some seconds; tells whether it was cut off."""
    process = _FORK.Process(target=work)
    process.start()
    process.join(after_s)
    process.kill()
    process.join()
    cut = process.exitcode != 0
    process.close()
    return cut


def _content(path: Path) -> object:
    store = EmbeddedGraphStore(path)
    found = (all_records(store), store.epoch(), store.check()["integrity"])
    store.close()
    return found


def _timed(work: Callable[[], None]) -> float:
    """Measure how long `work` takes in a process of its own, the start included."""
    started = time.perf_counter()
    _killed(work, _PATIENCE_S)
    return time.perf_counter() - started


def main(arguments: Sequence[str]) -> int:
    """Run the soak; returns 1 if anything was neither old nor new."""
    parser = argparse.ArgumentParser(prog="moving_kill_loop", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        report = run_kills(Path(folder), kills=chosen.kills, seed=chosen.seed)
    told = {"soak": "kill_move", "commit": commit(_ROOT), "machine": describe_machine()}
    sys.stdout.write(json.dumps(told | vars(report), ensure_ascii=False) + "\n")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
