"""`etiograph import`: reports, exit codes, and that a bad file leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli import main
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.test_documents_http import MARKDOWN
from tests.small_pack import small_pack


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a data folder with the small platform, in English."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    store = EmbeddedGraphStore(folder / "store.db")
    store.write(lambda tx: tx.replace_pack(small_pack()))
    store.close()
    monkeypatch.setenv("ETIOGRAPH_HOME", str(folder))
    monkeypatch.setenv("ETIOGRAPH_LANG", "en")
    return folder


def versions(home: Path) -> list[str]:
    """Read which versions the folder holds."""
    store = EmbeddedGraphStore(home / "store.db")
    try:
        return [one.id for one in store.sop_versions()]
    finally:
        store.close()


def test_a_document_becomes_a_draft_and_the_report_says_so(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line per file, its warnings and the commands that publishing would add."""
    file = tmp_path / "cache.md"
    file.write_text(MARKDOWN, encoding="utf-8")
    assert main(["import", "sops", str(file)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("cache.md: taken in small:cache:1\n")
    assert "    + warm-cache --all\n" in said
    assert main(["import", "sops", str(file)]) == 0
    assert capsys.readouterr().out.startswith("cache.md: unchanged")
    assert versions(home) == ["small:cache:1"]


def test_a_bad_file_is_one_line_and_exit_2(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing on stdout, what and what to do on stderr, nothing stored."""
    file = tmp_path / "scan.pdf"
    file.write_bytes(b"%PDF-1.4 nothing")
    assert main(["import", "sops", str(file)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("scan.pdf: the file is broken")
    assert said.err.count("\n") == 1
    assert versions(home) == []


def test_one_bad_file_among_good_ones_is_exit_1(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The good one is in; the JSON report names both."""
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text(MARKDOWN, encoding="utf-8")
    bad.write_text("", encoding="utf-8")
    assert main(["import", "sops", str(good), str(bad), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [item["outcome"] for item in report["items"]] == ["taken", "refused"]
    assert versions(home) == ["small:good:1"]


def test_a_dry_run_stores_nothing(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what would happen."""
    file = tmp_path / "cache.md"
    file.write_text(MARKDOWN, encoding="utf-8")
    assert main(["import", "sops", str(file), "--dry-run"]) == 0
    assert "dry run: nothing was stored" in capsys.readouterr().out
    assert versions(home) == []


def test_a_faulty_row_of_cases_is_named(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """File, line and key; exit 2."""
    file = tmp_path / "old.csv"
    file.write_text("id,title\nold-1,x\n", encoding="utf-8")
    assert main(["import", "cases", str(file)]) == 2
    assert capsys.readouterr().err.startswith("old.csv:2: opened_at: ")
    assert main(["import", "cases", str(tmp_path / "none.csv")]) == 2
