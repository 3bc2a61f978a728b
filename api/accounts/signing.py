"""Signing secrets of alert sources: HOME/secrets.json (0600), and the check of X-Signature.

A source signs the raw body: `X-Signature: sha256=HEX`, HEX = HMAC-SHA256(signing secret, body).
The key must be readable to verify, so it is a secret of its own and not the hashed token; it lies
outside the database, and so outside every export of it. A signature carries no time: a recorded
body may be sent again, which changes nothing, because intake is idempotent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
from pathlib import Path
from typing import Final

from graph.errors import StoreError


class SigningSecrets:
    """The signing secret of each source, by name; safe for threads of one process."""

    def __init__(self, path: Path | None) -> None:
        """Keep them in this file (None: in memory); it is read at first use."""
        self._path: Final = path
        self._lock: Final = threading.Lock()
        self._known: dict[str, str] | None = None

    def ensure(self, source: str) -> str:
        """Return the source's secret, made and written down if it is new."""
        with self._lock:
            known = self._read()
            if source not in known:
                known = known | {source: secrets.token_urlsafe(32)}
                self._write(known)
            self._known = known
            return known[source]

    def verifies(self, source: str, body: bytes, signature: str) -> bool:
        """Tell whether `signature` (`sha256=HEX`) is that of `body` by this source."""
        with self._lock:
            self._known = self._read()
            secret = self._known.get(source)
        # An unknown source costs as much as a wrong signature.
        digest = hmac.new((secret or "none").encode(), body, hashlib.sha256).hexdigest()
        given = signature.strip().removeprefix("sha256=").lower()
        return hmac.compare_digest(digest.encode(), given.encode()) and secret is not None

    def _read(self) -> dict[str, str]:
        if self._known is not None:
            return self._known
        if self._path is None or not self._path.exists():
            return {}
        try:
            value = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(f"{self._path}: cannot be read ({error}); restore it") from error
        if not isinstance(value, dict):
            raise StoreError(f"{self._path}: is no object of names and secrets; restore it")
        return {str(name): str(secret) for name, secret in value.items()}

    def _write(self, known: dict[str, str]) -> None:
        if self._path is not None:
            write_private(self._path, json.dumps(known, indent=1, sort_keys=True) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file whole, readable by its owner only (0600), and durably.

    Raises: StoreError.
    """
    draft = path.with_name(path.name + ".new")
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error})") from error
