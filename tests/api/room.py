"""An API over a store in memory and the small platform, with a clock that tests set."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import jsonschema
from starlette.testclient import TestClient

from api.app import create_app
from api.bootstrap import Assistant, build_in_memory
from api.client import ApiClient
from api.schemas.admin import IssuedToken, NewToken
from api.settings import Settings
from graph.model.access import Role, Scope
from graph.ports import Transaction
from tests.payloads import alert, payload
from tests.small_pack import START, after, small_pack

SCHEMAS: Final = Path(__file__).resolve().parents[2] / "api" / "json_schemas"
BASE: Final = "http://127.0.0.1"
OWNER_TOKEN: Final = "the-owners-own-token"


def schema(name: str) -> jsonschema.Draft202012Validator:
    """Read one published schema."""
    text = (SCHEMAS / f"{name}.v1.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def problem_in(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """Check that an answer is the published form of an error with this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    schema("problem").validate(body)
    assert body["status"] == status
    return body


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        """Tell the set time."""
        return self.at

    def forward(self, **span: float) -> None:
        """Move on."""
        self.at += timedelta(**span)


class ApiRoom:
    """The small platform behind the real application; jobs are done by `work`."""

    def __init__(self) -> None:
        self.clock = SetClock()
        settings = Settings.model_construct(
            home=Path("/nowhere"), host="127.0.0.1", port=8501, store="embedded", lang="zh"
        )
        self.assistant: Assistant = build_in_memory(settings, self.clock)
        self.assistant.owner_token = OWNER_TOKEN
        self.assistant.store.write(lambda tx: tx.replace_pack(small_pack()))
        self.assistant.ready.set()
        self.app = create_app(self.assistant)

    def close(self) -> None:
        """End threads and store."""
        self.assistant.stop()

    def work(self) -> None:
        """Do all waiting jobs now."""
        self.assistant.worker.drain()
        self.assistant.hands.drain()

    def http(self, token: str | None = None, **headers: str) -> TestClient:
        """Make a plain HTTP caller."""
        given = dict(headers) | ({"Authorization": f"Bearer {token}"} if token else {})
        return TestClient(self.app, base_url=BASE, headers=given, raise_server_exceptions=False)

    def source(self, name: str = "demo-alerts", *, replay: bool = False) -> IssuedToken:
        """Make an alert source."""
        wanted = NewToken(name=name, source=name, replay=replay)
        return self.assistant.accounts.create_token(wanted)

    def user(self, name: str, *roles: Role) -> str:
        """Make an account; returns its password."""
        return self.assistant.accounts.add_user(name, roles, demo=True).password

    def chosen(self, name: str, *roles: Role) -> str:
        """Make an account with a password that its person chose; returns the password."""
        self.user(name, *roles)
        password = "chosen by myself"  # pragma: allowlist secret
        hashed = self.assistant.accounts.passwords.hashed(password)

        def work(tx: Transaction) -> None:
            user = tx.user(name)
            assert user is not None
            tx.put_user(user.model_copy(update={"password_hash": hashed, "chosen": True}))

        self.assistant.store.write(work)
        return password

    def user_token(self, name: str, roles: Iterable[Role], *scopes: Scope) -> str:
        """Make an account with a token; returns the token."""
        self.user(name, *roles)
        wanted = NewToken(name=name, user=name, scopes=scopes)
        return self.assistant.accounts.create_token(wanted).token

    def operator(self) -> TestClient:
        """Make an operator's HTTP caller."""
        token = self.user_token("zhou", [Role.OPERATOR], Scope.READ, Scope.OPERATE)
        return self.http(token)

    def signed_in(self, name: str, *roles: Role) -> tuple[TestClient, str]:
        """Make an account and sign in; returns the caller with the cookie, and the CSRF proof."""
        password = self.user(name, *roles)
        http = self.http()
        answer = http.post("/api/v1/session", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        return http, str(answer.json()["csrf"])

    def storm(self, token: str) -> str:
        """Post the failing clients of cdn-a and diagnose; returns the incident id."""
        alerts = [
            alert("PlaybackFailureHigh", at=after(second), component=f"client-r{region}-{carrier}")
            for second, region in enumerate((1, 2))
            for carrier in ("telecom", "mobile")
        ]
        self.clock.at = after(120)
        answer = self.http(token).post("/api/v1/alerts/alertmanager", json=_json(*alerts))
        assert answer.status_code == 202, answer.text
        self.work()
        return str(answer.json()["incident_ids"][0])

    def client(self, token: str) -> ApiClient:
        """Make the typed client."""
        return ApiClient(self.http(token))


def _json(*alerts: dict[str, object]) -> Any:
    return json.loads(payload(*alerts))
