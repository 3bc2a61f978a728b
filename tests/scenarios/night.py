"""Tells a committed scenario to a store that is thrown away, whole or cut into other POSTs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from api.doorway.stateless import diagnose_files
from graph.model.diagnosis import Diagnosis
from graph.model.pack import DomainPack
from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from reasoning.diagnose import Diagnoser
from tests.bench_room import NoKnowledge
from tests.small_pack import after

SEEDED: Final = Path(__file__).resolve().parents[2] / "seeds" / "medical_education"
LIBRARY: Final = SEEDED.parent / "library"


class Night:
    """One scenario folder: its truth, and its deliveries."""

    def __init__(self, name: str) -> None:
        """Read the truth of the scenario of this name."""
        self.folder = SEEDED / "scenarios" / name
        case = yaml.safe_load((self.folder / "case.yaml").read_text(encoding="utf-8"))
        self.truth: dict[str, Any] = case["truth"]
        self.first_at = datetime.fromisoformat(case["first_related_at"])

    @property
    def cause(self) -> str:
        """The component that truly broke (the first named)."""
        return str(self.truth["causes"][0]["component_id"])

    def lines(self) -> list[dict[str, Any]]:
        """Read the received payloads, in order of receipt."""
        text = (self.folder / "alerts.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.strip()]

    def diagnose(
        self, pack: DomainPack, *, alerts: Path | None = None, minutes: float | None = None
    ) -> tuple[Diagnosis, ...]:
        """Diagnose every incident, up to so many minutes after the first related alert."""
        store = EmbeddedGraphStore(None)
        diagnoses = self.tell(pack, store, alerts=alerts, minutes=minutes)
        store.close()
        return diagnoses

    def tell(
        self,
        pack: DomainPack,
        store: Store,
        *,
        alerts: Path | None = None,
        minutes: float | None = None,
    ) -> tuple[Diagnosis, ...]:
        """Diagnose as `diagnose` does, into a store that the caller keeps."""
        found = diagnose_files(
            [alerts or self.folder / "alerts.jsonl"],
            change_file=self.folder / "changes.jsonl",
            packs=[pack],
            source="demo-alerts",
            at=None if minutes is None else self.first_at + timedelta(minutes=minutes),
            store=store,
            diagnoser=Diagnoser(store, NoKnowledge(), meter=lambda: 0.0),
            computed_at=after(0),
        )
        return tuple(found)


def split(lines: Iterable[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    """Cut every payload into POSTs of at most `size` alerts, received at the same instant."""
    cut: list[dict[str, Any]] = []
    for line in lines:
        alerts = line["payload"]["alerts"]
        for start in range(0, max(len(alerts), 1), size):
            payload = line["payload"] | {"alerts": alerts[start : start + size]}
            cut.append(line | {"payload": payload})
    return cut


def write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> Path:
    """Write deliveries as an alert file and return it."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def largest(diagnoses: Iterable[Diagnosis]) -> Diagnosis:
    """Choose the incident with the most alerts; ties by id."""
    return min(diagnoses, key=lambda d: (-d.as_of.alerts_included, d.incident_id))
