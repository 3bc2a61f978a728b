"""Settings: what the environment may say."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from api.settings import read_settings
from graph.errors import InputError

ROOT: Final = Path(__file__).resolve().parents[2]
_NEO4J: Final = tuple(
    f"NEO4J_{name}" for name in ("URI", "USER", "PASSWORD", "PASSWORD_FILE", "DATABASE")
)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "HOST", "PORT", "STORE", "LANG", *_NEO4J):
        monkeypatch.delenv(f"ETIOGRAPH_{name}", raising=False)


def test_defaults_are_safe() -> None:
    """On this machine only, port 8501, the embedded store, Chinese."""
    settings = read_settings()
    assert (settings.url, settings.store, settings.lang) == (
        "http://127.0.0.1:8501",
        "embedded",
        "zh",
    )


def test_commands_use_the_folder_that_make_run_serves() -> None:
    """A token made by the command line is one that the server of this checkout knows."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "ETIOGRAPH_HOME ?= $(CURDIR)/.etiograph\n" in makefile
    assert read_settings().home == ROOT / ".etiograph"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable has the prefix; an empty one counts as absent."""
    monkeypatch.setenv("ETIOGRAPH_HOME", "~/data")
    monkeypatch.setenv("ETIOGRAPH_HOST", "::1")
    monkeypatch.setenv("ETIOGRAPH_PORT", "9000")
    monkeypatch.setenv("ETIOGRAPH_LANG", "")
    settings = read_settings()
    assert (settings.url, settings.home) == ("http://[::1]:9000", Path.home() / "data")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "0.0.0.0"),
        ("HOST", "192.168.1.5"),
        ("HOST", "example.org"),
        ("PORT", "0"),
        ("PORT", "many"),
        ("STORE", "oracle"),
        ("LANG", "fr"),
    ],
)
def test_a_faulty_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The message begins with the variable; a store that is not built is no choice."""
    monkeypatch.setenv(f"ETIOGRAPH_{name}", value)
    with pytest.raises(InputError, match=rf"^ETIOGRAPH_{name}: "):
        read_settings()


def test_a_neo4j_store_needs_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that is missing is named; the embedded store needs none."""
    monkeypatch.setenv("ETIOGRAPH_STORE", "neo4j")
    with pytest.raises(InputError, match="ETIOGRAPH_NEO4J_URI: is needed"):
        read_settings()
    monkeypatch.setenv("ETIOGRAPH_NEO4J_URI", "bolt://127.0.0.1:7687")
    settings = read_settings()
    assert (settings.neo4j_uri, settings.neo4j_user, settings.neo4j_database) == (
        "bolt://127.0.0.1:7687",
        "neo4j",
        "neo4j",
    )


def test_the_password_of_neo4j_comes_from_a_variable_or_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is never shown with the settings; the end of the file's line is no part of it."""
    file = tmp_path / "word"
    file.write_text("geheim 秘\n", encoding="utf-8")
    assert read_settings().secret_of_neo4j() == ""
    monkeypatch.setenv("ETIOGRAPH_NEO4J_PASSWORD_FILE", str(file))
    assert read_settings().secret_of_neo4j() == "geheim 秘"
    monkeypatch.setenv("ETIOGRAPH_NEO4J_PASSWORD", "other")
    settings = read_settings()
    assert settings.secret_of_neo4j() == "other"
    assert "other" not in repr(settings)


def test_a_password_file_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What cannot be read is bad input."""
    monkeypatch.setenv("ETIOGRAPH_NEO4J_PASSWORD_FILE", str(tmp_path / "none"))
    with pytest.raises(InputError, match="ETIOGRAPH_NEO4J_PASSWORD_FILE"):
        read_settings().secret_of_neo4j()
