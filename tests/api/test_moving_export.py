"""An export is whole or old, the same for the same store, and holds no secret."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.moving.archive import packed, unpack_export
from api.moving.manifest import MANIFEST, PART_LINES, parse_manifest
from api.moving.redaction import redacted, redacted_text
from graph.errors import InputError, StoreError
from graph.model.moving import RecordKind
from graph.ports import Transaction
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.moving_room import export_of, files_of, full_store, quiet, rebuilt
from tests.api.room import SCHEMAS, schema
from tests.contracts.full_house import SECRETS, fill
from tests.contracts.remediation_samples import observation
from tests.contracts.samples import T0, alert, change, component, diagnosis, incident, pack


def test_the_same_store_gives_the_same_bytes(tmp_path: Path) -> None:
    """Twice, into two folders, at the same time by the clock."""
    store = full_store()
    manifests = [export_of(store, tmp_path / name) for name in ("one", "two")]
    assert manifests[0] == manifests[1]
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_a_manifest_says_what_there_is(tmp_path: Path) -> None:
    """Every kind is counted, and the files are those that it names, readable by the owner only."""
    manifest = export_of(full_store(), tmp_path / "出口")
    files = files_of(tmp_path / "出口")
    assert set(files) == {part.name for part in manifest.parts} | {MANIFEST}
    assert [tally.kind for tally in manifest.kinds] == list(RecordKind)
    assert all(tally.count > 0 for tally in manifest.kinds)
    assert parse_manifest(files[MANIFEST], "x") == manifest
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "出口").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "出口").stat().st_mode) == 0o700


def test_a_manifest_is_of_the_published_form(tmp_path: Path) -> None:
    """What the schema says holds for an empty and for a full store, and it knows every kind."""
    for name, store in (("empty", EmbeddedGraphStore(None)), ("full", full_store())):
        manifest = export_of(store, tmp_path / name)
        schema("export").validate(json.loads(manifest.written()))
        assert manifest.digest == manifest.computed_digest()
    form = json.loads((SCHEMAS / "export.v1.json").read_text(encoding="utf-8"))
    told = form["properties"]["kinds"]["items"]["properties"]["kind"]["enum"]
    assert told == [kind.value for kind in RecordKind]


def test_no_secret_is_in_any_file(tmp_path: Path) -> None:
    """No hash of a password, token or session, in whatever file (safety.md 13)."""
    export_of(full_store(), tmp_path / "out")
    whole = b"".join(files_of(tmp_path / "out").values()).decode()
    assert [secret for secret in SECRETS if secret in whole] == []


def test_a_raw_payload_is_redacted(tmp_path: Path) -> None:
    """What looks like a credential is masked on the way out (safety.md 15), the rest is kept."""
    store = EmbeddedGraphStore(None)
    body = b'{"routing_key": "r-1", "x": "Bearer abcdefghij", "u": "https://u:p@h/", "n": 1}'
    store.write(lambda tx: tx.add_payload(source="am", digest="d", received_at=T0, body=body))
    export_of(store, tmp_path / "out")
    target = EmbeddedGraphStore(None)
    assert rebuilt(target, tmp_path / "out")
    with target.inventory() as inventory:
        (payload,) = inventory.records(RecordKind.PAYLOAD)
    masked = json.loads(payload.model_dump()["body"])
    assert masked == {
        "routing_key": "[redacted]",
        "x": "Bearer [redacted]",
        "u": "https://[redacted]@h/",
        "n": 1,
    }
    assert redacted(redacted(body)) == redacted(body)


PLANTED = (
    {"a": "see Authorization: Bearer plantedbearer1"},
    {"api_key": "planted2"},
    {"a": 'answer: {"user": "u", "password": "planted\\"3"}'},
    {"a": r'{"body": "{\"db_password\": \"planted4\", \"n\": 1}"}'},
    {"a": "postgres://u:planted5@db/x and redis://:planted6@r/0"},
    {"a": "curl 'https://h/?token=planted7&x=1' -H 'Authorization: Basic planted8'"},
    {"a": 'apiKey: planted9, "secret": 7777777'},
)


@pytest.mark.parametrize("texts", PLANTED)
def test_no_credential_leaves_in_any_text(tmp_path: Path, texts: dict[str, str]) -> None:
    """Not in annotations, links or labels of alerts, nor in changes, notes and the ledger."""
    store = EmbeddedGraphStore(None)
    told, done = alert("ab", annotations=texts, labels=texts), change()
    link = "; ".join(f"{name}={text}" for name, text in texts.items())
    told = told.model_copy(update={"alert": told.alert.model_copy(update={"generator_url": link})})
    more = {"summary": link, "labels": texts}
    done = done.model_copy(update={"change": done.change.model_copy(update=more)})

    def write(tx: Transaction) -> None:
        tx.put_incident(incident("1"), expected_version=None)
        tx.add_alert(told)
        tx.put_change(done)
        tx.put_observation(observation().model_copy(update={"note": link}))
        tx.add_ledger("inc-1", at=T0, kind="note", actor="wang", detail={"why": [link], **texts})

    store.write(write)
    export_of(store, tmp_path / "out")
    whole = b"".join(files_of(tmp_path / "out").values()).decode()
    assert "[redacted]" in whole
    assert "planted" not in whole
    assert "7777777" not in whole
    assert rebuilt(EmbeddedGraphStore(None), tmp_path / "out")


def test_what_an_alert_is_known_by_stays(tmp_path: Path) -> None:
    """Labels that name component, site and weight move as they are, and so does plain text."""
    kept = {"instance": "https://u:p@h:9100", "site": "north", "alertname": "PasswordExpired"}
    plain = {"summary": "令牌过期：token expired on bearer of 三区, see https://h:80/x@y"}
    store = EmbeddedGraphStore(None)
    store.write(lambda tx: tx.add_alert(alert("ab", labels=kept, annotations=plain)))
    export_of(store, tmp_path / "out")
    target = EmbeddedGraphStore(None)
    assert rebuilt(target, tmp_path / "out")
    with store.inventory() as one, target.inventory() as two:
        assert list(one.records(RecordKind.ALERT)) == list(two.records(RecordKind.ALERT))


@given(
    st.lists(
        st.sampled_from(
            [
                "password",
                "token",
                '"',
                "\\",
                '\\"',
                ":",
                "=",
                " ",
                "bearer ",
                "://",
                "u",
                "@",
                "/",
                "abcdefgh1",
                "[redacted]",
                "[",
                "&",
                "basic ",
                "\n",
                "满",
                "-7",
            ]
        ),
        max_size=14,
    ).map("".join)
)
def test_masking_twice_is_masking_once(text: str) -> None:
    """Else a rebuilt store would not be equal to what was exported."""
    once = redacted_text(text)
    assert redacted_text(once) == once
    body = redacted(text.encode())
    assert redacted(body) == body


def test_an_empty_store_is_an_export_too(tmp_path: Path) -> None:
    """Nothing but a manifest, which a rebuild takes."""
    manifest = export_of(EmbeddedGraphStore(None), tmp_path / "out")
    assert (manifest.count, manifest.parts) == (0, ())
    target = EmbeddedGraphStore(None)
    assert rebuilt(target, tmp_path / "out")
    assert not rebuilt(target, tmp_path / "out")


def test_a_kind_of_many_records_has_many_parts(tmp_path: Path) -> None:
    """No file grows without bound, and the parts join without a gap."""
    many = tuple(component(f"c{n:05d}") for n in range(PART_LINES + 3))
    store = EmbeddedGraphStore(None)
    whole = pack(many, ()).model_copy(update={"flows": (), "cases": ()})
    store.write(lambda tx: tx.replace_pack(whole))
    manifest = export_of(store, tmp_path / "out")
    found = [part.lines for part in manifest.parts if part.kind is RecordKind.COMPONENT]
    assert found == [PART_LINES, 3]
    target = EmbeddedGraphStore(None)
    rebuilt(target, tmp_path / "out")
    assert target.pack("medical") == store.pack("medical")


def test_a_new_export_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """The folder then holds the new one alone; the parts that did not change stay."""
    store, folder = full_store(), tmp_path / "out"
    export_of(store, folder)
    before = files_of(folder)
    store.write(lambda tx: tx.add_audit(at=T0, actor="a", kind="k", subject="s", detail={}))
    manifest = export_of(store, folder)
    after = files_of(folder)
    assert set(after) == {part.name for part in manifest.parts} | {MANIFEST}
    assert len(after.keys() - before.keys()) == 1
    (folder / "07-alert_type-00001-0123456789abcdef.jsonl.new").write_bytes(b"half")
    export_of(store, folder)
    assert files_of(folder) == after


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written beside what is not ours, nor over a file."""
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"notes\.txt"):
        export_of(full_store(), tmp_path)
    assert files_of(tmp_path) == {"notes.txt": b"mine"}
    with pytest.raises(InputError, match="is no folder"):
        export_of(full_store(), tmp_path / "notes.txt")


def test_a_folder_that_stood_open_is_closed(tmp_path: Path) -> None:
    """An export in a folder that all could enter is its owner's alone."""
    folder = tmp_path / "out"
    folder.mkdir()
    folder.chmod(0o777)
    export_of(EmbeddedGraphStore(None), folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """The fault names the folder and says that what stood there still does."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises((StoreError, InputError), match="file"):
        export_of(full_store(), tmp_path / "file" / "below")


def test_an_archive_holds_the_same_files(tmp_path: Path) -> None:
    """What travels as one stream is the same export, and the stream is the same each time."""
    folder = tmp_path / "out"
    manifest = export_of(full_store(), folder)
    stream = b"".join(packed(folder, manifest))
    assert stream == b"".join(packed(folder, manifest))
    pieces = [stream[n : n + 1000] for n in range(0, len(stream), 1000)]
    assert unpack_export(pieces, tmp_path / "arrived", quiet) == manifest
    assert files_of(tmp_path / "arrived") == files_of(folder)


@pytest.mark.parametrize("end", [0, 100, 5_000, -8_000, -3_000])
def test_a_stream_that_breaks_off_leaves_no_export(tmp_path: Path, end: int) -> None:
    """Without the manifest it is none; the export that stood there before still does."""
    folder, arrived = tmp_path / "out", tmp_path / "arrived"
    manifest = export_of(full_store(), folder)
    stream = b"".join(packed(folder, manifest))
    export_of(EmbeddedGraphStore(None), arrived)
    before = files_of(arrived)[MANIFEST]
    with pytest.raises(StoreError, match="repeat"):
        unpack_export([stream[:end]], arrived, quiet)
    assert files_of(arrived)[MANIFEST] == before
    unpack_export([stream], arrived, quiet)
    assert files_of(arrived) == files_of(folder)


def test_an_export_is_of_one_commit_while_others_write(tmp_path: Path) -> None:
    """Each one that was taken under load is whole: no diagnosis without its incident, no gap."""
    store = EmbeddedGraphStore(tmp_path / "store.db")
    store.write(fill)
    stop = threading.Event()

    def write_on() -> None:
        n = 0
        while not stop.is_set():
            store.write(lambda tx, n=n: write_number(tx, n))  # type: ignore[misc]
            n += 1

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        manifests = [export_of(store, tmp_path / f"out-{n}") for n in range(4)]
    finally:
        stop.set()
        writer.join()
    store.close()
    assert manifests[0].count < manifests[-1].count
    for n in range(4):
        assert rebuilt(EmbeddedGraphStore(None), tmp_path / f"out-{n}")


def write_number(tx: Transaction, n: int) -> None:
    """Write an incident with what belongs to it, as intake and diagnosis do."""
    name = f"n{n}"
    tx.put_incident(incident(name), expected_version=None)
    tx.add_alert(alert(name, incident_id=f"inc-{name}"))
    tx.add_diagnosis(diagnosis(f"inc-{name}"))
    tx.add_ledger(f"inc-{name}", at=T0, kind="opened", actor="engine", detail={})
    tx.add_audit(at=T0, actor="a", kind="k", subject=name, detail={})
    tx.enqueue("diagnose", key=f"inc-{name}", payload={}, at=T0)
