"""What is read ahead is what would be read: on every store, and after every write."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import pytest

from graph.errors import NotFoundError
from graph.model.access import Principal
from graph.model.incident import IncidentState
from graph.model.jobs import Job
from graph.model.signals import Lane
from graph.ports import Reader, Store, Transaction
from tests.contracts.full_house import fill
from tests.contracts.samples import T0, alert, change, diagnosis, incident, later, tick

ANYBODY: Final = Principal(name="zhang")
Read = Callable[[Reader], object]
_AT_ONCE: Final = 8

READS: Final[tuple[Read, ...]] = (
    lambda r: r.packs(),
    lambda r: r.component(ANYBODY, "db"),
    lambda r: r.incident(ANYBODY, "inc-1"),
    lambda r: r.incidents(ANYBODY, states=frozenset(IncidentState), limit=2),
    lambda r: r.alerts_of("inc-1"),
    lambda r: r.alerts_by_incident(["inc-1", "inc-2", "inc-none"]),
    lambda r: r.known_alerts([alert("a").evidence_id, "ev-none"]),
    lambda r: r.incident_versions(["inc-1", "inc-2", "inc-none"]),
    lambda r: r.ledger_lengths(["inc-1", "inc-2", "inc-none"]),
    lambda r: r.evidence_counts(["inc-1", "inc-none"]),
    lambda r: r.changes_of("inc-1"),
    lambda r: r.ticks_of("inc-1"),
    lambda r: r.unassigned_alerts("med", since=later(-3600)),
    lambda r: r.changes_between("med", since=later(-7200), until=later(7200)),
    lambda r: r.quarantined_alerts(ANYBODY, limit=3),
    lambda r: r.lane_counts("med"),
    lambda r: r.heartbeats(),
    lambda r: r.diagnosis("inc-1"),
    lambda r: r.has_diagnosis("inc-1", 1),
    lambda r: r.has_diagnosis("inc-1", 99),
    lambda r: r.diagnoses("inc-1", newest=2),
    lambda r: r.revision_tops("inc-1"),
    lambda r: r.ledger("inc-1"),
    lambda r: r.observations_of("inc-1"),
    lambda r: r.remediations(ANYBODY, limit=2),
    lambda r: r.emergency_stop(),
    lambda r: r.audit_chain(after=0, limit=5),
    lambda r: r.users(),
    lambda r: r.sources(),
    lambda r: r.source("am"),
    lambda r: r.tokens(),
    lambda r: r.jobs_open("diagnose"),
    lambda r: r.epoch(),
)


def expect_all(reader: Reader) -> None:
    """Read all ahead, some at a time: a server plans long for a statement that does everything."""
    for place in range(0, len(READS), _AT_ONCE):
        reader.expect(*READS[place : place + _AT_ONCE])


def answers(reader: Reader) -> list[object]:
    """Read everything; what is not found is told as such."""
    found: list[object] = []
    for read in READS:
        try:
            found.append(read(reader))
        except NotFoundError as error:
            found.append(str(error))
    return found


@pytest.mark.parametrize("full", [False, True])
def test_what_is_expected_is_what_is_read(store: Store, full: bool) -> None:
    """Nothing is found otherwise for having been read ahead, in an empty store and in a full."""
    if full:
        store.write(fill)
    plain = answers(store)

    def expecting(reader: Reader) -> list[object]:
        expect_all(reader)
        return answers(reader)

    assert store.read(answers) == plain
    assert store.read(expecting) == plain
    assert store.write(expecting) == plain
    expect_all(store)
    assert answers(store) == plain


def test_a_transaction_reads_what_it_wrote_after_it_expected_less(store: Store) -> None:
    """Each write is seen by each read that looks at it, however early that was read ahead."""
    store.write(fill)

    def work(transaction: Transaction, *, ahead: bool) -> list[list[object]]:
        seen = []
        for write in _WRITES:
            if ahead:
                expect_all(transaction)
            write(transaction)
            seen.append(answers(transaction))
        return seen

    def undone(*, ahead: bool) -> list[list[object]]:
        """Say what was seen in a transaction that leaves nothing."""
        seen: list[list[object]] = []

        def failing(transaction: Transaction) -> None:
            seen.extend(work(transaction, ahead=ahead))
            raise _LeaveNothingError

        with pytest.raises(_LeaveNothingError):
            store.write(failing)
        return seen

    assert undone(ahead=True) == undone(ahead=False)


class _LeaveNothingError(Exception):
    """Ends a transaction without a trace."""


_NEW: Final = alert("fresh", lane=Lane.INCIDENT, incident_id="inc-9")
_WRITES: Final[tuple[Callable[[Transaction], object], ...]] = (
    lambda t: t.put_incident(incident("9"), expected_version=None),
    lambda t: t.add_alerts([_NEW]),
    lambda t: t.place_alerts([_NEW.model_copy(update={"incident_id": "inc-1"})]),
    lambda t: t.put_change(change(incident_ids=("inc-1", "inc-9"))),
    lambda t: t.add_tick(tick("inc-9")),
    lambda t: t.add_diagnosis(diagnosis("inc-9")),
    lambda t: t.add_ledger("inc-1", at=T0, kind="noted", actor="wang", detail={}),
    lambda t: t.add_ledger("inc-9", at=T0, kind="noted", actor="wang", detail={}),
    lambda t: t.enqueue_all("diagnose", {"inc-8": {"n": 1}, "inc-9": {}}, at=T0),
    lambda t: t.claim_job(at=later(3600), kind="diagnose"),
    lambda t: t.put_emergency_stop(None),
    lambda t: t.add_audit(at=T0, actor="wang", kind="noted", subject="inc-9", detail={}),
)


def test_one_read_sees_one_state(store: Store) -> None:
    """What others write meanwhile is there afterwards, and not in the middle."""
    store.write(lambda t: t.put_incident(incident(), expected_version=None))
    others = threading.Thread(target=lambda: store.write(lambda t: t.add_alerts([alert("b")])))
    unit = [alert("a").evidence_id, alert("b").evidence_id]

    def work(reader: Reader) -> list[frozenset[str]]:
        first = reader.known_alerts(unit)
        if not others.ident:
            others.start()
        return [first, reader.known_alerts(unit)]

    first, second = store.read(work)
    others.join(timeout=60)
    assert first == second == frozenset()
    assert store.known_alerts(unit) == {unit[1]}


def test_jobs_queued_together_are_queued_one_after_the_other(store: Store) -> None:
    """Numbers, turns and payloads are those of as many single calls; nobody waits twice."""
    alone: list[Job | None] = []
    together: list[Job | None] = []
    for claimed, queue in ((alone, _one_by_one), (together, _at_once)):
        store.write(lambda t, q=queue: q(t, {"b": {"n": 1}, "a": {"n": 2}}))  # type: ignore[misc]
        store.write(lambda t, q=queue: q(t, {"c": {"n": 3}, "b": {"n": 4}}))  # type: ignore[misc]
        store.write(lambda t, q=queue: q(t, {}))  # type: ignore[misc]
        for _ in range(4):
            job = store.write(lambda t: t.claim_job(at=T0))
            claimed.append(job)
            if job is not None:
                store.write(lambda t, j=job: t.finish_job(j.id))  # type: ignore[misc]
    told = [
        [(job.key, job.payload, job.attempts) for job in jobs if job] for jobs in (alone, together)
    ]
    assert told[0] == told[1] == [("b", {"n": 4}, 1), ("c", {"n": 3}, 1), ("a", {"n": 2}, 1)]
    numbers = [job.id for job in (*alone, *together) if job]
    assert len(numbers) == len(set(numbers))
    assert alone[3] is together[3] is None


def _one_by_one(transaction: Transaction, payloads: dict[str, dict[str, int]]) -> None:
    for key, payload in payloads.items():
        transaction.enqueue("diagnose", key=key, payload=dict(payload), at=T0)


def _at_once(transaction: Transaction, payloads: dict[str, dict[str, int]]) -> None:
    transaction.enqueue_all("diagnose", {k: dict(v) for k, v in payloads.items()}, at=T0)
