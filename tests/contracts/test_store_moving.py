"""Every store gives out all that it holds, in one order, and takes it in exactly as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.audit_chain import verify_log
from graph.errors import ConflictError
from graph.model.digest import diagnosis_digest
from graph.model.moving import (
    FORMS,
    NO_PASSWORD,
    RESTORE_ORDER,
    Epoch,
    RecordKind,
    line_of,
    order_of,
)
from graph.ports import Store
from tests.api.moving_room import OF_EPOCH, export_of, rebuilt
from tests.contracts.conftest import STORES
from tests.contracts.full_house import SECRETS, all_records, fill
from tests.contracts.samples import ANYBODY, T0, alert, incident, later


def moved(source: Store, target: Store) -> None:
    """Carry every record over, a kind at a time."""
    found = all_records(source)
    for kind in RESTORE_ORDER:
        target.write(lambda tx, k=kind: tx.restore(k, found[k]))  # type: ignore[misc]


@pytest.fixture
def full(tmp_path: Path) -> Store:
    """Make the store that all is moved out of."""
    source = STORES["embedded-memory"](tmp_path)
    source.write(fill)
    return source


def test_an_empty_store_gives_nothing(store: Store) -> None:
    """No kind has a record, and there is no epoch."""
    assert all(records == [] for records in all_records(store).values())
    assert store.epoch() is None


def test_every_kind_comes_out_in_order(store: Store) -> None:
    """Each kind has records of its form, each key once, rising."""
    store.write(fill)
    for kind, records in all_records(store).items():
        assert records, kind
        assert all(isinstance(record, FORMS[kind]) for record in records)
        keys = [order_of(kind, record) for record in records]
        assert keys == sorted(set(keys)), kind


def test_a_line_reads_back_as_the_record(store: Store) -> None:
    """What is written of a record says all of it."""
    store.write(fill)
    for kind, records in all_records(store).items():
        for record in records:
            assert FORMS[kind].model_validate_json(line_of(record)) == record


def test_no_secret_comes_out(store: Store) -> None:
    """Sessions, tokens and every hash of a password stay where they are (safety.md 13)."""
    store.write(fill)
    lines = [line_of(record) for records in all_records(store).values() for record in records]
    text = b"".join(lines).decode()
    assert [secret for secret in SECRETS if secret in text] == []


def test_what_moved_in_is_what_moved_out(full: Store, store: Store) -> None:
    """Every record is equal afterwards, and so are chain, digests and the pack."""
    moved(full, store)
    assert all_records(store) == all_records(full)
    assert verify_log(store) == verify_log(full)
    assert store.pack("medical") == full.pack("medical")
    assert store.packs() == full.packs()
    digests = [[diagnosis_digest(d) for d in s.diagnoses("inc-1")] for s in (full, store)]
    assert digests[0] == digests[1]


def test_kinds_come_in_once_each_and_steps_before_what_names_them() -> None:
    """A relation may name a step, and a step stands in its flow; a mode names its checks."""
    assert sorted(RESTORE_ORDER) == sorted(RecordKind)
    order = RESTORE_ORDER.index
    assert max(order(RecordKind.COMPONENT), order(RecordKind.FLOW)) < order(RecordKind.RELATION)
    assert order(RecordKind.CHECK) < order(RecordKind.FAULT_MODE)


def test_what_moved_in_is_found_by_every_way(full: Store, store: Store) -> None:
    """Reads that look up by columns see what a move brought."""
    moved(full, store)
    for reader in (full, store):
        assert [r.alert.fingerprint for r in reader.alerts_of("inc-1")] == ["ab"]
        assert len(reader.changes_of("inc-2")) == 1
        assert len(reader.remediations(ANYBODY, incident_id="inc-1").items) == 2
        assert reader.jobs_open() == 2
        assert len(reader.grants().items) == 1
    assert store.incidents(ANYBODY) == full.incidents(ANYBODY)
    assert store.heartbeats() == full.heartbeats()


def test_a_reload_after_a_move_writes_nothing(full: Store, store: Store) -> None:
    """The same pack is recognised in the new house."""
    whole = full.pack("medical")
    moved(full, store)
    counts = store.write(lambda tx: tx.replace_pack(whole))
    assert (counts.added, counts.changed, counts.removed) == (0, 0, 0)


def test_work_goes_on_where_it_stood(full: Store, store: Store) -> None:
    """A job that ran waits again, one that is not due is not taken, and numbers go on."""
    moved(full, store)
    assert store.write(lambda tx: tx.release_jobs()) == 1
    job = store.write(lambda tx: tx.claim_job(at=T0))
    assert job is not None
    assert (job.key, job.attempts) == ("inc-1", 2)
    assert store.write(lambda tx: tx.claim_job(at=T0)) is None
    assert store.write(lambda tx: tx.enqueue("x", key="k", payload={}, at=T0)).id == 3
    line = store.write(
        lambda tx: tx.add_audit(at=later(9), actor="a", kind="k", subject="s", detail={})
    )
    assert line.seq == 4
    assert verify_log(store).broken is None


def test_an_account_comes_without_a_password(full: Store, store: Store) -> None:
    """Nobody signs in by a password of the old house; no session or token came along."""
    moved(full, store)
    user = store.user("wang")
    assert user is not None
    assert user.password_hash == NO_PASSWORD
    assert (store.tokens(), store.session("h")) == ((), None)


def test_a_record_that_is_stored_is_refused_whole(full: Store, store: Store) -> None:
    """Nothing is written over, and a refused batch leaves nothing behind."""
    moved(full, store)
    for kind, records in all_records(full).items():
        if kind in (RecordKind.HEARTBEAT, RecordKind.ACCOUNT, RecordKind.SOURCE):
            continue  # written by name: the same value again
        if kind in (RecordKind.OBSERVATION, RecordKind.EMERGENCY_STOP):
            continue
        with pytest.raises(ConflictError):
            store.write(lambda tx, k=kind, r=records: tx.restore(k, r))  # type: ignore[misc]
    assert all_records(store) == all_records(full)


def test_a_record_of_no_incident_is_refused(store: Store) -> None:
    """What it belongs to must be there at the end of the transaction, in whatever order."""
    lost = alert("zz", incident_id="inc-9")
    with pytest.raises(ConflictError):
        store.write(lambda tx: tx.restore(RecordKind.ALERT, [lost]))
    assert store.alerts_of("inc-9") == ()

    def both(tx):  # type: ignore[no-untyped-def]
        tx.restore(RecordKind.ALERT, [lost])
        tx.restore(RecordKind.INCIDENT, [incident("9")])

    store.write(both)
    assert store.alerts_of("inc-9") == (lost,)


def test_the_epoch_is_kept(store: Store) -> None:
    """The last one written stands."""
    first = Epoch(id="ab", begun_at=T0)
    store.write(lambda tx: tx.put_epoch(first))
    assert store.epoch() == first
    second = first.model_copy(update={"sealed_at": later(1), "sealed_for": "d"})
    store.write(lambda tx: tx.put_epoch(second))
    assert store.epoch() == second


def test_an_inventory_is_of_one_commit(tmp_path: Path) -> None:
    """What is written meanwhile is not in it, in whatever kind (the file store)."""
    store = STORES["embedded-file"](tmp_path)
    store.write(fill)
    with store.inventory() as inventory:
        list(inventory.records(RecordKind.PACK))
        store.write(lambda tx: tx.put_incident(incident("late"), expected_version=None))
        ids = [order_of(RecordKind.INCIDENT, r)[0] for r in inventory.records(RecordKind.INCIDENT)]
    store.close()
    assert ids == ["inc-1", "inc-2"]


def test_a_house_moves_there_and_back(full: Store, store: Store, tmp_path: Path) -> None:
    """Export and rebuild to this store and home again: every kind but an epoch's is the same."""
    back = STORES["embedded-memory"](tmp_path)
    first = export_of(full, tmp_path / "one")
    assert rebuilt(store, tmp_path / "one")
    second = export_of(store, tmp_path / "two")
    assert rebuilt(back, tmp_path / "two")
    third = export_of(back, tmp_path / "three")
    tallies = [
        [tally for tally in manifest.kinds if tally.kind not in OF_EPOCH]
        for manifest in (first, second, third)
    ]
    assert tallies[0] == tallies[1] == tallies[2]
    assert [m.origin.epoch for m in (first, second, third)] == [1, 2, 3]
    assert verify_log(back).broken is None
    back.close()
