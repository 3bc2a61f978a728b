"""Every store writes all or nothing, whoever else writes or reads at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from graph.errors import ConflictError, InputError, NotFoundError, StoreError
from graph.ports import Store, Transaction
from graph.stores.schema import SCHEMA_VERSION
from tests.contracts.samples import ANYBODY, T0, alert, change, incident, pack, tick


def in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    """Run `work(0)` .. `work(count - 1)` at the same time; returns results, or raises."""
    barrier = threading.Barrier(count)

    def run(n: int) -> object:
        barrier.wait(timeout=30)
        return work(n)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_a_transaction_gives_back_what_its_work_returns(store: Store) -> None:
    """The value of the work is the value of the write."""
    assert store.write(lambda t: "done") == "done"


def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    """Reads inside see what the transaction has written so far."""

    def work(transaction: Transaction) -> int:
        transaction.put_incident(incident(), expected_version=None)
        transaction.add_ledger("inc-1", at=T0, kind="tick", actor="engine", detail={})
        assert transaction.incident(ANYBODY, "inc-1") == incident()
        return len(transaction.ledger("inc-1"))

    assert store.write(work) == 1


@pytest.mark.parametrize("error", [InputError("no"), KeyboardInterrupt()])
def test_a_rollback_leaves_nothing(store: Store, error: BaseException) -> None:
    """Whatever ends the work, not one of its writes stays."""

    def work(transaction: Transaction) -> None:
        transaction.replace_pack(pack())
        transaction.put_incident(incident(), expected_version=None)
        transaction.add_alert(alert())
        transaction.put_change(change(incident_ids=("inc-1",)))
        transaction.add_tick(tick())
        transaction.enqueue("diagnose", key="inc-1", payload={}, at=T0)
        raise error

    before = store.check()["rows"]
    with pytest.raises(type(error)):
        store.write(work)
    assert store.check()["rows"] == before
    with pytest.raises(NotFoundError):
        store.pack("medical")
    store.write(lambda t: t.add_alert(alert()))  # and the store writes on


def test_a_write_inside_a_write_is_refused(store: Store) -> None:
    """The inner call would see and commit half of the outer one."""

    def outer(transaction: Transaction) -> None:
        transaction.add_alert(alert())
        store.write(lambda t: t.add_alert(alert("other")))

    with pytest.raises(StoreError, match="inside write"):
        store.write(outer)
    assert store.lane_counts("medical")["unassigned"] == 0


def test_two_writers_lose_nothing(store: Store) -> None:
    """Threads that write at once are all kept, and ledger numbers never collide."""
    store.write(lambda t: t.put_incident(incident(), expected_version=None))

    def work(n: int) -> None:
        for i in range(10):
            store.write(lambda t, i=i: t.add_alert(alert(f"{n}-{i}")))  # type: ignore[misc]
            store.write(
                lambda t: t.add_ledger("inc-1", at=T0, kind="tick", actor=f"{n}", detail={})
            )

    in_threads(4, work)
    assert store.lane_counts("medical")["unassigned"] == 40
    assert [entry.seq for entry in store.ledger("inc-1")] == list(range(1, 41))


def test_the_same_alert_at_the_same_time_is_stored_once(store: Store) -> None:
    """Exactly one of the writers is told that it was new."""
    told = in_threads(6, lambda n: store.write(lambda t: t.add_alert(alert())))
    assert sorted(map(bool, told)) == [False] * 5 + [True]


def test_of_two_people_at_once_one_is_told_to_read_again(store: Store) -> None:
    """If-Match holds between threads."""
    store.write(lambda t: t.put_incident(incident(), expected_version=None))

    def take(n: int) -> bool:
        mine = incident(version=2).model_copy(update={"owner": f"user-{n}"})
        try:
            store.write(lambda t: t.put_incident(mine, expected_version=1))
        except ConflictError:
            return False
        return True

    assert sorted(map(bool, in_threads(4, take))) == [False, False, False, True]


def test_a_job_is_claimed_by_one_of_many(store: Store) -> None:
    """However many ask at once, a job runs once."""
    store.write(lambda t: t.enqueue("diagnose", key="inc-1", payload={}, at=T0))
    claims = in_threads(4, lambda n: store.write(lambda t: t.claim_job(at=T0)))
    assert [claim is not None for claim in claims].count(True) == 1


def test_readers_see_whole_commits(store: Store) -> None:
    """While somebody writes incident and ledger together, nobody sees one without the other."""
    stop = threading.Event()
    torn: list[str] = []

    def read() -> None:
        while not stop.is_set():
            rows = store.check()["rows"]
            assert isinstance(rows, dict)
            if rows["incidents"] != rows["ledger"]:
                torn.append(str(rows))

    reader = threading.Thread(target=read)
    reader.start()

    def work(transaction: Transaction, n: int) -> None:
        transaction.put_incident(incident(f"{n}"), expected_version=None)
        transaction.add_ledger(f"inc-{n}", at=T0, kind="tick", actor="engine", detail={})

    for n in range(30):
        store.write(lambda t, n=n: work(t, n))  # type: ignore[misc]
    stop.set()
    reader.join(timeout=30)
    assert torn == []


def test_check_reports_health(store: Store) -> None:
    """The doctor learns version, integrity, sizes and jobs."""
    store.write(lambda t: t.replace_pack(pack()))
    report = store.check()
    assert report["integrity"] == "ok"
    assert report["schema_version"] == SCHEMA_VERSION
    assert isinstance(report["rows"], dict)
    assert report["rows"]["components"] == 3
    assert (report["jobs_open"], report["jobs_failed"]) == (0, 0)


def test_a_closed_store_says_so(store: Store) -> None:
    """Closing twice is fine; using it afterwards is an error of the tree."""
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.packs()
    with pytest.raises(StoreError, match="closed"):
        store.write(lambda t: t.add_alert(alert()))
