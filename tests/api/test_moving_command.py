"""`etiograph export` and `rebuild`: exit codes, one line of complaint, held and sealed folders."""

from __future__ import annotations

import getpass
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from api.cli import main
from api.owner import FolderOwner
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.moving_room import rebuilt
from tests.contracts.full_house import all_records, fill
from tests.contracts.samples import T0

ROOT: Final = Path(__file__).resolve().parents[2]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command on a data folder (旧屋 unless another is named), in an empty room."""
    for name in ("HOST", "PORT", "STORE"):
        monkeypatch.delenv(f"ETIOGRAPH_{name}", raising=False)
    monkeypatch.setenv("ETIOGRAPH_LANG", "en")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, home: str = "旧屋") -> tuple[int, str, str]:
        monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / home))
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Make a data folder with something of every kind."""
    home = tmp_path / "旧屋"
    home.mkdir(mode=0o700)
    store = EmbeddedGraphStore(home / "store.db")
    store.write(fill)
    store.close()
    return home


def content_of(home: Path) -> Any:
    """Read a whole data folder's store."""
    store = EmbeddedGraphStore(home / "store.db")
    found = all_records(store)
    store.close()
    return found


def test_a_house_moves_by_two_commands(run: Run, old: Path, tmp_path: Path) -> None:
    """Folders with Chinese names, the export where both look for it; the old store is sealed."""
    code, out, err = run("export")
    assert code == 0
    assert "exported to etiograph-export" in out
    assert "export: incident 2" in err
    code, out, err = run("rebuild", home="新屋")
    assert code == 0
    assert "rebuilt in" in out
    assert f"the old store in {old} is sealed" in out
    assert "rebuild: incident 2" in err
    assert content_of(tmp_path / "新屋")["diagnosis"] == content_of(old)["diagnosis"]
    assert run("audit", "verify", home="新屋")[0] == 0
    code, out, _ = run("rebuild", home="新屋")
    assert (code, "it was done before" in out) == (0, True)


def test_an_export_by_command_stands_in_the_log(run: Run, old: Path, tmp_path: Path) -> None:
    """Who and how much, in the old house and in the new; one that was refused left no line."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note").write_text("", encoding="utf-8")
    assert run("export", "mine")[0] == 2
    manifest = json.loads(run("export", "--json")[1])
    assert run("rebuild", home="new")[0] == 0
    for home in (old, tmp_path / "new"):
        (line,) = [e for e in content_of(home)["audit_event"] if e.kind == "export_made"]
        assert line.actor == f"local:{getpass.getuser()}"
        assert line.detail["records"] == sum(tally["count"] for tally in manifest["kinds"])


def test_json_is_the_manifest_and_what_was_done(run: Run, old: Path, tmp_path: Path) -> None:
    """One object each on stdout, the rest on stderr."""
    code, out, _ = run("export", "出口", "--json")
    manifest = json.loads(out)
    assert (code, manifest["schema"]) == (0, "export/v1")
    assert manifest == json.loads((tmp_path / "出口" / "manifest.json").read_bytes())
    code, out, _ = run("rebuild", "出口", "--json", home="new")
    done = json.loads(out)
    assert (code, done["export"], done["epoch"]) == (0, manifest["digest"], 2)
    assert (done["written"], done["source_sealed"]) == (True, True)
    assert done["kinds"]["incident"] == 2


def test_a_sealed_store_is_read_and_not_used(run: Run, old: Path) -> None:
    """Commands that work are refused, those that look are not; serving is refused as well."""
    run("export")
    assert run("rebuild", home="new")[0] == 0
    before = content_of(old)
    for command in (
        ("user", "reset", "wang"),
        ("token", "create", "t", "--user", "wang"),
        ("ask", "怎么办"),
        ("serve",),
    ):
        code, out, err = run(*command)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert "sealed" in err
    assert content_of(old) == before
    assert run("audit", "verify")[0] == 0
    assert run("export", "again")[0] == 0
    code, out, _ = run("doctor")
    assert (code, "moved out and is sealed" in out) == (1, True)


def test_a_store_that_moved_on_is_not_told_as_rebuilt(run: Run, old: Path) -> None:
    """The export that once made it is no way back into it: it says that it moved out."""
    assert run("export")[0] == 0
    assert run("rebuild", home="new")[0] == 0
    assert run("export", "next", home="new")[0] == 0
    assert run("rebuild", "next", home="newer")[0] == 0
    code, out, err = run("rebuild", home="new")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "moved out" in err


def test_a_kill_before_the_seal_is_made_good(run: Run, old: Path, tmp_path: Path) -> None:
    """The store was whole and the old one not yet sealed: the same command seals it."""
    assert run("export")[0] == 0
    (tmp_path / "new").mkdir()
    store = EmbeddedGraphStore(tmp_path / "new" / "store.db")
    assert rebuilt(store, tmp_path / "etiograph-export")
    store.close()
    assert run("ask", "怎么办")[0] == 1
    assert "sealed" not in run("ask", "怎么办")[2]
    done = json.loads(run("rebuild", "--json", home="new")[1])
    assert (done["written"], done["source_sealed"]) == (False, True)
    assert "sealed" in run("ask", "怎么办")[2]


def test_another_store_in_the_old_place_is_not_sealed(run: Run, old: Path, tmp_path: Path) -> None:
    """Only the store that was exported is; what was put there since goes on."""
    assert run("export")[0] == 0
    for path in old.glob("store.db*"):
        path.unlink()
    store = EmbeddedGraphStore(old / "store.db")
    store.write(fill)
    store.close()
    done = json.loads(run("rebuild", "--json", home="new")[1])
    assert (done["written"], done["source_sealed"]) == (True, False)
    assert "sealed" not in run("ask", "怎么办")[2]


def test_a_held_folder_is_refused(run: Run, old: Path, tmp_path: Path) -> None:
    """The target, the source of the export, and a folder where another command is at work."""
    assert run("export")[0] == 0
    with FolderOwner.acquire(tmp_path / "new", "http://127.0.0.1:1"):
        code, out, err = run("rebuild", home="new")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "serving at http://127.0.0.1:1" in err
    assert not (tmp_path / "new" / "store.db").exists()
    with FolderOwner.acquire(old, "http://127.0.0.1:1"):
        code, out, err = run("rebuild", home="new")
    assert (code, out) == (1, "")
    assert str(old) in err
    assert all(records == [] for records in content_of(tmp_path / "new").values())
    with FolderOwner.acquire(old, None):
        code, out, err = run("export")
    assert (code, out) == (1, "")
    assert f"process {os.getpid()}" in err


def test_bad_input_is_one_line_and_two(run: Run, old: Path, tmp_path: Path) -> None:
    """File and fault on stderr, nothing on stdout, nothing written."""
    assert run("export")[0] == 0
    (part,) = (tmp_path / "etiograph-export").glob("*-alert-*")
    part.write_bytes(part.read_bytes().replace(b"inc-1", b"inc-2", 1))
    code, out, err = run("rebuild", home="new")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert part.name in err
    code, out, err = run("rebuild", "nowhere", home="new")
    assert (code, out, err.count("\n")) == (2, "", 1)
    (tmp_path / "etiograph-export" / "note").write_text("", encoding="utf-8")
    code, out, err = run("export")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_store_in_use_is_not_written_over(run: Run, old: Path) -> None:
    """The answer is no: 1."""
    assert run("export")[0] == 0
    before = content_of(old)
    code, out, err = run("rebuild")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "not empty" in err
    assert content_of(old) == before


def test_a_folder_without_a_store_has_nothing_to_export(run: Run, tmp_path: Path) -> None:
    """A misspelt folder is told, and none is made."""
    code, out, err = run("export", home="nowhere")
    assert (code, out) == (1, "")
    assert "holds no store" in err
    assert not (tmp_path / "nowhere").exists()


def test_the_first_two_are_let_in_by_the_owner_of_the_folder(run: Run, tmp_path: Path) -> None:
    """After a rebuild in a sealed house one admin and one more get a password, no third does."""
    names = {"root": "admin", "lead": "ops_lead", "boss": "platform_owner", "eye": "viewer"}
    for name, role in sorted(names.items(), key=lambda item: item[1] != "admin"):
        assert run("user", "add", name, "--role", role)[0] in {0, 1}
    assert run("export")[0] == 0
    assert run("rebuild", home="new")[0] == 0
    assert run("user", "reset", "lead", home="new")[0] == 0
    code, _, err = run("user", "reset", "lead", home="new")
    assert (code, "set-up is sealed" in err) == (1, True)
    assert run("user", "reset", "root", home="new")[0] == 0
    assert run("user", "reset", "root", home="new")[0] == 1
    assert run("user", "reset", "eye", home="new")[0] == 0


def in_small_room(home: Path, room: Path, *arguments: str, bytes_: int) -> tuple[int, str]:
    """Run a command whose files may have so many bytes at most, as on a full disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))

    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=room,
        env=os.environ | {"ETIOGRAPH_HOME": str(home), "PYTHONPATH": str(ROOT)},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def test_a_full_disk_is_told_and_the_same_command_goes_on(
    run: Run, old: Path, tmp_path: Path
) -> None:
    """Neither an export nor a rebuild breaks what stood before."""
    assert run("export")[0] == 0
    before = (tmp_path / "etiograph-export" / "manifest.json").read_bytes()
    store = EmbeddedGraphStore(old / "store.db")
    body = bytes(300_000)
    store.write(lambda tx: tx.add_payload(source="z", digest="z", received_at=T0, body=body))
    store.close()
    code, err = in_small_room(old, tmp_path, "export", bytes_=200_000)
    assert (code, "Traceback" in err) == (1, False)
    assert (tmp_path / "etiograph-export" / "manifest.json").read_bytes() == before
    assert run("export")[0] == 0
    new = tmp_path / "new"
    code, err = in_small_room(new, tmp_path, "rebuild", bytes_=500_000)
    assert (code, "Traceback" in err) == (1, False)
    code, _, err = run("export", "half", home="new")
    assert (code, "not finished" in err) == (1, True)
    assert run("rebuild", home="new")[0] == 0
    assert len(content_of(new)["payload"]) == 3
