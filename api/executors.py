"""Executor profiles: HOME/executors.json (0600), and the runners made of it.

    {"executors": [{"profile": "line-desk", "url": "https://lines.example/orders",
                    "allow": ["https://lines.example:443"], "secret": ..., ...}]}

The secrets stand in this file and nowhere else: not in the store, a log, an error or a digest.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError, field_validator

from api.accounts.signing import write_private
from graph.errors import StoreError
from graph.model.base import Model
from reasoning.remediation.profile import WebhookProfile

if TYPE_CHECKING:
    from reasoning.ports import ActionRunner

EXECUTORS_FILE: Final = "executors.json"
_PREFIX: Final = "whsec_"
# Source: Standard Webhooks 1.0.0 asks for at least 24 bytes; 64 is the block of HMAC-SHA256.
_LEAST: Final = 24
_MOST: Final = 64
_OTHERS: Final = 0o077


@dataclass(frozen=True)
class Executor:
    """A profile with its secret, which no text of this value shows."""

    profile: WebhookProfile
    secret: bytes = field(repr=False)


class _Entry(WebhookProfile):
    secret: str

    @field_validator("secret")
    @classmethod
    def _readable(cls, secret: str) -> str:
        secret_of(secret)
        return secret


class _File(Model):
    executors: tuple[_Entry, ...] = ()

    @field_validator("executors")
    @classmethod
    def _once(cls, executors: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
        names = [entry.profile for entry in executors]
        if len(set(names)) < len(names):
            raise ValueError("each profile must stand once")
        return executors


def secret_of(text: str) -> bytes:
    """Read a secret written as `whsec_` and base64.

    Raises: ValueError unless it is 24 to 64 bytes; the message holds nothing of it.
    """
    try:
        secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not text.startswith(_PREFIX) or not _LEAST <= len(secret) <= _MOST:
        raise ValueError(f"must be {_PREFIX} and base64 of {_LEAST} to {_MOST} bytes")
    return secret


def read_executors(path: Path) -> tuple[Executor, ...]:
    """Read the profiles in the order of the file; none where there is no file.

    Raises: StoreError naming file and place, where it is faulty or readable by others.
    """
    return tuple(
        Executor(
            profile=WebhookProfile.model_validate(entry.model_dump(exclude={"secret"})),
            secret=secret_of(entry.secret),
        )
        for entry in _read(path).executors
    )


def put_executor(path: Path, executor: Executor) -> None:
    """Add a profile to the file, or renew the one of its name; the others stay.

    Raises: StoreError.
    """
    known = _read(path)
    written = _PREFIX + base64.b64encode(executor.secret).decode("ascii")
    entry = _Entry(**executor.profile.model_dump(), secret=written)
    others = [old for old in known.executors if old.profile != entry.profile]
    file = _File(executors=(*others, entry))
    if file != known:
        write_private(path, file.model_dump_json(indent=1) + "\n")


def _read(path: Path) -> _File:
    try:
        if path.stat().st_mode & _OTHERS:
            raise StoreError(f"{path}: holds secrets and others may read it; chmod 600 it")
        return _File.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return _File()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error})") from error
    except ValidationError as error:
        # Never the error itself: it quotes its input, and the input holds secrets.
        fault = error.errors(include_input=False, include_context=False, include_url=False)[0]
        place = "/".join(str(part) for part in fault["loc"])
        raise StoreError(f"{path}: {place}: {fault['msg']}; mend it there") from None


class RunnerShelf(Mapping[str, "ActionRunner"]):
    """The runners by profile, made at first use and again once forgotten; safe for threads."""

    def __init__(self, make: Callable[[], Mapping[str, ActionRunner]]) -> None:
        """Make the runners by `make`."""
        self._make: Final = make
        self._lock: Final = threading.Lock()
        self._known: Mapping[str, ActionRunner] | None = None

    def check(self) -> None:
        """Make the runners now, so that a fault is told at the start.

        Raises: StoreError.
        """
        self._runners()

    def forget(self) -> None:
        """Read the profiles again at next use."""
        with self._lock:
            self._known = None

    def __getitem__(self, profile: str) -> ActionRunner:
        return self._runners()[profile]

    def __iter__(self) -> Iterator[str]:
        return iter(self._runners())

    def __len__(self) -> int:
        return len(self._runners())

    def _runners(self) -> Mapping[str, ActionRunner]:
        with self._lock:
            if self._known is None:
                self._known = self._make()
            return self._known
