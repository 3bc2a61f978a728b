"""Who asks: roles, principals, accounts, tokens, sessions."""

from __future__ import annotations

from enum import StrEnum

from graph.model.base import Id, Instant, Model
from graph.model.topology import Visibility


class Role(StrEnum):
    """What a person may do; see docs/glossary.md."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    OPS_LEAD = "ops_lead"
    ACADEMIC_LEAD = "academic_lead"
    PLATFORM_OWNER = "platform_owner"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a token may be used for; no scope approves."""

    READ = "read"
    OPERATE = "operate"
    EXECUTE = "execute"
    ADMIN = "admin"
    INGEST = "ingest"


class Principal(Model):
    """Who is asking, on every reading and writing use case; `sites` None = all sites.

    `token` names the token that somebody came by, None for a session or a source.
    """

    name: str
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset(Scope)
    sites: frozenset[str] | None = None
    session_id: str | None = None
    source: str | None = None
    token: str | None = None

    def may_see(self, *, site: str | None, visibility: Visibility) -> bool:
        """Tell whether a record of this site and visibility may be read."""
        if visibility is Visibility.ALL or self.sites is None:
            return True
        return site is not None and site in self.sites


class User(Model):
    """A local account; `password_hash` is argon2 and never leaves the store and api.auth.

    `halves`: two people hold a half of the password each (`FIRST-SECOND`). `chosen`: the person
    thought of it; every other password was drawn by the program, and nobody can guess it.
    """

    name: str
    roles: tuple[Role, ...]
    password_hash: str
    sites: tuple[Id, ...] | None = None
    demo: bool = False
    halves: bool = False
    chosen: bool = False
    created_at: Instant


class Source(Model):
    """An alert source; `replay` sources say when their payloads were received.

    `hmac_secret` signs payloads; None where only a token is used.
    """

    name: str
    replay: bool = False
    demo: bool = False
    created_at: Instant


class Token(Model):
    """An API token, stored as a sha256 hash; exactly one of `user` and `source` is set."""

    id: str
    name: str
    token_hash: str
    user: str | None = None
    source: str | None = None
    scopes: tuple[Scope, ...] = ()
    created_at: Instant


class Session(Model):
    """A signed-in browser; the cookie's value is stored hashed."""

    id_hash: str
    user: str
    csrf: str
    created_at: Instant
    expires_at: Instant
