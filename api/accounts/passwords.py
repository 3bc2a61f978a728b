"""Passwords and other secrets: hashed and checked."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from typing import Final

from graph.model.access import User

_HASHES_AT_ONCE: Final = 2
# What `drawn` gives, and what two people's halves (80 bits each) make together.
_DRAWN: Final = re.compile(r"[\w-]{16}|[0-9a-f]{20}-[0-9a-f]{20}", re.ASCII)


def drawn() -> str:
    """Draw a password of 96 bits: nobody guesses it, however fast they may try."""
    return secrets.token_urlsafe(12)


def looks_drawn(password: str) -> bool:
    """Tell whether a text has the form of a password that was drawn; people may choose such too."""
    return _DRAWN.fullmatch(password.strip()) is not None


def hash_of(secret: str) -> str:
    """Give the sha256 hex under which a session's or token's text is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def joined_halves(first_hash: str, second: str) -> str:
    """Give the text that is hashed for a password of two halves (`FIRST-SECOND`).

    The first half is stored as its sha256 between the asking for a grant and its confirmation, so
    that is what both the making and the checking of the password start from.
    """
    return f"{first_hash}-{second}"


class Passwords:
    """Argon2; `turn` is held while one is computed, for one hash takes 64 MiB."""

    def __init__(self) -> None:
        # A crowd of guesses must not take all memory.
        self.turn: Final = threading.BoundedSemaphore(_HASHES_AT_ONCE)
        self._decoy: str | None = None

    def hashed(self, password: str) -> str:
        """Hash a password for keeping."""
        from pwdlib import PasswordHash

        with self.turn:
            return PasswordHash.recommended().hash(password)

    def fits(self, password: str, user: User | None) -> bool:
        """Tell whether it is this account's; the caller holds `turn`.

        No account costs as much as a wrong password.
        """
        from pwdlib import PasswordHash

        hasher = PasswordHash.recommended()
        if self._decoy is None:
            self._decoy = hasher.hash(secrets.token_urlsafe(16))
        if user is not None and user.halves:
            first, _, second = password.strip().partition("-")
            password = joined_halves(hash_of(first), second)
        matches = hasher.verify(password, user.password_hash if user else self._decoy)
        return matches and user is not None
