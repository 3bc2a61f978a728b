"""What travels over HTTP for accounts, tokens, packs and the doctor (see `incidents`)."""

from __future__ import annotations

from typing import Final

from pydantic import Field, JsonValue

from api.schemas.incidents import View
from graph.model.access import Role, Scope
from graph.model.base import Id, Instant, Model, Text

NAME_PATTERN: Final = r"^[A-Za-z0-9_@][A-Za-z0-9_.@\-]{0,99}$"

# ── Who ─────────────────────────────────────────────────────────────────────────────────────────


class SignIn(Model):
    """POST /session; `totp` is accepted and not asked for yet."""

    name: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)
    totp: str | None = Field(default=None, max_length=20)


class SignedIn(View):
    """The answer to a sign-in; send `csrf` as X-CSRF with every write by cookie."""

    csrf: str


class Me(View):
    """Who is asking; `may` lists abilities: read, operate, execute, approve, admin, ingest.

    `grants_open`: how many grants by two people wait, for those who may confirm or object; else 0.
    `approvals_open`: how many requests a signed-in person could still agree to.
    """

    name: str
    roles: tuple[Role, ...]
    scopes: tuple[Scope, ...]
    may: tuple[str, ...]
    sites: tuple[Id, ...] | None = None
    source: str | None = None
    csrf: str | None = None
    grants_open: int = 0
    approvals_open: int = 0


class UserView(View):
    """An account without its secret."""

    name: str
    roles: tuple[Role, ...]
    sites: tuple[Id, ...] | None = None
    demo: bool
    created_at: Instant


class AccountName(Model):
    """The name of a person's account; it stands in addresses, so `.` and `..` are none."""

    name: str = Field(pattern=NAME_PATTERN)


class NewUser(AccountName):
    """POST /users; `roles` must name at least one."""

    roles: tuple[Role, ...] = Field(min_length=1)
    sites: tuple[Id, ...] | None = None


class IssuedPassword(View):
    """A new or renewed account with its password, shown this once."""

    name: str
    roles: tuple[Role, ...]
    password: str


class NewToken(Model):
    """POST /tokens: for a user with scopes, or for a source (which is made when it is new)."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.@\-]{1,100}$")
    user: str | None = None
    source: str | None = Field(default=None, pattern=r"^[a-z0-9_.:\-]{1,100}$")
    replay: bool = False
    scopes: tuple[Scope, ...] = ()


class TokenView(View):
    """A token without its secret."""

    id: str
    name: str
    user: str | None = None
    source: str | None = None
    scopes: tuple[Scope, ...]
    created_at: Instant


class IssuedToken(TokenView):
    """A new token with its text, shown this once; `signing_secret` keys X-Signature of a source."""

    token: str
    signing_secret: str | None = None


# ── The rest ────────────────────────────────────────────────────────────────────────────────────


class PackLoaded(View):
    """What loading one pack changed; all zero but `unchanged` when it was already there."""

    pack_id: Id
    added: int
    changed: int
    removed: int
    unchanged: int


class PacksLoaded(View):
    """POST /packs: one entry per pack of the archive, in pack id order."""

    packs: tuple[PackLoaded, ...]


class PackView(View):
    """A loaded pack: how much it brings, and the digests of its topology and fault library."""

    id: Id
    title: Text
    timezone: str
    components: int
    relations: int
    flows: int
    sops: int
    cases: int
    topology_revision: str
    library_digest: str


class Question(Model):
    """POST /ask, what `etiograph ask` uses while a server holds the folder."""

    question: str = Field(min_length=1, max_length=4000)
    incident_id: Id | None = None


class CheckResult(View):
    """One line of the doctor's report."""

    name: str
    ok: bool
    text: Text


class DoctorReport(View):
    """GET /doctor: every check, and the figures of the store."""

    ok: bool
    version: str
    checks: tuple[CheckResult, ...]
    store: dict[str, JsonValue]


class Health(View):
    """GET /healthz, GET /readyz."""

    status: str
