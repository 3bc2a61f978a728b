"""Settings: what the environment may say."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from api.settings import read_settings
from graph.errors import InputError

ROOT: Final = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "HOST", "PORT", "STORE", "LANG"):
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
        ("STORE", "neo4j"),
        ("LANG", "fr"),
    ],
)
def test_a_faulty_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The message begins with the variable; a store that is not built is no choice."""
    monkeypatch.setenv(f"ETIOGRAPH_{name}", value)
    with pytest.raises(InputError, match=rf"^ETIOGRAPH_{name}: "):
        read_settings()
