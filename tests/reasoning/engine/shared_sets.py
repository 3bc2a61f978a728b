"""The shared causal sets with true answers; tests skip where they are absent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

FOLDER: Final = Path(__file__).resolve().parents[4] / "shared" / "data" / "causal"


@dataclass(frozen=True)
class SharedCase:
    """A problem file, its observations file and the truth of each incident."""

    problem: str
    observations: str
    truths: tuple[Mapping[str, Any], ...]


def shared_cases(*names: str) -> Iterator[SharedCase]:
    """Yield the cases of the named sets, or skip the calling test."""
    manifest = FOLDER / "manifest.json"
    if not manifest.exists():
        pytest.skip(f"no shared causal sets: put them in {FOLDER.name} beside the repository")
    sets = json.loads(manifest.read_text(encoding="utf-8"))["sets"]
    for name in names:
        for entry in sets[name]:
            lines = (FOLDER / entry["truth"]).read_text(encoding="utf-8").splitlines()
            yield SharedCase(
                str(FOLDER / entry["problem"]),
                str(FOLDER / entry["observations"]),
                tuple(json.loads(line) for line in lines),
            )
