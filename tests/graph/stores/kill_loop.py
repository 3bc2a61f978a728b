"""Kill a writing process again and again, and count what it had promised and lost.

`python -m tests.graph.stores.kill_loop --kills 1000` is the soak; the test runs the same code.
The writer says a number after its transaction has returned; that number must be there afterwards.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.machine import commit, describe_machine
from graph.audit_chain import verify_log
from graph.model.pack import DomainPack
from graph.ports import Store, Transaction
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.contracts.remediation_samples import observation, remediation
from tests.contracts.samples import ANYBODY, T0, alert, component, incident, pack, relation

_ROOT: Final = Path(__file__).resolve().parents[3]
_COMPONENTS: Final = 150
_MOST_PROMISES: Final = 12
_ONE_EACH: Final = (
    *("incidents", "alerts", "ledger", "payloads"),
    *("observations", "remediations", "audit"),
)


@dataclass
class Report:
    """What a run of kills found; `lost` and `torn` say what, and must stay empty."""

    seed: int
    kills: int = 0
    promised: int = 0
    unpromised: int = 0
    lost: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    seconds: float = 0.0


def pack_number(n: int) -> DomainPack:
    """Make the pack that transaction `n` loads: every relation differs from that before."""
    ids = [f"c{i:03d}" for i in range(_COMPONENTS)]
    strength = (n % 1000) / 1000
    chain = itertools.pairwise(ids)
    return pack(
        tuple(component(id) for id in ids),
        tuple(relation(a, b, strength=strength) for a, b in chain),
    )


def write_number(transaction: Transaction, n: int) -> None:
    """Write transaction `n`: every kind of record, and a whole pack."""
    incident_id = f"inc-{n}"
    body = f"payload {n}".encode()
    transaction.add_payload(source="am", digest=f"{n}", received_at=T0, body=body)
    transaction.put_incident(incident(f"{n}"), expected_version=None)
    placed = alert(f"{n}").model_copy(update={"incident_id": incident_id})
    transaction.add_alert(placed)
    transaction.replace_pack(pack_number(n))
    transaction.add_ledger(
        incident_id, at=T0, kind="incident_opened", actor="engine", detail={"n": n}
    )
    transaction.put_observation(observation(f"{n}", incident_id=incident_id))
    request = remediation(f"{n}", incident_id=incident_id)
    transaction.put_remediation(request, expected_version=None)
    transaction.add_audit(
        at=T0, actor=request.requester, kind="requested", subject=request.id, detail={"n": n}
    )
    transaction.enqueue("diagnose", key=incident_id, payload={"n": n}, at=T0)


def write_for_ever(path: Path, first: int) -> None:
    """Be the process that is killed: write numbers from `first` on, promising each."""
    store = EmbeddedGraphStore(path)
    store.write(lambda transaction: transaction.release_jobs())
    _do_jobs(store)
    n = first
    while True:
        store.write(lambda transaction, n=n: write_number(transaction, n))  # type: ignore[misc]
        sys.stdout.write(f"{n}\n")
        sys.stdout.flush()
        _do_jobs(store)
        n += 1


def _do_jobs(store: Store) -> None:
    while (job := store.write(lambda transaction: transaction.claim_job(at=T0))) is not None:
        store.write(lambda transaction, id=job.id: transaction.finish_job(id))  # type: ignore[misc]


def run_kills(path: Path, *, kills: int, seed: int) -> Report:
    """Start a writer on the store in `path`, kill it, and check; `kills` times on one store."""
    chance = random.Random(seed)
    report = Report(seed=seed)
    started = time.perf_counter()
    first = 0
    for _ in range(kills):
        last = _killed_writer(path, first, chance=chance)
        first = _check(path, first, last, report=report)
        report.kills += 1
    report.seconds = round(time.perf_counter() - started, 1)
    return report


def _killed_writer(path: Path, first: int, *, chance: random.Random) -> int:
    """Let a writer promise some numbers and kill it in mid-work; returns the last promise."""
    command = [sys.executable, "-m", "tests.graph.stores.kill_loop"]
    command += ["--write", str(path), "--first", str(first)]
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as writer:
        assert writer.stdout is not None
        wanted = chance.randint(0, _MOST_PROMISES)
        promises = [int(writer.stdout.readline()) for _ in range(wanted)]
        # Nothing to wait for: spin, so that the kill falls anywhere within a transaction.
        end = time.perf_counter() + chance.uniform(0, 0.05)
        while time.perf_counter() < end:
            pass
        writer.kill()
        promises += [int(line) for line in writer.stdout.read().split()]
    return promises[-1] if promises else first - 1


def _check(path: Path, first: int, last: int, *, report: Report) -> int:
    """Check what the writer left; returns the next number to write."""
    store = EmbeddedGraphStore(path)
    try:
        stored = last
        for n in range(first, last + 1):
            report.promised += 1
            if not _is_whole(store, n):
                report.lost.append(f"number {n}")
        if _is_whole(store, last + 1):  # committed, but killed before it could say so
            report.unpromised += 1
            stored = last + 1
        report.torn += _torn(store, stored)
        return stored + 1
    finally:
        store.close()


def _is_whole(store: Store, n: int) -> bool:
    incident_id = f"inc-{n}"
    requests = store.remediations(ANYBODY, incident_id=incident_id).items
    found = (
        len([item for item in store.alerts_of(incident_id) if item.alert.fingerprint == f"{n}"]),
        [entry.detail for entry in store.ledger(incident_id)],
        [line.detail for line in store.audit_chain(after=n, limit=1)],
        len(store.observations_of(incident_id)),
    )
    whole = requests == (remediation(f"{n}", incident_id=incident_id),)
    return whole and found == (1, [{"n": n}], [{"n": n}], 1)


def _torn(store: Store, last: int) -> list[str]:
    """Name what a half-done transaction would leave: other counts, another pack, a bad file."""
    report = store.check()
    rows = report["rows"]
    assert isinstance(rows, dict)
    torn = [] if report["integrity"] == "ok" else [str(report["integrity"])]
    torn += [
        f"{table} has {rows[table]} rows after number {last}"
        for table in _ONE_EACH
        if rows[table] != last + 1
    ]
    if last >= 0 and store.pack("medical") != pack_number(last):
        torn.append(f"the pack is not that of number {last}")
    if last >= 0 and store.incident(ANYBODY, f"inc-{last}") != incident(f"{last}"):
        torn.append(f"incident {last} is not as it was written")
    chain = verify_log(store)
    if chain.broken is not None or chain.seq != last + 1:
        torn.append(f"the audit chain ends at {chain.seq} with {chain.broken}")
    if store.jobs_open() > 1 or store.jobs_failed():
        torn.append(f"{store.jobs_open()} jobs are open, {len(store.jobs_failed())} have failed")
    return torn


def main(arguments: Sequence[str]) -> int:
    """Run as the writer (`--write`), or as the soak; returns 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="kill_loop", description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    if chosen.write is not None:
        write_for_ever(chosen.write, chosen.first)
    with tempfile.TemporaryDirectory() as folder:
        report = run_kills(Path(folder) / "store.db", kills=chosen.kills, seed=chosen.seed)
    told = {"soak": "kill_store", "commit": commit(_ROOT), "machine": describe_machine()}
    sys.stdout.write(json.dumps(told | vars(report), ensure_ascii=False) + "\n")
    return 1 if report.lost or report.torn else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
