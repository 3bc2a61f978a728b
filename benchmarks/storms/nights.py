"""What was answered in one night, minute by minute, as one line of a file that can be resumed.

A line holds all that judging needs (`benchmarks.storms.verdicts`), so that rules of judging can be
read, and argued about, without asking again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.storms.baselines import Baselines
from benchmarks.storms.cases import Case
from benchmarks.storms.doors import Door

ASKED = ("1", "2", "3", "5", "10", "end")
"""The instants that are judged: minutes after the first related alert, and the end."""
WATCHED = ("1", "2", "3", "5", "7", "10", "15", "end")
"""The instants between which changes of the top cause are counted."""
_KEPT = 6

Night = dict[str, Any]


def instants(case: Case, times: Sequence[str]) -> list[datetime | None]:
    """Translate names of instants for one case; the end is None."""
    return [None if t == "end" else case.first_at + timedelta(minutes=int(t)) for t in times]


def watch_night(case: Case, door: Door, rules: Baselines | None, times: Sequence[str]) -> Night:
    """Ask at every instant of one night, and every rule of thumb beside where `rules` are given."""
    asked = instants(case, times)
    said = door.ask(case, asked)
    return {
        "case": case.name,
        "family": case.name.rpartition("-")[0],
        "seed": case.seed,
        "truth_kind": case.truth_kind,
        "causes": list(case.causes),
        "first_at": case.first_at.isoformat(),
        "related_alerts": case.related_firing,
        "at": {time: [compact(told) for told in next(said)] for time in times},
        "rules": {
            time: {name: list(ranked[:3]) for name, ranked in rules.rank(case, at).items()}
            for time, at in zip(times, asked, strict=True)
            if rules is not None and time in ASKED
        },
    }


def compact(diagnosis: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of a `diag/v1` what judging needs."""
    return {
        "status": diagnosis["status"],
        "settling": diagnosis["settling"],
        "urgency": {"level": diagnosis["urgency"]["level"]},
        "as_of": {"alerts_included": diagnosis["as_of"]["alerts_included"]},
        "method": diagnosis["engine"]["method"],
        "explained": diagnosis["coverage"]["explained"],
        "hypotheses": [
            {key: row[key] for key in ("rank", "kind", "component_id", "posterior")}
            for row in diagnosis["hypotheses"][:_KEPT]
        ],
        "sets": [
            {key: row[key] for key in ("component_ids", "posterior")}
            for row in diagnosis["inseparable_sets"]
        ],
        "loopy": list(diagnosis.get("loopy", ())),
    }


class Diary:
    """The lines of one run; a case that stands in it is not asked again."""

    def __init__(self, path: Path) -> None:
        """Read what an earlier, interrupted run left."""
        self._path = path
        self._nights = {night["case"]: night for night in read_nights([path])}

    def __contains__(self, name: str) -> bool:
        """Tell whether a case was answered already."""
        return name in self._nights

    def add(self, night: Night) -> None:
        """Append a night at once."""
        self._nights[night["case"]] = night
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(night, ensure_ascii=False) + "\n")

    def nights(self) -> list[Night]:
        """List every night, in order of the run."""
        return list(self._nights.values())


def read_nights(paths: Iterable[Path]) -> list[Night]:
    """Read the nights of several files; a line that a killed run left half is dropped."""
    found = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return found
