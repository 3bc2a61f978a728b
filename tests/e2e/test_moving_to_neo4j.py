"""By commands from the embedded store to a real Neo4j and home again, each old store sealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from api.cli import main
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.moving_room import OF_EPOCH
from tests.conftest import require
from tests.contracts.full_house import fill
from tests.neo4j_server import USER, neo4j_server

VERSION: Final = "5.26"  # both versions pass the contract of moving; the commands are the same
_LEFT_ALONE: Final = {kind.value for kind in OF_EPOCH}


def _same(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Give counts and digests of every kind that an epoch leaves alone."""
    return [tally for tally in manifest["kinds"] if tally["kind"] not in _LEFT_ALONE]


def test_a_house_moves_to_neo4j_and_home_by_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Equal digests on the way out and back; whoever is left behind serves no more."""
    require("neo4j")
    home, other = tmp_path / "家", tmp_path / "新家"
    home.mkdir()
    store = EmbeddedGraphStore(home / "store.db")
    store.write(fill)
    store.close()

    def run(*arguments: str, at: Path = home, kind: str = "embedded") -> dict[str, Any]:
        monkeypatch.setenv("ETIOGRAPH_HOME", str(at))
        monkeypatch.setenv("ETIOGRAPH_STORE", kind)
        code = main([*arguments, "--json"])
        said = capsys.readouterr()
        return {"code": code, "err": said.err} | (json.loads(said.out) if said.out else {})

    monkeypatch.setenv("ETIOGRAPH_LANG", "en")
    with neo4j_server(VERSION) as server:
        monkeypatch.setenv("ETIOGRAPH_NEO4J_URI", server.uri)
        monkeypatch.setenv("ETIOGRAPH_NEO4J_USER", USER)
        monkeypatch.setenv("ETIOGRAPH_NEO4J_PASSWORD", server.password)
        first = run("export", str(tmp_path / "one"))
        there = run("rebuild", str(tmp_path / "one"), kind="neo4j")
        assert (there["code"], there["epoch"], there["source_sealed"]) == (0, 2, True)
        assert "sealed" in run("user", "reset", "wang")["err"]
        (about_store, *_) = run("doctor", kind="neo4j")["checks"]
        assert f"Neo4j {VERSION}" in about_store["text"]["en"]
        assert server.uri in about_store["text"]["zh"]
        second = run("export", str(tmp_path / "two"), kind="neo4j")
        assert second["origin"]["store"] == "neo4j"
        back = run("rebuild", str(tmp_path / "two"), at=other)
        assert (back["code"], back["epoch"], back["source_sealed"]) == (0, 3, True)
        assert "sealed" in run("user", "reset", "wang", kind="neo4j")["err"]
    third = run("export", str(tmp_path / "three"), at=other)
    assert _same(first) == _same(second) == _same(third) != []
    assert run("audit", "verify", at=other)["holds"] is True
