"""Disks that are full while one wants them so: a small file system, or a limit of one process."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

import pytest

_SIZE_MB: Final = 96
_PIECE: Final = 1 << 16
_LEFT: Final = 1 << 15  # what a limited file may still grow by


class FullDisk(Protocol):
    """Where a data folder lies; `fill` it under a running server, and `free` it again."""

    @property
    def folder(self) -> Path:
        """Where it is."""

    def fill(self, pid: int) -> None:
        """Leave no room for the process."""

    def free(self, pid: int) -> None:
        """Make room again."""


class SmallDisk:
    """A file system of its own, filled by one large file."""

    def __init__(self, folder: Path) -> None:
        """Take where it is mounted."""
        self.folder: Final = folder
        self._ballast: Final = folder / "ballast"

    def fill(self, pid: int) -> None:
        """Write until nothing goes in any more."""
        with self._ballast.open("wb", buffering=0) as ballast, suppress(_NoSpace):
            while True:
                _write(ballast.fileno())

    def free(self, pid: int) -> None:
        """Delete the large file."""
        self._ballast.unlink()


class LimitedFiles:
    """A process whose files must not grow, as under a quota."""

    def __init__(self, folder: Path) -> None:
        """Take any folder."""
        self.folder: Final = folder

    def fill(self, pid: int) -> None:
        """Let no file of the process grow beyond the log of its store."""
        [log] = self.folder.rglob("store.db-wal")
        self._limit(pid, log.stat().st_size + _LEFT)

    def free(self, pid: int) -> None:
        """Let them grow."""
        self._limit(pid, resource.RLIM_INFINITY)

    def _limit(self, pid: int, size: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class _NoSpace(Exception):
    """The file system is full."""


def _write(file: int) -> None:
    try:
        os.write(file, bytes(_PIECE))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _NoSpace from error
        raise


@contextmanager
def small_disk(folder: Path) -> Iterator[FullDisk]:
    """Mount a small file system; who may not mount one skips the test."""
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root can mount a small file system")
    folder.mkdir()
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={_SIZE_MB}m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small file system here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def limited_files(folder: Path) -> Iterator[FullDisk]:
    """Make a folder whose server is limited later."""
    folder.mkdir()
    yield LimitedFiles(folder)
