"""Real servers for the tests of the whole: a data folder with the pack, copied for each server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from api.client import ApiClient
from api.schemas.admin import NewToken
from benchmarks.served import ServerProcess, run_command, serving

PACK: Final = "medical_education"
PREFIX: Final = f"{PACK}:"


def prepare_home(home: Path) -> Path:
    """Load the pack into a new data folder by the command, as an operator would."""
    done = run_command(home, "load", PACK)
    assert done.returncode == 0, done.stderr
    return home


@contextmanager
def served_copy(prepared: Path, home: Path) -> Iterator[ServerProcess]:
    """Serve a copy of a prepared data folder until the context ends."""
    shutil.copytree(prepared, home)
    with serving(home) as server:
        yield server


def source_token(server: ServerProcess, name: str, *, replay: bool = False) -> str:
    """Make an alert source and its token over the API, as an admin would."""
    with server.client() as owner:
        return new_source(owner, name, replay=replay)


def new_source(owner: ApiClient, name: str, *, replay: bool = False) -> str:
    """Make an alert source; returns the token that posts for it."""
    return owner.create_token(NewToken(name=name, source=name, replay=replay)).token
