"""One owner per data folder: an OS lock on HOME/owner.lock, and HOME/owner.json that says who.

The lock belongs to the process, so a dead owner never blocks; what it left in owner.json is not
believed. Whoever starts children must not let them inherit the lock (subprocess does not).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from pydantic import ValidationError

from graph.errors import FolderOwnedError, StoreError
from graph.model.base import Model

_LOCK_NAME: Final = "owner.lock"
_OWNER_NAME: Final = "owner.json"
# `current_owner` holds the lock for an instant while it looks; an acquirer waits that long.
_PATIENCE_S: Final = 0.5
_STEP_S: Final = 0.02


class Owner(Model):
    """Who owns a folder; `address` is None for a command that serves nobody.

    `token` lets this machine's commands in over HTTP; it never leaves owner.json (0600).
    """

    pid: int
    address: str | None
    token: str


class FolderOwner:
    """Ownership of a data folder by this process, as a `graph.write_ports.FolderLock`."""

    def __init__(self, home: Path, address: str | None = None) -> None:
        self._home: Final = home
        self._address: Final = address

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Own the folder while the context lasts; FolderOwnedError names the owner."""
        with self.acquire(self._home, self._address):
            yield

    @staticmethod
    @contextmanager
    def acquire(home: Path, address: str | None) -> Iterator[Owner]:
        """Own `home` (made with mode 0700) while the context lasts, and say so in owner.json.

        Args:
            home: the data folder.
            address: where this process serves, for example `http://127.0.0.1:8501`, or None.

        Raises:
            FolderOwnedError: another process, or another context of this one, owns it.
            StoreError: the folder cannot be made or written.
        """
        with _lock_file(home) as lock:
            if not _locked(lock):
                raise _owned(home, _read(home))
            owner = Owner(pid=os.getpid(), address=address, token=secrets.token_urlsafe(32))
            _publish(home, owner)
            try:
                yield owner
            finally:
                (home / _OWNER_NAME).unlink(missing_ok=True)


def current_owner(home: Path) -> Owner | None:
    """Tell who owns `home` now; None if nobody does. It changes nothing.

    Raises: FolderOwnedError if somebody does who has not said yet who it is; StoreError if the
        folder cannot be looked into.
    """
    try:
        lock = (home / _LOCK_NAME).open("r", encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"data folder {str(home)!r} cannot be used ({error})") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            return None
    owner = _read(home)
    if owner is None:
        raise _owned(home, None)
    return owner


@contextmanager
def _lock_file(home: Path) -> Iterator[IO[str]]:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(home / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"data folder {str(home)!r} cannot be used ({error})") from error
    with os.fdopen(descriptor, "r+", encoding="utf-8") as lock:
        yield lock  # closing it lets the lock go


def _locked(lock: IO[str]) -> bool:
    """Take the lock, waiting out those who only look."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            threading.Event().wait(_STEP_S)
        else:
            return True


def _publish(home: Path, owner: Owner) -> None:
    """Write owner.json whole, readable by its owner only."""
    draft = home / f"{_OWNER_NAME}.new"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(owner.model_dump_json() + "\n")
    draft.replace(home / _OWNER_NAME)


def _read(home: Path) -> Owner | None:
    try:
        return Owner.model_validate_json((home / _OWNER_NAME).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _owned(home: Path, owner: Owner | None) -> FolderOwnedError:
    who = "another process that is just starting"
    if owner is not None:
        what = f"serving at {owner.address}" if owner.address else "running a command"
        who = f"process {owner.pid} ({what})"
    return FolderOwnedError(
        f"data folder {str(home)!r} is owned by {who}; stop it or choose another ETIOGRAPH_HOME"
    )
