"""Exports that somebody edited, digests and all: refused in words, before a line is written."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from api.cli import main
from api.moving.archive import packed
from api.moving.manifest import MANIFEST, Manifest, parse_manifest, part_name, sha256_of
from api.schemas.admin import NAME_PATTERN
from graph.errors import InputError
from graph.model.moving import ACCOUNT_NAME, RecordKind
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.moving_room import export_of, full_store, rebuilt
from tests.contracts.full_house import all_records

LONG: Final = "/" + "a/" * 35_000
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an export that tests edit."""
    export_of(full_store(), tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command on a new data folder."""
    monkeypatch.setenv("ETIOGRAPH_LANG", "en")
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "new"))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def manifest_of(folder: Path) -> Manifest:
    """Read its manifest."""
    return parse_manifest((folder / MANIFEST).read_bytes(), "x")


def signed(folder: Path, manifest: Manifest) -> None:
    """Write a manifest whose own digest is right."""
    (folder / MANIFEST).write_bytes(manifest.signed().written())


def edited(folder: Path, kind: RecordKind, old: bytes, new: bytes) -> None:
    """Put `new` for `old` in the only part of a kind, and make every digest right."""
    manifest = manifest_of(folder)
    (part,) = [part for part in manifest.parts if part.kind is kind]
    content = (folder / part.name).read_bytes()
    assert old in content
    content = content.replace(old, new)
    sha = sha256_of(content)
    changed = part.model_copy(
        update={"name": part_name(kind, 1, sha), "sha256": sha, "bytes": len(content)}
    )
    (folder / changed.name).write_bytes(content)
    parts = tuple(changed if p is part else p for p in manifest.parts)
    kinds = tuple(
        t.model_copy(update={"sha256": sha}) if t.kind is kind else t for t in manifest.kinds
    )
    signed(folder, manifest.model_copy(update={"parts": parts, "kinds": kinds}))


def refused(place: Path, match: str) -> None:
    """Check that a rebuild says where the fault is, and that nothing was written."""
    store = EmbeddedGraphStore(None)
    with pytest.raises(InputError, match=match):
        rebuilt(store, place)
    assert store.epoch() is None
    assert all(records == [] for records in all_records(store).values())


@pytest.mark.parametrize("name", ["../x", "", "a b", "-x", "a" * 101, "名", "x\\n"])
def test_a_name_that_no_account_may_have_does_not_come_in(folder: Path, name: str) -> None:
    """The rule is that of new accounts; so it is with an account without a role."""
    assert ACCOUNT_NAME == NAME_PATTERN
    edited(folder, RecordKind.ACCOUNT, b'"name":"wang"', f'"name":"{name}"'.encode())
    refused(folder, r"-account-.*\.jsonl:1: name: ")


def test_a_raised_role_comes_in_and_is_told(folder: Path, run: Run) -> None:
    """Nothing in an export can prove a role, so the person who rebuilds is shown who has one."""
    edited(folder, RecordKind.ACCOUNT, b'"ops_lead"', b'"platform_owner"')
    code, out, _ = run("rebuild", str(folder))
    assert code == 0
    assert "look whether they ought to: wang (operator, platform_owner)" in out
    done = json.loads(run("rebuild", str(folder), "--json")[1])
    assert done["guarded"] == {"wang": ["operator", "platform_owner"]}


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (RecordKind.GRANT, b'"password_hash":""', b'"password_hash":"$argon2id$x"'),
        (RecordKind.GRANT, b'"first_half":""', b'"first_half":"ab"'),
        (RecordKind.GRANT, b'"id":"gra-1"', b'"id":"gra-0","id":"gra-1"'),
        (RecordKind.SEAL, b'"name":', b'"name": '),
        (RecordKind.ACCOUNT, b'"demo":false', b'"demo":"no"'),
    ],
)
def test_a_line_that_no_export_holds_is_refused(
    folder: Path, kind: RecordKind, old: bytes, new: bytes
) -> None:
    """Whatever the writer would not write is found before anything is."""
    edited(folder, kind, old, new)
    refused(folder, rf"-{kind}-.*\.jsonl:1: is not as an export writes it")


def test_an_older_export_still_comes_in(folder: Path) -> None:
    """One whose lines lack a key that was added since, or hold what is masked today."""
    edited(folder, RecordKind.ACCOUNT, b'"demo":false,', b"")
    edited(folder, RecordKind.ALERT, "三区".encode(), b"Bearer abcdefgh12")
    store = EmbeddedGraphStore(None)
    assert rebuilt(store, folder)
    assert [user.name for user in store.users()] == ["wang"]


@pytest.mark.parametrize("home", ["/a\x00b", "/" + "a" * 5_000, "relative", "/\x1b[31m"])
def test_an_old_home_that_is_no_path_here_was_not_reached(
    folder: Path, run: Run, home: str
) -> None:
    """It is told as one that lies elsewhere, with nothing in it that steers a terminal."""
    manifest = manifest_of(folder)
    origin = manifest.origin.model_copy(update={"home": home})
    signed(folder, manifest.model_copy(update={"origin": origin}))
    code, out, _ = run("rebuild", str(folder))
    assert (code, "was not found and is not sealed" in out) == (0, True)
    assert not {"\x00", "\x1b"} & set(out)


def test_an_old_home_longer_than_any_is_refused(folder: Path, run: Run) -> None:
    """The manifest is named, and nothing is made."""
    manifest = manifest_of(folder)
    origin = manifest.origin.model_copy(update={"home": LONG})
    signed(folder, manifest.model_copy(update={"origin": origin}))
    code, out, err = run("rebuild", str(folder))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{MANIFEST}: origin.home: " in err


def test_links_in_an_archive_are_not_followed(tmp_path: Path) -> None:
    """A manifest that links to itself, or out of the archive, is refused."""
    for number, target in enumerate((MANIFEST, "/etc/passwd")):
        path = tmp_path / f"{number}.tar"
        with tarfile.open(path, "w") as archive:
            entry = tarfile.TarInfo(MANIFEST)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
        refused(path, rf"{number}\.tar:{MANIFEST}: is no regular file")


def test_an_archive_that_goes_astray_is_told(folder: Path, tmp_path: Path) -> None:
    """Headers cut off, and so many long names that each calls for the next."""
    whole = b"".join(packed(folder, manifest_of(folder)))
    (tmp_path / "cut.tar").write_bytes(whole[:700])
    refused(tmp_path / "cut.tar", r"cut\.tar")
    entry = tarfile.TarInfo("x")
    entry.type = tarfile.GNUTYPE_LONGNAME
    (tmp_path / "deep.tar").write_bytes(entry.tobuf(tarfile.GNU_FORMAT) * 3_000)
    refused(tmp_path / "deep.tar", r"deep\.tar")


def test_only_regular_files_are_read(folder: Path, tmp_path: Path) -> None:
    """A pipe does not make it wait, nor is a folder or a ring of links read."""
    os.mkfifo(tmp_path / "pipe.tar")
    refused(tmp_path / "pipe.tar", "is neither folder nor file")
    part = sorted(folder.glob("*.jsonl"))[0]
    part.unlink()
    os.mkfifo(part)
    refused(folder, f"{part.name}: is no regular file")
    part.unlink()
    part.mkdir()
    refused(folder, f"{part.name}: is no regular file")
    part.rmdir()
    part.symlink_to(part)
    refused(folder, f"{part.name}: cannot be read")
