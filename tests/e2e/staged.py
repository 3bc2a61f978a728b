"""A served demo with everybody signed in: the stage on which the pages' stories are played."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
from playwright.sync_api import StorageState

from api.client import SESSION_COOKIE, ApiClient, connect
from api.schemas.remediations import RemediationView
from benchmarks.served import ServerProcess, wait_until
from graph.model.access import Role
from tests.e2e.server import PREFIX, served_copy

OPERATOR: Final = "demo-operator"
ACADEMIC: Final = "demo-academic"
OPS: Final = "demo-ops"
OWNER: Final = "demo-owner"
ADMIN: Final = "he-qing"
SECOND_OPS: Final = "lin-qi"
REASON: Final = "源站链路断开，先切走。"


@dataclass(frozen=True)
class Person:
    """Somebody with an account: the password, and a session of the API."""

    name: str
    password: str
    cookie: str
    api: ApiClient

    @property
    def state(self) -> StorageState:
        """The cookies of a browser in which this person is signed in."""
        cookie = {
            "name": SESSION_COOKIE,
            "value": self.cookie,
            "domain": "127.0.0.1",
            "path": "/",
            "expires": -1,
            "httpOnly": True,
            "secure": False,
            "sameSite": "Strict",
        }
        return {"cookies": [cookie], "origins": []}  # type: ignore[list-item]


@dataclass
class Stage:
    """The server, the people, and the incident of the storm."""

    server: ServerProcess
    people: dict[str, Person]
    incident_id: str

    def ask(self, node: str, receiver: str, *, by: str = OPERATOR) -> RemediationView:
        """Ask for a switch-over by the API; each test takes nodes of its own."""
        return self.people[by].api.request_remediation(
            self.incident_id,
            action_id=f"{PREFIX}cdn-switch-over",
            target_ids=[PREFIX + node],
            parameters={"receiver": PREFIX + receiver},
            reason=REASON,
        )

    def now(self, remediation_id: str) -> RemediationView:
        """Read a remediation as the operator sees it."""
        return self.people[OPERATOR].api.remediation(remediation_id)


@contextmanager
def staged(
    prepared: Path, home: Path, *, settings: Mapping[str, str] | None = None
) -> Iterator[Stage]:
    """Serve the demo to its last line, with an admin and a second operations lead.

    `settings` name another store, which is empty; without them it begins as a copy of `prepared`.
    """
    if settings is None:
        with served_copy(prepared, home) as plain:
            plain.stop()
    server = ServerProcess(home, "--demo", settings=settings)
    server.start()
    try:
        wait_until(
            lambda: f"ready {server.url}" in server.log(),
            what="the last line of the demo",
            timeout_s=600,
            alive=server.check_alive,
        )
        demo = json.loads((home / "demo.json").read_text(encoding="utf-8"))
        passwords = {user["name"]: user["password"] for user in demo["users"]}
        with server.client() as owner:
            passwords[ADMIN] = owner.add_user(ADMIN, (Role.ADMIN, Role.VIEWER)).password
            passwords[SECOND_OPS] = owner.add_user(SECOND_OPS, (Role.OPS_LEAD,)).password
        with ExitStack() as clients:
            people = {name: _come(server.url, name, passwords[name], clients) for name in passwords}
            [incident] = [
                row
                for row in people[OPERATOR].api.incidents().items
                if row.top and row.top.component_id == f"{PREFIX}cdn-7"
            ]
            yield Stage(server, people, incident.id)
    finally:
        server.stop()


def _come(url: str, name: str, password: str, clients: ExitStack) -> Person:
    answer = httpx2.post(
        f"{url}/api/v1/session", json={"name": name, "password": password}, trust_env=False
    )
    assert answer.status_code == 200, answer.text
    cookie = answer.cookies[SESSION_COOKIE]
    api = clients.enter_context(connect(url, cookie=cookie, timeout_s=60))
    return Person(name, password, cookie, api)
