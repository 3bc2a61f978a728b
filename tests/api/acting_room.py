"""The API room with actions: a diagnosed storm, people who may act, and hands that remember."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import httpx2
from pwdlib import PasswordHash
from starlette.testclient import TestClient

from api.accounts.register import SESSION_LIFE, hash_of
from api.client import SESSION_COOKIE
from api.executors import RunnerShelf
from api.schemas.admin import NewToken
from graph.model.access import Role, Scope, Session, User
from graph.model.audit import AuditEvent
from graph.model.pack import DomainPack
from graph.ports import Transaction
from reasoning.ports import ActionRunner
from reasoning.remediation.runners.dry_run import DryRunner
from tests.acting_pack import HANDS, NODE, RECEIVER, SWITCH, RecordingHands, acting_pack
from tests.api.room import ApiRoom, problem_in

PEOPLE: Final = {
    "zhou": (Role.OPERATOR,),
    "qian": (Role.ACADEMIC_LEAD,),
    "sun": (Role.OPS_LEAD,),
    "li": (Role.PLATFORM_OWNER,),
}
Answer = dict[str, Any]
PASSWORD: Final = "one for all in these tests"  # pragma: allowlist secret


@cache
def _hashed() -> str:
    """Hash the password once: each hash takes 64 MiB and a good part of a second."""
    return PasswordHash.recommended().hash(PASSWORD)


@dataclass
class Person:
    """Somebody who is signed in."""

    name: str
    http: TestClient
    csrf: str
    password: str

    def send(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Call the API with the proof of the session."""
        headers = {"X-CSRF": self.csrf}
        return self.http.request(method, f"/api/v1{path}", json=body, headers=headers)

    def get(self, path: str) -> Answer:
        """Read what must be there."""
        answer = self.http.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        found: Answer = answer.json()
        return found

    def decide(self, asked: Answer, **changed: object) -> httpx2.Response:
        """Agree to a remediation as it was shown."""
        body = {"digest": asked["digest"], "decision": "approve", **changed}
        return self.send("POST", f"/remediations/{asked['remediation_id']}/approvals", body)

    def execute(self, asked: Answer) -> httpx2.Response:
        """Start it."""
        return self.send("POST", f"/remediations/{asked['remediation_id']}/execution")


class ActingRoom(ApiRoom):
    """The room with the acting pack; `hands` is the executor, and its orders are in `told`."""

    def __init__(self, pack: DomainPack | None = None) -> None:
        """Put the pack in and diagnose a storm on cdn-a."""
        super().__init__()
        self.hands = RecordingHands()
        runners: dict[str, ActionRunner] = {HANDS: self.hands, "dry-run": DryRunner()}
        self.assistant.runners = RunnerShelf(lambda: runners)
        self.assistant.store.write(lambda tx: tx.replace_pack(pack or acting_pack()))
        self._people: dict[str, Person] = {}
        self.incident = self.storm(self.source(replay=True).token)

    def person(self, name: str, *roles: Role, sites: tuple[str, ...] | None = None) -> Person:
        """Sign somebody in, one of PEOPLE or a new one with roles; the same person once made."""
        if name not in self._people:
            now, cookie = self.clock.now(), secrets.token_urlsafe(16)
            user = User(
                name=name,
                roles=roles or PEOPLE[name],
                password_hash=_hashed(),
                sites=sites,
                demo=True,
                created_at=now,
            )
            session = Session(
                id_hash=hash_of(cookie),
                user=name,
                csrf=secrets.token_urlsafe(16),
                created_at=now,
                expires_at=now + SESSION_LIFE,
            )
            self.assistant.store.write(lambda tx: _enter(tx, user, session))
            http = self.http()
            http.cookies.set(SESSION_COOKIE, cookie)
            self._people[name] = Person(name, http, session.csrf, PASSWORD)
        return self._people[name]

    def everybody(self) -> None:
        """Make the accounts of PEOPLE."""
        for name in PEOPLE:
            self.person(name)

    def bearer(self, name: str, *scopes: Scope, roles: tuple[Role, ...] = ()) -> TestClient:
        """Make somebody with a token."""
        self.person(name, *roles)
        wanted = NewToken(name=name, user=name, scopes=scopes)
        return self.http(self.assistant.accounts.create_token(wanted).token)

    def ask(self, person: Person, **changed: object) -> httpx2.Response:
        """Request the switch-over from cdn-a to cdn-b, or what is changed of it."""
        body = {
            "action_id": SWITCH,
            "target_ids": [NODE],
            "parameters": {"receiver": RECEIVER},
            "reason": "clients of cdn-a fail",
        } | changed
        return person.send("POST", f"/incidents/{self.incident}/remediations", body)

    def asked(self, name: str = "zhou", **changed: object) -> Answer:
        """Request it with success, everybody who must agree being there."""
        self.everybody()
        answer = self.ask(self.person(name), **changed)
        assert answer.status_code == 201, answer.text
        found: Answer = answer.json()
        return found

    def agreed(self, asked: Answer, *names: str) -> Answer:
        """Let these people agree, one after the other."""
        found = asked
        for name in names:
            again = {"password": PASSWORD} if asked["password_again"] else {}
            answer = self.person(name).decide(asked, **again)
            assert answer.status_code == 200, answer.text
            found = answer.json()
        return found

    def approved(self, **changed: object) -> Answer:
        """Request the switch-over and let both leads agree."""
        return self.agreed(self.asked("zhou", **changed), "qian", "sun")

    def read(self, remediation: Answer) -> Answer:
        """Read a remediation as the operator sees it now."""
        return self.person("zhou").get(f"/remediations/{remediation['remediation_id']}")

    def lines(self, kind: str | None = None) -> list[AuditEvent]:
        """List the audit log, oldest first; of one kind where one is named."""
        found = self.assistant.store.audit_chain(after=0, limit=1000)
        return [line for line in found if kind in (None, line.kind)]

    def refused(self) -> list[tuple[str, str, object]]:
        """List refused attempts as (who, call, code), oldest first."""
        return [
            (line.actor, str(line.detail["call"]), line.detail["code"])
            for line in self.lines("attempt_refused")
        ]


def _enter(tx: Transaction, user: User, session: Session) -> None:
    tx.put_user(user)
    tx.put_session(session)


def refusal_in(answer: httpx2.Response, status: int, code: str) -> Answer:
    """Check that an answer is a problem of this status and code, told in both languages."""
    body = problem_in(answer, status)
    assert body["code"] == code, body
    assert re.search("[\u4e00-\u9fff]", body["message"]["zh"])
    assert body["message"]["zh"] != body["message"]["en"]
    return body
