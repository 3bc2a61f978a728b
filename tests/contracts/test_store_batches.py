"""Every store answers for many at once as it answers for each, also within one transaction."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError
from graph.model.observation import count_items
from graph.model.signals import AlertRecord, Heartbeat, Lane, count_changes
from graph.ports import RecordReader, Store, Transaction
from tests.contracts.remediation_samples import observation
from tests.contracts.samples import T0, alert, change, diagnosis, incident, later, pack, tick


def placed(slug: str, number: str) -> AlertRecord:
    """Make an alert of incident `inc-NUMBER`."""
    return alert(slug, lane=Lane.INCIDENT, incident_id=f"inc-{number}")


def counted(reader: RecordReader, incident_id: str) -> int:
    """Count an incident's evidence one kind after the other."""
    parts = (
        reader.alerts_of(incident_id),
        reader.ticks_of(incident_id),
    )
    entered = count_items(reader.observations_of(incident_id))
    return sum(map(len, parts)) + entered + count_changes(reader.changes_of(incident_id))


def test_evidence_is_counted_as_it_stands(store: Store) -> None:
    """Each kind counts, what was taken back twice; a transaction counts what it wrote."""

    def work(transaction: Transaction) -> dict[str, int]:
        for number in "12":
            transaction.put_incident(incident(number), expected_version=None)
        transaction.add_alerts([placed("a", "1"), placed("b", "1"), placed("c", "2")])
        both = ("inc-1", "inc-2")
        transaction.put_change(change(incident_ids=both))
        wrong = change("wrong", incident_ids=both)
        transaction.put_change(wrong)
        transaction.put_change(wrong.model_copy(update={"retracted_at": later(40)}))
        transaction.add_tick(tick())
        seen = observation("1")
        transaction.put_observation(seen)
        transaction.put_observation(seen.model_copy(update={"retracted_at": later(30)}))
        return transaction.evidence_counts(["inc-1", "inc-2", "inc-none"])

    counts = store.write(work)
    assert counts["inc-none"] == 0
    for number in ("inc-1", "inc-2"):
        assert counts[number] == counted(store, number) > 1
    assert store.evidence_counts(["inc-1", "inc-2", "inc-none"]) == counts
    assert store.evidence_counts([]) == {}


def test_alerts_of_many_incidents_are_those_of_each(store: Store) -> None:
    """In the same order, with a key for each that was asked for."""

    def work(transaction: Transaction) -> None:
        for number in "123":
            transaction.put_incident(incident(number), expected_version=None)
        transaction.add_alerts(
            [placed("d", "2"), placed("c", "1"), placed("b", "1"), placed("a", "2")]
        )

    store.write(work)
    wanted = ["inc-1", "inc-2", "inc-3", "inc-none"]
    assert store.alerts_by_incident(wanted) == {one: store.alerts_of(one) for one in wanted}
    assert store.alerts_by_incident([]) == {}


def test_what_is_stored_is_known(store: Store) -> None:
    """Of some ids those that are stored are known; so is what the transaction itself wrote."""
    one, two, three = alert("1"), alert("2"), alert("3")
    store.write(lambda t: t.add_alert(two))

    def work(transaction: Transaction) -> list[frozenset[str]]:
        first = transaction.known_alerts([r.evidence_id for r in (three, two, one, three)])
        transaction.add_alerts([three])
        return [first, transaction.known_alerts([r.evidence_id for r in (three, two, one)])]

    assert store.write(work) == [{two.evidence_id}, {two.evidence_id, three.evidence_id}]
    assert store.known_alerts([]) == frozenset()


def test_a_known_alert_among_many_leaves_nothing(store: Store) -> None:
    """Who adds a stored alert with others is refused, and none of the others stays."""
    store.write(lambda t: t.add_alert(alert("2")))
    with pytest.raises(ConflictError):
        store.write(lambda t: t.add_alerts([alert("1"), alert("2")]))
    assert store.lane_counts("medical")["unassigned"] == 1


def test_many_heartbeats_are_as_one_after_the_other(store: Store) -> None:
    """The newest of each source and site stands, the earliest sign of life is kept."""

    def beat(site: str | None, first_s: float, last_s: float) -> Heartbeat:
        return Heartbeat(source="am", site=site, first_at=later(first_s), last_at=later(last_s))

    store.write(lambda t: t.put_heartbeats([beat("north", 5, 10), beat(None, 5, 5)]))
    told = [beat("north", 60, 60), beat("north", 0, 30), beat(None, 1, 2), beat("", 7, 8)]
    store.write(lambda t: t.put_heartbeats([*told, beat("north", 1, 70)]))
    assert store.heartbeats() == (beat(None, 5, 5), beat("", 7, 8), beat("north", 1, 70))


def test_a_transaction_reads_what_it_wrote_a_moment_ago(store: Store) -> None:
    """Whatever kind is written, the next read of the same transaction finds it."""

    def work(transaction: Transaction) -> None:
        transaction.replace_pack(pack())
        assert [header.id for header in transaction.packs()] == ["medical"]
        transaction.put_incident(incident(), expected_version=None)
        newer = incident(version=2)
        transaction.put_incident(newer, expected_version=1)
        with pytest.raises(ConflictError):
            transaction.put_incident(incident(version=2), expected_version=1)
        transaction.add_alerts([alert("a")])
        transaction.place_alerts([placed("a", "1")])
        assert [r.lane for r in transaction.alerts_of("inc-1")] == [Lane.INCIDENT]
        entries = [
            transaction.add_ledger("inc-1", at=T0, kind="tick", actor="engine", detail={})
            for _ in range(3)
        ]
        assert transaction.ledger("inc-1") == tuple(entries)
        assert [entry.seq for entry in entries] == [1, 2, 3]
        transaction.put_change(change(incident_ids=("inc-1",)))
        assert len(transaction.changes_of("inc-1")) == 1
        transaction.put_change(change(incident_ids=()))
        assert transaction.changes_of("inc-1") == ()
        assert transaction.add_diagnosis(diagnosis())
        assert transaction.revision_tops("inc-1")

    store.write(work)
    assert store.check()["integrity"] == "ok"


def test_a_job_that_waits_is_queued_once(store: Store) -> None:
    """Queued again it keeps its number and its place among others is the newest; numbers go on."""

    def work(transaction: Transaction) -> list[int]:
        queued = [
            transaction.enqueue("diagnose", key=key, payload={"n": n}, at=later(n))
            for n, key in enumerate(("a", "b", "a", "c"))
        ]
        assert [job.payload["n"] for job in queued] == [0, 1, 2, 3]
        return [job.id for job in queued]

    first, second, again, third = store.write(work)
    assert first == again
    assert first < second < third
    assert third == second + 1
    claimed = [store.write(lambda t: t.claim_job(at=later(20))) for _ in range(4)]
    assert [job.key if job else None for job in claimed] == ["c", "a", "b", None]
