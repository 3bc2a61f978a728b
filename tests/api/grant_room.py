"""A sealed house: two admins, a lead, people without a say, and a demo account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Any, Final

from starlette.testclient import TestClient

from api.accounts.passwords import Passwords, hash_of
from api.client import SESSION_COOKIE
from graph.model.access import Role, Session, User
from graph.model.audit import AuditEvent
from graph.ports import Transaction
from tests.api.room import OWNER_TOKEN, ApiRoom

ADMIN, SECOND_ADMIN, LEAD, OTHER_LEAD = "he", "wu", "li", "qian"
OPERATOR, VIEWER, DEMO = "zhou", "sun", "demo-owner"
ROLES: Final[dict[str, tuple[Role, ...]]] = {
    ADMIN: (Role.ADMIN,),
    SECOND_ADMIN: (Role.ADMIN,),
    LEAD: (Role.OPS_LEAD,),
    OTHER_LEAD: (Role.ACADEMIC_LEAD,),
    OPERATOR: (Role.OPERATOR,),
    VIEWER: (Role.VIEWER,),
    DEMO: (Role.PLATFORM_OWNER, Role.ADMIN),
}
PASSWORD: Final = "one-for-all-of-them"


@cache
def _hashed() -> str:
    return Passwords().hashed(PASSWORD)


class GrantRoom(ApiRoom):
    """The small platform with real people; everybody has the same password at first."""

    def __init__(self) -> None:
        super().__init__()

        def work(tx: Transaction) -> None:
            for name, roles in ROLES.items():
                tx.put_user(
                    User(
                        name=name,
                        roles=roles,
                        password_hash=_hashed(),
                        demo=name == DEMO,
                        created_at=self.clock.at,
                    )
                )

        self.assistant.store.write(work)
        self._callers: dict[str, Caller] = {}

    def enter(self, name: str, password: str = PASSWORD) -> TestClient | None:
        """Sign in; None where the password is wrong."""
        http = self.http()
        answer = http.post("/api/v1/session", json={"name": name, "password": password})
        if answer.status_code != 200:
            return None
        http.headers["X-CSRF"] = answer.json()["csrf"]
        return http

    def caller(self, name: str) -> Caller:
        """Give the caller of a person who is signed in for days, the same one each time."""
        if name not in self._callers:
            session = Session(
                id_hash=hash_of(name),
                user=name,
                csrf="proof",
                created_at=self.clock.at,
                expires_at=self.clock.at + timedelta(days=9),
            )
            self.assistant.store.write(lambda tx: tx.put_session(session))
            http = self.http(**{"X-CSRF": "proof"})
            http.cookies[SESSION_COOKIE] = name
            self._callers[name] = Caller(http)
        return self._callers[name]

    def local(self) -> TestClient:
        """Give the caller of this machine's commands."""
        return self.http(OWNER_TOKEN)

    def roles_of(self, name: str) -> tuple[Role, ...]:
        """Read an account's roles, () for no account."""
        user = self.assistant.store.user(name)
        return user.roles if user else ()

    def pass_time(self, **span: float) -> None:
        """Move the clock, and let the server notice."""
        self.clock.forward(**span)
        self.assistant.grants.settle(self.clock.at)

    def lines(self) -> list[AuditEvent]:
        """Read the audit log, oldest first."""
        return list(self.assistant.store.audit_chain(limit=1000))

    def kinds(self) -> list[str]:
        """Name what the audit log tells of, oldest first."""
        return [line.kind for line in self.lines()]


class Caller:
    """One person's calls about grants."""

    def __init__(self, http: TestClient) -> None:
        self.http = http

    def ask(self, kind: str, subject: str, roles: Iterable[str] = (), **more: object) -> Any:
        """Post a wish; returns the answer."""
        body = {"kind": kind, "subject": subject, "roles": list(roles), "reason": "轮值"} | more
        return self.http.post("/api/v1/grants", json=body)

    def confirm(self, grant: dict[str, Any], digest: str | None = None) -> Any:
        """Agree to a grant that was read; returns the answer."""
        path = f"/api/v1/grants/{grant['grant_id']}/confirm"
        return self.http.post(path, json={"digest": digest or grant["digest"]})

    def object(self, grant: dict[str, Any], reason: str = "不认识") -> Any:
        """Object; returns the answer."""
        path = f"/api/v1/grants/{grant['grant_id']}/object"
        return self.http.post(path, json={"reason": reason})

    def withdraw(self, grant: dict[str, Any]) -> Any:
        """Take one's own wish back; returns the answer."""
        return self.http.post(f"/api/v1/grants/{grant['grant_id']}/withdraw")

    def read(self, grant: dict[str, Any]) -> dict[str, Any]:
        """Read a grant again."""
        found: dict[str, Any] = self.http.get(f"/api/v1/grants/{grant['grant_id']}").json()
        return found
