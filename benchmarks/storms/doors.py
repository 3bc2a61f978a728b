"""Ways to ask the product: its published command, or the same calls within this process.

Both give the same digests; the second loads the pack once and reads each alert once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from api.bootstrap import Assistant, build_in_memory
from api.doorway.stateless import Delivery, read_alert_file, read_change_file
from api.settings import Settings
from benchmarks.storms.answers import Answer, read_answer
from benchmarks.storms.cases import MINUTES, Case
from benchmarks.storms.loopy import loopy_ranking
from graph.model.access import Principal, Source
from graph.model.incident import Incident
from graph.model.pack import DomainPack

COMMAND = (sys.executable, "-m", "api.cli")

Diagnoses = Sequence[Mapping[str, Any]]


class Door(Protocol):
    """Answers a case at each instant, in order; None = after everything was received."""

    def ask(self, case: Case, instants: Sequence[datetime | None]) -> Iterator[Diagnoses]:
        """Yield the diagnoses of all incidents at each instant."""
        ...


class FrontDoor:
    """Runs `etiograph diagnose` as a user would, one process per instant."""

    def __init__(self, packs: Sequence[Path], *, command: Sequence[str] = COMMAND) -> None:
        """`packs` are given with `--pack`; `command` is how the product is started."""
        self._command = tuple(command)
        self._packs = [part for pack in packs for part in ("--pack", str(pack))]

    def ask(self, case: Case, instants: Sequence[datetime | None]) -> Iterator[Diagnoses]:
        """Yield the diagnoses of all incidents at each instant.

        Raises: RuntimeError with the product's own words if a run fails.
        """
        for at in instants:
            yield self._run(case, at)

    def _run(self, case: Case, at: datetime | None) -> Diagnoses:
        call = [*self._command, "diagnose", str(case.alerts), "--changes", str(case.changes)]
        call += ["--source", case.source, *self._packs, "--json"]
        call += ["--at", at.isoformat()] if at is not None else []
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{case.name!r} at {at}: exit {done.returncode}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


class InProcess:
    """Makes the calls of the same command within this process, over a store in memory."""

    def __init__(self, pack: DomainPack, *, loopy_at: Sequence[int] = ()) -> None:
        """Diagnose on this pack.

        At so many minutes after the first related alert each diagnosis also tells, as `loopy`,
        what propagation alone would rank first.
        """
        self._pack = pack
        self._loopy_at = frozenset(timedelta(minutes=minute) for minute in loopy_at)

    def ask(self, case: Case, instants: Sequence[datetime | None]) -> Iterator[Diagnoses]:
        """Yield the diagnoses of all incidents at each instant, receiving in between."""
        assistant = build_in_memory(Settings(home=case.folder))
        assistant.store.write(lambda tx: tx.replace_pack(self._pack))
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        source = Source(name=case.source, replay=True, created_at=epoch)
        assistant.store.write(lambda tx: tx.put_source(source))
        waiting = sorted(
            [*read_alert_file(case.alerts), *read_change_file(case.changes)],
            key=lambda delivery: (delivery.received_at, delivery.rank),
        )
        for at in instants:
            while waiting and (at is None or waiting[0].received_at <= at):
                _receive(assistant, case.source, waiting.pop(0))
            both = at is not None and at - case.first_at in self._loopy_at
            yield [
                self._diagnose(assistant, incident, at, loopy=both) for incident in _open(assistant)
            ]
        assistant.store.close()

    def _diagnose(
        self, assistant: Assistant, incident_id: str, at: datetime | None, *, loopy: bool
    ) -> Mapping[str, Any]:
        now = datetime.now(UTC)
        told = assistant.diagnoser.diagnose_incident(incident_id, computed_at=now, at=at)
        said: dict[str, Any] = told.model_dump(mode="json", by_alias=True)
        if loopy:
            said["loopy"] = loopy_ranking(assistant, self._pack, incident_id, at=at)
        return said


def _receive(assistant: Assistant, source: str, delivery: Delivery) -> None:
    intake, principal = assistant.intake, Principal(name=source, source=source)
    receive = intake.receive_alertmanager if delivery.rank else intake.receive_changes
    receive(principal, delivery.body, received_at=delivery.received_at)


def _open(assistant: Assistant) -> list[str]:
    """List the incidents that were not merged away, oldest first."""
    found: list[Incident] = []
    cursor: str | None = None
    while True:
        page = assistant.store.incidents(Principal(name="engine"), cursor=cursor, limit=200)
        found += [i for i in page.items if isinstance(i, Incident) and i.merged_into is None]
        cursor = page.next_cursor
        if cursor is None:
            return [i.id for i in sorted(found, key=lambda i: (i.opened_at, i.id))]


def answers(
    door: Door, case: Case, *, clock: Callable[[], float] = time.perf_counter
) -> dict[str, Answer]:
    """Ask at every minute of `MINUTES` after the first related alert, and at the end."""
    found: dict[str, Answer] = {}
    replies = door.ask(case, case.instants())
    for name in (*(f"{m}" for m in MINUTES), "end"):
        began = clock()
        found[name] = read_answer(next(replies), case, round(clock() - began, 3))
    return found
