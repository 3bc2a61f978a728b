"""Proof of a person by password, with guesses slowed so that nobody is kept out by a stranger.

Whoever signs in from one address cannot be told apart from a stranger there, so guesses close that
way for all of them. Two things open it again without helping a guesser: the mark of a browser that
its person has used before, and a password that the program drew: 96 bits are not guessed, slowed
or not. A password that a person chose waits on a new browser, at most a minute after the last
guess; to let it in would be to answer every guess.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from api.accounts.passwords import Passwords, looks_drawn
from api.accounts.rate_limit import FailureLimit
from api.accounts.signing import SigningSecrets
from graph.errors import RateLimitedError, UnauthenticatedError
from graph.model.access import User
from graph.ports import AccessReader, Clock

# Beside the secrets of sources, under a name that no source can have.
_DEVICES: Final = ".devices"
_USED_BEFORE: Final = "a browser of this person"


class Proof:
    """Checks passwords; five failures of a name on one way within a minute close that way."""

    def __init__(
        self, store: AccessReader, clock: Clock, signing: SigningSecrets, passwords: Passwords
    ) -> None:
        """Judge by these accounts."""
        self._store: Final = store
        self._clock: Final = clock
        self._signing: Final = signing
        self._passwords: Final = passwords
        self._limit: Final = FailureLimit()

    def device_of(self, name: str) -> str:
        """Make the mark of a browser in which a person has signed in; it opens nothing."""
        secret = self._signing.ensure(_DEVICES)
        whose = name.encode("utf-8", "replace")
        return hmac.new(secret.encode(), whose, hashlib.sha256).hexdigest()

    def signed(self, name: str, password: str, *, address: str, device: str) -> User:
        """Return the account; a browser that its person has used before is a way of its own.

        A closed way lets a password in that was drawn and not chosen.

        Raises: UnauthenticatedError, RateLimitedError.
        """
        used_before = hmac.compare_digest(self.device_of(name).encode(), device.encode())
        try:
            return self.of(name, password, _USED_BEFORE if used_before else address)
        except RateLimitedError:
            user = self._by_drawn(name, password)
            if user is None:
                raise
            return user

    def _by_drawn(self, name: str, password: str) -> User | None:
        """Return the account whose drawn password this is; the way stays closed for guesses.

        What has no such form is refused at once. For the rest a name that is unknown, or has a
        chosen password, costs and says the same as a wrong one.
        """
        if not looks_drawn(password):
            return None
        user = self._store.user(name)
        known = user if user is not None and not user.chosen else None
        with self._passwords.turn:
            return known if self._passwords.fits(password, known) else None

    def of(self, name: str, password: str, way: str) -> User:
        """Return the account whose password this is, at equal cost for unknown names.

        `way`, an address or a session, is where failures of this name count.

        Raises: UnauthenticatedError, RateLimitedError.
        """
        key, now = (name, way), self._clock.now()
        self._limit.check(key, now)
        user = self._store.user(name)
        with self._passwords.turn:
            self._limit.check(key, now)  # again: a crowd of guesses passed the first together
            if not self._passwords.fits(password, user) or user is None:
                self._limit.fail(key, now)
                raise UnauthenticatedError("name or password is wrong; try again")
        self._limit.clear(key)
        return user
