"""A rebuilt store is equal to its export or not begun; a new epoch voids what was open."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Final

import pytest

from api.moving.archive import packed
from api.moving.epochs import check_in_use, seal
from api.moving.manifest import MANIFEST, Manifest, parse_manifest, part_name, sha256_of
from graph.audit_chain import verify_log
from graph.errors import ConflictError, InputError, NewerSchemaError, StoreError
from graph.model.digest import diagnosis_digest
from graph.model.grant import GrantKind, GrantStatus
from graph.model.moving import RecordKind
from graph.model.remediation import RemediationStatus
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.moving_room import ACTOR, OF_EPOCH, export_of, files_of, full_store, rebuilt
from tests.contracts.full_house import all_records, grant
from tests.contracts.remediation_samples import remediation
from tests.contracts.samples import ANYBODY, T0, later

FLIPS: Final = 200


def test_a_rebuilt_store_exports_the_same_bytes(tmp_path: Path) -> None:
    """Every kind that a new epoch does not touch is byte for byte the same (equal digests)."""
    source, target = full_store(), EmbeddedGraphStore(None)
    first = export_of(source, tmp_path / "one")
    assert rebuilt(target, tmp_path / "one")
    second = export_of(target, tmp_path / "two")
    tallies = [{t.kind: t for t in m.kinds if t.kind not in OF_EPOCH} for m in (first, second)]
    assert tallies[0] == tallies[1]
    digests = [[diagnosis_digest(d) for d in s.diagnoses("inc-1")] for s in (source, target)]
    assert digests[0] == digests[1] != []
    assert (second.origin.epoch, second.origin.epoch_id) == (2, "bb")


def test_the_audit_chain_goes_on_unbroken(tmp_path: Path) -> None:
    """Every old line stands as it was written; the epoch's own lines follow."""
    source, target = full_store(), EmbeddedGraphStore(None)
    manifest = export_of(source, tmp_path / "out")
    rebuilt(target, tmp_path / "out")
    old, new = source.audit_chain(), target.audit_chain()
    assert new[: len(old)] == old
    assert verify_log(target).broken is None
    begun = new[len(old)]
    assert (begun.kind, begun.actor, begun.at) == ("epoch_begun", ACTOR, later(200))
    assert begun.detail["export"] == manifest.digest
    assert begun.detail["epoch"] == 2


def test_what_was_open_is_void(tmp_path: Path) -> None:
    """Requests and approvals end refused, with an audit and a ledger line each (safety.md 10)."""
    source, target = full_store(), EmbeddedGraphStore(None)
    export_of(source, tmp_path / "out")
    rebuilt(target, tmp_path / "out")
    for name in ("rem-1", "rem-2"):
        found = target.remediation(ANYBODY, name)
        assert found.status is RemediationStatus.REFUSED
        assert found.refusal is not None
        assert found.ended_at == later(200)
        lines = [(e.kind, e.actor) for e in target.audit_chain(after=3) if e.subject == name]
        assert lines == [("remediation_voided", ACTOR)]
    told = [entry.kind for entry in target.ledger("inc-1")]
    assert told == ["incident_opened", "diagnosis", *["remediation_voided"] * 2]
    (grant,) = target.grants().items
    assert grant.model_dump()["status"] == GrantStatus.VOIDED
    assert (target.tokens(), target.session("h")) == ((), None)


def test_a_lowering_in_force_is_void_and_a_role_that_was_granted_stays(tmp_path: Path) -> None:
    """What two people let pass once is not used in the next house; what they gave is given."""
    source, target = EmbeddedGraphStore(None), EmbeddedGraphStore(None)
    in_force = {"status": GrantStatus.EFFECTIVE, "effective_at": T0}
    kinds = {"low": GrantKind.LOWERING, "role": GrantKind.ROLES}
    for name, kind in kinds.items():
        made = grant().model_copy(update=in_force | {"id": name, "kind": kind})
        source.write(lambda tx, made=made: tx.put_grant(made, expected_version=None))  # type: ignore[misc]
    export_of(source, tmp_path / "out")
    rebuilt(target, tmp_path / "out")
    found = {name: target.grant(name) for name in kinds}
    assert found["low"].status is GrantStatus.VOIDED
    assert found["low"].ended_at is not None
    assert found["role"] == source.grant("role").model_copy(
        update={"first_half": "", "password_hash": ""}
    )


def test_the_first_epoch_began_with_the_store(tmp_path: Path) -> None:
    """An export is no new life: what was started before it is of the same one."""
    store = full_store()
    export_of(store, tmp_path / "out", epoch_at_s=500)
    epoch = store.epoch()
    assert epoch is not None
    assert (epoch.number, epoch.begun_at) == (1, store.audit_chain()[0].at)


def test_what_was_running_is_unknown_and_never_sent_again(tmp_path: Path) -> None:
    """The old house may have sent more than it told; a person settles it (safety.md 5)."""
    source, target = full_store(), EmbeddedGraphStore(None)
    running = remediation("1", status=RemediationStatus.RUNNING, version=3)
    source.write(lambda tx: tx.put_remediation(running, expected_version=2))
    export_of(source, tmp_path / "out")
    rebuilt(target, tmp_path / "out")
    found = target.remediation(ANYBODY, "rem-1")
    assert found.status is RemediationStatus.UNKNOWN
    assert (found.ended_at, found.approvals) == (None, running.approvals)
    assert "remediation_unknown" in [e.kind for e in target.audit_chain() if e.subject == "rem-1"]


def test_the_emergency_stop_still_holds(tmp_path: Path) -> None:
    """Moving house releases nothing."""
    source, target = full_store(), EmbeddedGraphStore(None)
    export_of(source, tmp_path / "out")
    rebuilt(target, tmp_path / "out")
    assert target.emergency_stop() == source.emergency_stop() is not None


def test_repeating_the_command_changes_nothing(tmp_path: Path) -> None:
    """A rebuild that is over says so; nothing is voided twice."""
    target = EmbeddedGraphStore(None)
    export_of(full_store(), tmp_path / "out")
    assert rebuilt(target, tmp_path / "out")
    before = all_records(target)
    assert not rebuilt(target, tmp_path / "out")
    assert all_records(target) == before


def test_a_store_that_holds_something_is_refused(tmp_path: Path) -> None:
    """Neither a store in use nor one rebuilt from another export is written over."""
    export_of(full_store(), tmp_path / "one")
    store = full_store()
    before = all_records(store)
    with pytest.raises(ConflictError, match="not empty"):
        rebuilt(store, tmp_path / "one")
    assert all_records(store) == before
    other = EmbeddedGraphStore(None)
    rebuilt(other, tmp_path / "one")
    export_of(full_store(), tmp_path / "two", at_s=101)
    with pytest.raises(ConflictError, match="not empty"):
        rebuilt(other, tmp_path / "two")


class Cut(Exception):
    """The process ended here."""


class CutOff(EmbeddedGraphStore):
    """A store whose process ends before its write number `left`."""

    left = 0

    def write(self, work):  # type: ignore[no-untyped-def]
        """Write, or end."""
        if self.left == 0:
            raise Cut
        self.left -= 1
        return super().write(work)


def test_a_rebuild_that_was_cut_off_anywhere_goes_on(tmp_path: Path) -> None:
    """Whatever write was the last, repeating the command gives the same store."""
    manifest = export_of(full_store(), tmp_path / "out")
    whole = EmbeddedGraphStore(None)
    rebuilt(whole, tmp_path / "out")
    wanted = all_records(whole)
    for writes in range(len(manifest.parts) + 2):
        store = CutOff(None)
        store.left = writes
        with pytest.raises(Cut):
            rebuilt(store, tmp_path / "out")
        if writes:
            with pytest.raises(StoreError, match="not finished"):
                check_in_use(store)
        store.left = 1000
        assert rebuilt(store, tmp_path / "out")
        assert all_records(store) == wanted
        check_in_use(store)


class Twice(EmbeddedGraphStore):
    """A store that lost the answer to each commit, and so does all work twice."""

    def write(self, work):  # type: ignore[no-untyped-def]
        """Write, and write again."""
        super().write(work)
        return super().write(work)


def test_work_that_is_done_twice_is_done_once(tmp_path: Path) -> None:
    """A server store repeats a transaction whose outcome it cannot know."""
    export_of(full_store(), tmp_path / "out")
    once, twice = EmbeddedGraphStore(None), Twice(None)
    for store in (once, twice):
        assert rebuilt(store, tmp_path / "out")
    assert all_records(twice) == all_records(once)


def test_a_rebuild_goes_on_with_its_own_export_only(tmp_path: Path) -> None:
    """Half of one export and half of another never make a store."""
    export_of(full_store(), tmp_path / "one")
    export_of(full_store(), tmp_path / "two", at_s=101)
    store = CutOff(None)
    store.left = 4
    with pytest.raises(Cut):
        rebuilt(store, tmp_path / "one")
    store.left = 1000
    with pytest.raises(ConflictError, match="finish the first"):
        rebuilt(store, tmp_path / "two")
    assert rebuilt(store, tmp_path / "one")


def test_an_archive_is_rebuilt_from_like_a_folder(tmp_path: Path) -> None:
    """What `GET /export` gave needs no unpacking."""
    manifest = export_of(full_store(), tmp_path / "out")
    (tmp_path / "家.tar").write_bytes(b"".join(packed(tmp_path / "out", manifest)))
    stores = [EmbeddedGraphStore(None), EmbeddedGraphStore(None)]
    for store, place in zip(stores, ("out", "家.tar"), strict=True):
        assert rebuilt(store, tmp_path / place)
    assert all_records(stores[0]) == all_records(stores[1])


def test_the_old_store_is_sealed(tmp_path: Path) -> None:
    """It serves no more, says so, and notes it in its own log; only its own export seals it."""
    source = full_store()
    manifest = export_of(source, tmp_path / "out")
    with pytest.raises(ConflictError, match="another store"):
        seal(full_store(), manifest, at=later(300), actor=ACTOR)
    check_in_use(source)
    for _ in range(2):
        seal(source, manifest, at=later(300), actor=ACTOR)
        with pytest.raises(StoreError, match="sealed"):
            check_in_use(source)
    assert [e.kind for e in source.audit_chain(after=3)] == ["store_sealed"]
    assert export_of(source, tmp_path / "again").count == manifest.count + 1


# ── What is refused, before a line is written ───────────────────────────────────────────────────


def refused(folder: Path, match: str) -> None:
    """Check that a rebuild says where the fault is, and that nothing was written."""
    store = EmbeddedGraphStore(None)
    with pytest.raises(InputError, match=match):
        rebuilt(store, folder)
    assert store.epoch() is None
    assert all(records == [] for records in all_records(store).values())


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one export that tests damage copies of."""
    folder = tmp_path_factory.mktemp("moving") / "out"
    export_of(full_store(), folder)
    return folder


def copied(sound: Path, folder: Path) -> Path:
    """Copy an export."""
    folder.mkdir()
    for name, content in files_of(sound).items():
        (folder / name).write_bytes(content)
    return folder


def test_a_flipped_bit_is_found_in_every_file(sound: Path, tmp_path: Path) -> None:
    """In each file, at the first, a middle and the last byte; the file is named."""
    folder = copied(sound, tmp_path / "out")
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        for place in sorted({0, len(content) // 2, len(content) - 1}):
            damaged = bytearray(content)
            damaged[place] ^= 1
            path.write_bytes(damaged)
            refused(folder, path.name)
        path.write_bytes(content)
    assert rebuilt(EmbeddedGraphStore(None), folder)


def test_any_damaged_byte_is_found(sound: Path, tmp_path: Path) -> None:
    """Wherever it lies and whatever it becomes: nothing is written."""
    folder = copied(sound, tmp_path / "out")
    chance = random.Random(7)
    paths = sorted(folder.iterdir())
    store = EmbeddedGraphStore(None)
    for _ in range(FLIPS):
        path = chance.choice(paths)
        content = path.read_bytes()
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] ^= chance.randint(1, 255)
        path.write_bytes(damaged)
        with pytest.raises(InputError) as told:
            rebuilt(store, folder)
        assert path.name in str(told.value)
        path.write_bytes(content)
    assert store.epoch() is None


def test_a_cut_or_doubled_line_is_found(sound: Path, tmp_path: Path) -> None:
    """The first or the last line of any part is missed, an extra one is noticed."""
    folder = copied(sound, tmp_path / "out")
    for path in sorted(folder.glob("*.jsonl")):
        content = path.read_bytes()
        lines = content.splitlines(keepends=True)
        for damaged in (lines[1:], lines[:-1], [*lines, lines[-1]], [*lines, b"{}\n"]):
            path.write_bytes(b"".join(damaged))
            refused(folder, path.name)
        path.write_bytes(content[:-1])
        refused(folder, path.name)
        path.write_bytes(content)


def test_a_line_that_is_none_is_named(sound: Path, tmp_path: Path) -> None:
    """File, line and key say where."""
    folder = copied(sound, tmp_path / "out")
    (path,) = folder.glob("*-component-*")
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"kind":', b'"kimd":', 1)
    path.write_bytes(b"".join(lines))
    refused(folder, r"-component-.*\.jsonl:2: item\.kind: ")


def test_swapped_and_missing_parts_are_found(sound: Path, tmp_path: Path) -> None:
    """A part under another's name, and one that is not there."""
    folder = copied(sound, tmp_path / "out")
    first, second = sorted(folder.glob("*.jsonl"))[:2]
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    refused(folder, first.name)
    first.write_bytes(one)
    second.unlink()
    refused(folder, f"{second.name}: is missing")


def test_an_export_without_manifest_did_not_finish(sound: Path, tmp_path: Path) -> None:
    """So it is with whatever a killed export left."""
    folder = copied(sound, tmp_path / "out")
    (folder / MANIFEST).unlink()
    refused(folder, "did not finish")
    refused(tmp_path / "nowhere", "is not there")
    (tmp_path / "file").write_text("no tar", encoding="utf-8")
    refused(tmp_path / "file", "is no export")


def forged(folder: Path, manifest: Manifest) -> None:
    """Write a manifest whose own digest is right."""
    (folder / MANIFEST).write_bytes(manifest.signed().written())


def test_a_manifest_of_another_order_is_refused(sound: Path, tmp_path: Path) -> None:
    """Even with right digests: kinds and parts stand in the one order."""
    folder = copied(sound, tmp_path / "out")
    manifest = parse_manifest((folder / MANIFEST).read_bytes(), "x")
    forged(folder, manifest.model_copy(update={"parts": manifest.parts[::-1]}))
    refused(folder, "parts: are not in order")
    forged(folder, manifest.model_copy(update={"kinds": manifest.kinds[::-1]}))
    refused(folder, "kinds: are not in order")
    forged(folder, manifest.model_copy(update={"parts": manifest.parts[1:]}))
    refused(folder, "kinds: 1 of pack, but its parts hold 0")
    newer = manifest.model_copy(update={"schema_version": manifest.schema_version + 1})
    forged(folder, newer)
    with pytest.raises(NewerSchemaError, match="newer"):
        rebuilt(EmbeddedGraphStore(None), folder)
    value = json.loads((folder / MANIFEST).read_bytes()) | {"schema": "export/v2"}
    (folder / MANIFEST).write_text(json.dumps(value), encoding="utf-8")
    refused(folder, "export/v2")


def test_a_record_of_no_incident_or_pack_is_found(sound: Path, tmp_path: Path) -> None:
    """Whoever edits an export, digests and all, is told before a line is written."""
    folder = copied(sound, tmp_path / "out")
    for kind, old, new in (
        (RecordKind.ALERT, b'"incident_id":"inc-1"', b'"incident_id":"inc-9"'),
        (RecordKind.CHANGE, b'"inc-2"', b'"inc-9"'),
        (RecordKind.RELATION, b'{"pack_id":"medical"', b'{"pack_id":"nursery"'),
    ):
        manifest = parse_manifest((folder / MANIFEST).read_bytes(), "x")
        (part,) = [part for part in manifest.parts if part.kind is kind]
        content = (folder / part.name).read_bytes().replace(old, new)
        sha = sha256_of(content)
        name = part_name(kind, 1, sha)
        (folder / name).write_bytes(content)
        edited = part.model_copy(update={"name": name, "sha256": sha, "bytes": len(content)})
        parts = tuple(edited if p is part else p for p in manifest.parts)
        forged(folder, manifest.model_copy(update={"parts": parts}))
        refused(folder, rf"{name}:\d+: (incident|pack)_id: '(inc-9|nursery)' is not in the export")
        forged(folder, manifest)


def test_a_broken_audit_chain_does_not_move(tmp_path: Path) -> None:
    """What somebody wrote anew in the old house is refused, naming the line."""
    source = full_store()
    with source.inventory() as inventory:
        lines = list(inventory.records(RecordKind.AUDIT_EVENT))
    forged_lines = [lines[0], lines[1].model_copy(update={"actor": "mallory"}), lines[2]]
    damaged = EmbeddedGraphStore(None)
    damaged.write(lambda tx: tx.restore(RecordKind.AUDIT_EVENT, forged_lines))
    export_of(damaged, tmp_path / "out")
    refused(tmp_path / "out", r"audit_event.*:2: the audit chain breaks at line 2")
