"""The whole evaluation: `python -m benchmarks.storms.evaluate --mix A..B --cdn C..D --out NAME`.

Three parts, each a file of nights (`NAME-PART.part` beside the results) with which an interrupted
run goes on: a mix of all families, one a seed in turn; the CDN storm on seeds of its own; and the
mix asked once more, at ten minutes, of a pack that forgot a tenth of its relations, with and
without the proposals told from siblings. `--only` runs one part, so that two processes can share
the work; figures are made from what is there, and `torn_whole` is the mix of the same seeds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import provenance
from benchmarks.simulator.structure import platform_of
from benchmarks.storms.__main__ import LIBRARY, PACK, ROOT
from benchmarks.storms.baselines import Baselines
from benchmarks.storms.cases import Case, fresh, known_families
from benchmarks.storms.curve import reliability_curve
from benchmarks.storms.doors import Door, InProcess
from benchmarks.storms.nights import ASKED, WATCHED, Diary, Night, watch_night
from benchmarks.storms.torn import TORN, no_proposals, tear
from benchmarks.storms.verdicts import figures
from graph.model.pack import DomainPack
from ingest.packs import expand_to_json, load_pack

PARTS = ("mix", "cdn", "torn")
RESULTS = ROOT / "benchmarks" / "results"
_LOOPY_AT = (3, 10)
_STORM = "cdn-storm"


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer what is not answered yet, write figures and curve; returns 0."""
    asked = _parser().parse_args(arguments)
    pack = load_pack(PACK, library_folder=LIBRARY)
    diaries = {part: Diary(RESULTS / f"{asked.out}-{part}.part") for part in PARTS}
    for part in () if asked.tell else PARTS:
        if part in (asked.only or PARTS):
            _answer(part, asked, pack, diaries[part])
    told = summary(asked, {part: diary.nights() for part, diary in diaries.items()})
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (RESULTS / f"{asked.out}.json").write_text(text + "\n", encoding="utf-8")
    if "mix" in told:
        bins = told["mix"]["reliability"]["10"]["bins"]
        drawn = reliability_curve(bins, title=f"First hypothesis at 10 minutes, {asked.out}")
        (RESULTS / f"{asked.out}.svg").write_text(drawn, encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.storms.evaluate", description=__doc__
    )
    parser.add_argument("--mix", type=_seeds, default=[], metavar="A..B")
    parser.add_argument("--cdn", type=_seeds, default=[], metavar="A..B")
    parser.add_argument("--out", required=True, metavar="NAME")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--tell", action="store_true", help="ask nothing, tell what is there")
    return parser


def _seeds(text: str) -> list[int]:
    """Read `A..B`, both included. Raises: ValueError, as argparse wants it."""
    first, _, last = text.partition("..")
    return list(range(int(first), int(last or first) + 1))


def _answer(part: str, asked: argparse.Namespace, pack: DomainPack, diary: Diary) -> None:
    seeds = asked.cdn if part == "cdn" else asked.mix
    families = [_STORM] if part == "cdn" else known_families(())
    missing = [s for s in seeds if f"{families[s % len(families)]}-{s}" not in diary]
    watch = _watcher(part, pack)
    with tempfile.TemporaryDirectory() as folder:
        platform = platform_of(expand_to_json(pack))
        for case in fresh(platform, missing, Path(folder), families=families, every=False):
            night = watch(case)
            diary.add(night)
            sys.stderr.write(f"{part} {case.name}: {_line(night)}\n")


def _watcher(part: str, pack: DomainPack) -> Callable[[Case], Night]:
    if part == "torn":
        return lambda case: _torn_night(pack, case)
    door: Door = InProcess(pack, loopy_at=_LOOPY_AT)
    rules = Baselines(pack)
    times = WATCHED if part == "mix" else ASKED
    return lambda case: watch_night(case, door, rules, times)


def _torn_night(pack: DomainPack, case: Case) -> Night:
    """Ask at ten minutes, relations missing: with proposals, and as `bare` without them."""
    torn = tear(pack, seed=case.seed)
    night = watch_night(case, InProcess(torn), None, ("10",))
    with no_proposals():
        night["bare"] = watch_night(case, InProcess(torn), None, ("10",))["at"]
    return night


def _line(night: Night) -> str:
    said = night["at"]["10"]
    first = max(said, key=lambda row: row["as_of"]["alerts_included"], default=None)
    if first is None:
        return "no incident"
    top = first["hypotheses"][0]
    return f"{first['status']}, {top['component_id'] or top['kind']} {top['posterior']:.2f}"


def summary(asked: argparse.Namespace, nights: dict[str, list[Night]]) -> dict[str, Any]:
    """Give seeds, commit and every figure of every part that was answered."""
    seeds = {"mix": _span(asked.mix), "cdn": _span(asked.cdn)}
    told: dict[str, Any] = {"benchmark": "storms.evaluate", **provenance(ROOT, seeds)}
    told["torn_share"] = TORN
    for part in PARTS:
        if nights[part]:
            told[part] = figures(nights[part])
    if nights["torn"]:
        told["torn_bare"] = figures([night | {"at": night["bare"]} for night in nights["torn"]])
        same = {night["case"] for night in nights["torn"]}
        told["torn_whole"] = figures([night for night in nights["mix"] if night["case"] in same])
    told["nights"] = {part: list(_rows(found)) for part, found in nights.items() if found}
    return told


def _span(seeds: Sequence[int]) -> str | None:
    return f"{seeds[0]}..{seeds[-1]}" if seeds else None


def _rows(nights: Sequence[Night]) -> Iterator[dict[str, Any]]:
    """Keep of every night the truth, and what the incident told that is the largest."""
    for night in nights:
        yield {
            "case": night["case"],
            "truth": night["causes"] or [night["truth_kind"]],
            "related_alerts": night["related_alerts"],
            "at": {time: _short(rows) for time, rows in night["at"].items()},
        }


def _short(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Write each incident as `status first posterior`, short enough to be read in a diff."""
    return [
        f"{row['status']} {top['component_id'] or top['kind']} {top['posterior']:.3f}"
        for row in rows
        for top in row["hypotheses"][:1]
    ]


if __name__ == "__main__":
    raise SystemExit(main())
