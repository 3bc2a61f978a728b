"""Who is asking, and what they may do: tokens, sessions, signatures, roles, scopes.

| ability | roles that have it | token scopes that keep it |
|---|---|---|
| read | viewer, operator, ops_lead, academic_lead, platform_owner | read, operate, execute |
| operate | operator and the three leads | operate |
| execute | operator and the three leads | execute |
| approve | the three leads, in their role | none: a session only |
| admin | admin | admin |
| ingest | nobody: alert sources only | ingest |
"""

from __future__ import annotations

import getpass
import hmac
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from api.accounts.register import hash_of
from api.accounts.signing import SigningSecrets
from graph.errors import ForbiddenError, UnauthenticatedError
from graph.model.access import Principal, Role, Scope, Session, Source, Token, User
from graph.ports import AccessReader, Clock, Reader, Store
from ingest.sender import Sender


class Ability(StrEnum):
    """What a caller may do."""

    READ = "read"
    OPERATE = "operate"
    EXECUTE = "execute"
    APPROVE = "approve"
    ADMIN = "admin"
    INGEST = "ingest"


_OPERATOR: Final = frozenset({Ability.READ, Ability.OPERATE, Ability.EXECUTE})
_OF_ROLE: Final[Mapping[Role, frozenset[Ability]]] = {
    Role.VIEWER: frozenset({Ability.READ}),
    Role.OPERATOR: _OPERATOR,
    Role.OPS_LEAD: _OPERATOR | {Ability.APPROVE},
    Role.ACADEMIC_LEAD: _OPERATOR | {Ability.APPROVE},
    Role.PLATFORM_OWNER: _OPERATOR | {Ability.APPROVE},
    Role.ADMIN: frozenset({Ability.ADMIN}),
}
_OF_SCOPE: Final[Mapping[Scope, frozenset[Ability]]] = {
    Scope.READ: frozenset({Ability.READ}),
    Scope.OPERATE: frozenset({Ability.READ, Ability.OPERATE}),
    Scope.EXECUTE: frozenset({Ability.READ, Ability.EXECUTE}),
    Scope.ADMIN: frozenset({Ability.ADMIN}),
    Scope.INGEST: frozenset({Ability.INGEST}),
}


@dataclass(frozen=True)
class Caller:
    """A principal with what it may do; `session` where it came by the cookie.

    `source` is an alert source as it is stored; `sender` where that was read for an earlier call:
    nothing may be told or done then before it is confirmed (`doors.proven`).
    """

    principal: Principal
    abilities: frozenset[Ability]
    session: Session | None = None
    source: Source | None = None
    sender: Sender | None = None

    def demand(self, *wanted: Ability) -> None:
        """Raise ForbiddenError unless the caller has one of these abilities."""
        if not self.abilities & set(wanted):
            names = " or ".join(wanted)
            raise ForbiddenError(f"{self.principal.name!r} may not {names} here; ask an admin")


def abilities_of_roles(roles: Set[Role]) -> frozenset[Ability]:
    """Unite what the roles may do."""
    return frozenset(ability for role in roles for ability in _OF_ROLE[role])


class Gate:
    """Turns credentials into callers; accounts are read at every call, so a change acts at once."""

    def __init__(
        self, store: Store, clock: Clock, signing: SigningSecrets, owner_token: str | None
    ) -> None:
        """Check against this store; `owner_token` is that of the commands of this machine."""
        self._store: Final = store
        # Whose a token was when it was read last, by its hash: read ahead with it, never trusted.
        self._whose: Final[dict[str, Token]] = {}
        self._who: Final[dict[str, str]] = {}  # likewise the user of a session
        self._senders: Final[dict[str, Sender]] = {}  # likewise, of alert sources
        self._clock: Final = clock
        self._signing: Final = signing
        self._owner_token: Final = owner_token

    def by_token(self, text: str) -> Caller:
        """Let a bearer of a token in.

        Raises: UnauthenticatedError.
        """
        if self._owner_token and hmac.compare_digest(text.encode(), self._owner_token.encode()):
            roles = frozenset({Role.VIEWER, Role.ADMIN})
            name = f"local:{getpass.getuser()}"
            return Caller(Principal(name=name, roles=roles), abilities_of_roles(roles))
        return self.by_hash(hash_of(text))

    def by_hash(self, token_hash: str) -> Caller:
        """Let a bearer of the token of this hash in.

        Raises: UnauthenticatedError.
        """
        return self._store.read(lambda reader: self._bearer(reader, token_hash))

    def presumed(self, text: str) -> Caller | None:
        """Give the alert source whose token this was when it was read last, with its `sender`.

        None where it was none, or is read for the first time.
        """
        sender = self._senders.get(hash_of(text))
        if sender is None:
            return None
        return replace(_source_caller(sender.source.name, sender.source), sender=sender)

    def _bearer(self, reader: Reader, token_hash: str) -> Caller:
        known = self._whose.get(token_hash)
        reader.expect(
            lambda r: r.token_by_hash(token_hash),
            *((lambda r: _owner_of(r, known),) if known else ()),
        )
        token = reader.token_by_hash(token_hash)
        if token is None:
            self._whose.pop(token_hash, None)
            self._senders.pop(token_hash, None)
            raise UnauthenticatedError("this token is unknown or revoked; ask an admin for another")
        self._whose[token_hash] = token
        owner = _owner_of(reader, token)
        if isinstance(owner, User):
            return _token_caller(owner, token)
        if token.source is None:
            raise UnauthenticatedError("this token's user is gone; ask an admin for another")
        if owner is not None:
            self._senders[token_hash] = Sender(token, owner)
        return _source_caller(token.source, owner)

    def by_session(self, cookie: str) -> Caller:
        """Let a signed-in browser in.

        Raises: UnauthenticatedError.
        """
        id_hash = hash_of(cookie)
        session, user = self._store.read(lambda reader: self._signed_in(reader, id_hash))
        if session is None or session.expires_at <= self._clock.now():
            self._who.pop(id_hash, None)
            raise UnauthenticatedError("the session has ended; sign in again at /api/login")
        if user is None:
            raise UnauthenticatedError("the session's user is gone; sign in again at /api/login")
        roles = frozenset(user.roles)
        principal = Principal(
            name=user.name, roles=roles, sites=_sites(user), session_id=session.id_hash
        )
        return Caller(principal, abilities_of_roles(roles), session)

    def _signed_in(self, reader: Reader, id_hash: str) -> tuple[Session | None, User | None]:
        known = self._who.get(id_hash)
        reader.expect(lambda r: r.session(id_hash), *((lambda r: r.user(known),) if known else ()))
        session = reader.session(id_hash)
        if session is None:
            return None, None
        self._who[id_hash] = session.user
        return session, reader.user(session.user)

    def by_signature(self, source: str, body: bytes, signature: str) -> Caller:
        """Let an alert source in that signed the raw body.

        Raises: UnauthenticatedError.
        """
        known = self._signing.verifies(source, body, signature)
        stored = self._store.source(source) if known else None
        if stored is None:
            raise UnauthenticatedError(
                "X-Signature does not fit X-Source and the body; sign the raw bytes with the "
                "source's signing secret"
            )
        return _source_caller(source, stored)


def _owner_of(reader: AccessReader, token: Token) -> User | Source | None:
    return reader.user(token.user or "") if token.source is None else reader.source(token.source)


def _source_caller(name: str, source: Source | None) -> Caller:
    principal = Principal(name=name, scopes=frozenset({Scope.INGEST}), source=name)
    return Caller(principal, _OF_SCOPE[Scope.INGEST], source=source)


def _token_caller(user: User, token: Token) -> Caller:
    roles, scopes = frozenset(user.roles), frozenset(token.scopes)
    allowed = frozenset(ability for scope in scopes for ability in _OF_SCOPE[scope])
    principal = Principal(
        name=user.name, roles=roles, scopes=scopes, sites=_sites(user), token=token.name
    )
    return Caller(principal, abilities_of_roles(roles) & allowed)


def _sites(user: User) -> frozenset[str] | None:
    return None if user.sites is None else frozenset(user.sites)


def check_csrf(caller: Caller, method: str, proof: str | None) -> None:
    """Demand the session's CSRF proof for a write by cookie.

    Raises: ForbiddenError.
    """
    if caller.session is None or method in ("GET", "HEAD", "OPTIONS"):
        return
    if proof is None or not hmac.compare_digest(proof.encode(), caller.session.csrf.encode()):
        raise ForbiddenError("a write by cookie needs the X-CSRF header; GET /api/v1/me tells it")
