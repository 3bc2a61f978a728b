"""Accounts, sessions, tokens and sources: made, checked and ended; secrets are stored hashed.

Passwords are argon2. Session and token texts are 32 random bytes, kept as sha256; they are long
enough that a plain hash tells nothing. A source's signing secret is no password but a shared key,
so it must be readable: it lies in HOME/secrets.json (0600), never in the database.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol

from api.accounts.issuing import (
    SET_UP,
    check_for_others,
    check_token,
    known_token,
    new_token,
    note_token,
    put_demo_user,
    put_source,
    put_user,
)
from api.accounts.passwords import Passwords, drawn
from api.accounts.passwords import hash_of as hash_of
from api.accounts.proof import Proof
from api.accounts.roles import give_roles, known_user, note, take_role
from api.accounts.sealing import check_free, check_reset, gaps, is_sealed, keep_seal
from api.accounts.signing import SigningSecrets
from api.schemas.admin import IssuedPassword, IssuedToken, NewToken
from graph.errors import (
    NotAllowedError,
    UnauthenticatedError,
)
from graph.model.access import Role, Scope, Session, Source, User
from graph.model.base import Text
from graph.ports import Clock, Store, Transaction

SESSION_LIFE: Final = timedelta(hours=12)
DEMO_SCOPES: Final = (Scope.READ, Scope.OPERATE, Scope.EXECUTE)


class DemoAccount(Protocol):
    """An account of the demo, with the secrets that its file holds."""

    name: str
    role: Role
    password: str
    token: str


class Accounts:
    """The use cases of accounts; `approving grants` end when set-up is sealed (safety rule 2)."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        signing: SigningSecrets,
        passwords: Passwords | None = None,
    ) -> None:
        """Work on this store."""
        self._store: Final = store
        self._clock: Final = clock
        self._signing: Final = signing
        self.passwords: Final = passwords or Passwords()
        self.proof: Final = Proof(store, clock, signing, self.passwords)

    # ── Sessions ────────────────────────────────────────────────────────────────────────────────

    def sign_in(
        self, name: str, password: str, *, address: str, device: str = ""
    ) -> tuple[str, Session]:
        """Check a password and start a session of 12 hours; returns its text and the session.

        An unknown name costs as much as a wrong password. Failures of a browser that this person
        has used before (`device`, as `Proof.device_of` made it) count apart: strangers behind the
        same address keep nobody out there.

        Raises: UnauthenticatedError; RateLimitedError after five failures of this name from this
            address within a minute.
        """
        user = self.proof.signed(name, password, address=address, device=device)
        now = self._clock.now()
        text = secrets.token_urlsafe(32)
        session = Session(
            id_hash=hash_of(text),
            user=user.name,
            csrf=secrets.token_urlsafe(24),
            created_at=now,
            expires_at=now + SESSION_LIFE,
        )
        self._store.write(lambda tx: tx.put_session(session))
        return text, session

    def confirm(self, name: str, password: str, *, session: str) -> None:
        """Check the password of a person who is signed in, once more before a grave decision.

        Failures count for this session (the hash of its id) alone: who guesses at the sign-in
        page keeps nobody from deciding.

        Raises: ForbiddenError; RateLimitedError after five failures within a minute.
        """
        try:
            self.proof.of(name, password, session)
        except UnauthenticatedError as error:
            raise NotAllowedError(
                "the password is wrong; nothing was decided, try again", code="step_up_required"
            ) from error

    def sign_out(self, id_hash: str) -> None:
        """End a session."""
        self._store.write(lambda tx: tx.delete_session(id_hash))

    # ── Users ───────────────────────────────────────────────────────────────────────────────────

    def sealed(self) -> bool:
        """Tell whether an approving role was ever granted to somebody who is no demo user."""
        return is_sealed(self._store)

    def add_user(
        self,
        name: str,
        roles: tuple[Role, ...],
        *,
        sites: tuple[str, ...] | None = None,
        demo: bool = False,
        by: str = "local",
    ) -> IssuedPassword:
        """Make an account with a random password.

        Raises: ConflictError if the name is taken; NotAllowedError `needs_two_people` for an
            approving role or an admin once set-up is sealed.
        """
        check_free(self._store, name, roles, demo=demo)
        password = drawn()
        user = self._user(name, roles, password, sites=sites, demo=demo)

        def work(tx: Transaction) -> None:
            check_free(tx, name, roles, demo=demo)  # again: two may ask at once
            put_user(tx, user)
            keep_seal(tx, user, by=by, at=user.created_at)
            if not demo:
                note(tx, "user_added", name, user.roles, by=by, at=user.created_at)

        self._store.write(work)
        return IssuedPassword(name=name, roles=user.roles, password=password)

    def give_roles(self, name: str, roles: Sequence[Role], *, by: str) -> User:
        """Add roles to an account.

        Raises: NotFoundError; NotAllowedError `needs_two_people` as for `add_user`.
        """
        now = self._clock.now()
        return self._store.write(lambda tx: give_roles(tx, name, roles, by=by, at=now))

    def take_role(self, name: str, role: Role, *, by: str) -> tuple[User, tuple[Text, ...]]:
        """Take a role at once; returns the account and what the house now lacks.

        Raises: NotFoundError; ConflictError `role_not_held`.
        """
        now = self._clock.now()
        left = self._store.write(lambda tx: take_role(tx, name, role, by=by, at=now))
        return left, gaps(self._store)

    def _user(
        self,
        name: str,
        roles: tuple[Role, ...],
        password: str,
        *,
        sites: tuple[str, ...] | None = None,
        demo: bool = False,
    ) -> User:
        return User(
            name=name,
            roles=tuple(sorted(set(roles))),
            password_hash=self.passwords.hashed(password),
            sites=sites,
            demo=demo,
            created_at=self._clock.now(),
        )

    def add_demo(self, accounts: Sequence[DemoAccount], sources: Mapping[str, str]) -> None:
        """Make demo accounts with their tokens, and replay sources by name and token: all or none.

        The secrets are the caller's, who has written them down before: so a crash leaves no
        account that nobody can enter.

        Raises: ConflictError if a name is taken.
        """
        now = self._clock.now()
        users = [self._user(a.name, (a.role,), a.password, demo=True) for a in accounts]
        tokens = [new_token(_of_user(a), hash_of(a.token), now) for a in accounts]
        fed = [(_of_source(name), text) for name, text in sorted(sources.items())]
        for wanted, _ in fed:
            self._signing.ensure(wanted.name)

        def work(tx: Transaction) -> None:
            for user in users:
                put_demo_user(tx, user)
            for token in tokens:
                tx.put_token(token)
            for wanted, text in fed:
                put_source(tx, Source(name=wanted.name, replay=True, demo=True, created_at=now))
                tx.put_token(new_token(wanted, hash_of(text), now))

        self._store.write(work)

    def reset_user(self, name: str, *, by: str = "local") -> IssuedPassword:
        """Give an account a new random password and end its sessions.

        Raises: NotFoundError; NotAllowedError `needs_two_people` for a real approver or admin once
            set-up is sealed, as `check_reset` says.
        """
        check_reset(self._store, known_user(self._store, name), by=by)
        password, now = drawn(), self._clock.now()
        hashed = self.passwords.hashed(password)

        def work(tx: Transaction) -> User:
            user = known_user(tx, name)
            check_reset(tx, user, by=by)  # again: it may have got a role
            new = {"password_hash": hashed, "halves": False, "chosen": False}
            renewed = user.model_copy(update=new)
            tx.put_user(renewed)
            tx.delete_sessions_of(name)
            if not user.demo:
                note(tx, "user_reset", name, user.roles, by=by, at=now)
            return renewed

        return IssuedPassword(name=name, roles=self._store.write(work).roles, password=password)

    # ── Tokens and sources ──────────────────────────────────────────────────────────────────────

    def create_token(self, wanted: NewToken, *, by: str = SET_UP, own: bool = False) -> IssuedToken:
        """Make a token for a user (scopes, read unless said) or a source (ingest only).

        A new source is made with `replay`, and gets a signing secret for X-Signature.

        Args:
            own: whether `by` is signed in and makes it for the own account.

        Raises: InputError for a wrong combination; NotFoundError for an unknown user;
            NotAllowedError `own_token_only`; ConflictError when the source exists with another
            `replay`.
        """
        check_token(wanted)
        text, now = secrets.token_urlsafe(32), self._clock.now()
        token = new_token(wanted, hash_of(text), now)
        # Before the store: a crash between the two leaves a secret that nothing uses yet, and
        # never a source whose signing secret is in no file.
        signing = self._signing.ensure(wanted.source) if wanted.source else None

        def work(tx: Transaction) -> None:
            if wanted.user:
                known_user(tx, wanted.user)
            if not own:
                check_for_others(tx, token, by=by)
            if wanted.source:
                source = Source(name=wanted.source, replay=wanted.replay, created_at=now)
                put_source(tx, source)
            tx.put_token(token)
            note_token(tx, "token_created", token, by=by, at=now)

        self._store.write(work)
        shown = token.model_dump(exclude={"token_hash"})
        return IssuedToken(**shown, token=text, signing_secret=signing)

    def revoke_token(self, token_id: str, *, by: str = SET_UP) -> None:
        """End a token at once.

        Raises: NotFoundError.
        """
        now = self._clock.now()

        def work(tx: Transaction) -> None:
            token = known_token(tx, token_id)
            tx.delete_token(token_id)
            note_token(tx, "token_revoked", token, by=by, at=now)

        self._store.write(work)


def _of_user(account: DemoAccount) -> NewToken:
    return NewToken(name=account.name, user=account.name, scopes=DEMO_SCOPES)


def _of_source(name: str) -> NewToken:
    return NewToken(name=name, source=name, replay=True)
