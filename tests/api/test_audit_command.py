"""`etiograph audit verify`: whole, broken, and where nothing was ever written."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from api.cli import main
from graph.model.audit import AuditEvent
from graph.ports import Transaction
from graph.stores.embedded_store import EmbeddedGraphStore

_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _note(number: int, tx: Transaction) -> AuditEvent:
    return tx.add_audit(
        at=_AT, actor="zhou", kind="tried", subject="rem-1", detail={"number": number}
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a data folder with three lines of audit."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ETIOGRAPH_HOME", str(folder))
    monkeypatch.setenv("ETIOGRAPH_LANG", "en")
    folder.mkdir(mode=0o700)
    store = EmbeddedGraphStore(folder / "store.db")
    for number in range(3):
        store.write(partial(_note, number))
    store.close()
    return folder


def test_a_whole_chain_is_told_with_its_head(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0, how many lines, and the hash that a person may keep elsewhere."""
    assert main(["audit", "verify", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["holds"], said["lines"], len(said["head"])) == (True, 3, 64)


def test_a_line_written_anew_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1, and the first line that is not as it was written."""
    with sqlite3.connect(home / "store.db") as file:
        file.execute("UPDATE audit SET body = replace(body, 'zhou', 'wang') WHERE seq = 2")
    assert main(["audit", "verify"]) == 1
    assert "broken at line 2" in capsys.readouterr().out


def test_an_unused_home_has_a_whole_chain_of_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing written is nothing broken, and looking makes no folder."""
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "none"))
    assert main(["audit", "verify"]) == 0
    assert "0 " in capsys.readouterr().out
    assert not (tmp_path / "none").exists()
