"""One owner per data folder: a live one is named, a dead one never blocks."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from api.owner import FolderOwner, Owner, current_owner
from graph.errors import FolderOwnedError, StoreError

ADDRESS: Final = "http://127.0.0.1:8501"
ROOT: Final = Path(__file__).resolve().parents[2]

# Owns a folder, says so, and holds it until its input ends.
OWN: Final = """
import sys
from pathlib import Path
from api.owner import FolderOwner
with FolderOwner.acquire(Path(sys.argv[1]), sys.argv[2]):
    sys.stdout.write("owned\\n")
    sys.stdout.flush()
    sys.stdin.read()
"""


@contextmanager
def other_process(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Let a real process own the folder."""
    command = [sys.executable, "-c", OWN, str(home), ADDRESS]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "owned\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Name a data folder that does not exist yet."""
    return tmp_path / "deep" / "home"


def test_nobody_owns_a_folder_that_is_not_there(home: Path) -> None:
    """Asking makes no folder."""
    assert current_owner(home) is None
    assert not home.exists()


def test_the_owner_says_who_it_is(home: Path) -> None:
    """Pid, address and a token that cannot be guessed; nobody else may read them."""
    with FolderOwner.acquire(home, ADDRESS) as owner:
        assert (owner.pid, owner.address) == (os.getpid(), ADDRESS)
        assert len(owner.token) >= 32
        assert current_owner(home) == owner
        assert Owner.model_validate_json((home / "owner.json").read_bytes()) == owner
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert stat.S_IMODE((home / "owner.json").stat().st_mode) == 0o600
    assert current_owner(home) is None
    assert not (home / "owner.json").exists()


def test_every_owner_has_its_own_token(home: Path) -> None:
    """A token dies with its owner."""
    with FolderOwner.acquire(home, ADDRESS) as first:
        pass
    with FolderOwner.acquire(home, ADDRESS) as second:
        assert first.token != second.token


def test_a_second_owner_is_refused_and_the_first_named(home: Path) -> None:
    """The message says pid, address and what to do."""
    with other_process(home) as first:
        with (
            pytest.raises(FolderOwnedError, match=f"process {first.pid} .*{ADDRESS}.*stop it"),
            FolderOwner.acquire(home, ADDRESS),
        ):
            pass
        owner = current_owner(home)
        assert owner is not None
        assert (owner.pid, owner.address) == (first.pid, ADDRESS)


def test_a_dead_owner_never_blocks(home: Path) -> None:
    """After kill -9 its owner.json is still there, but not believed."""
    with other_process(home) as first:
        first.kill()
        first.wait(timeout=30)
        assert (home / "owner.json").exists()
        assert current_owner(home) is None
        with FolderOwner.acquire(home, ADDRESS) as owner:
            assert current_owner(home) == owner


def test_an_owner_that_ends_leaves_the_folder_free(home: Path) -> None:
    """The next one starts at once."""
    with other_process(home) as first:
        assert first.stdin is not None
        first.stdin.close()
        assert first.wait(timeout=30) == 0
        assert not (home / "owner.json").exists()
        with FolderOwner(home).hold():
            owner = current_owner(home)
            assert owner is not None
            assert owner.address is None


def test_two_contexts_of_one_process_exclude_each_other(home: Path) -> None:
    """A command without an address is named as a command."""
    with (
        FolderOwner(home).hold(),
        pytest.raises(FolderOwnedError, match="running a command"),
        FolderOwner(home, ADDRESS).hold(),
    ):
        pass


def test_an_owner_without_a_name_still_owns(home: Path) -> None:
    """Between the lock and owner.json somebody is starting; nobody takes that for free."""
    with FolderOwner.acquire(home, ADDRESS):
        (home / "owner.json").write_text("{broken", encoding="utf-8")
        with pytest.raises(FolderOwnedError, match="starting"):
            current_owner(home)
        with pytest.raises(FolderOwnedError, match="starting"), FolderOwner(home).hold():
            pass


def test_asking_does_not_keep_an_owner_out(home: Path) -> None:
    """While others look who owns the folder, it can still be taken."""
    with FolderOwner.acquire(home, ADDRESS):
        pass
    for _ in range(50):
        assert current_owner(home) is None
        with FolderOwner.acquire(home, ADDRESS):
            pass


def test_a_folder_that_cannot_be_made_is_an_error_of_the_tree(tmp_path: Path) -> None:
    """A file in the way is named."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    home = tmp_path / "file" / "home"
    with pytest.raises(StoreError, match="file/home"), FolderOwner(home).hold():
        pass
