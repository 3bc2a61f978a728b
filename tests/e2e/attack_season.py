"""One server under attack for a while: who attacks, what they attack, and what must not have moved.

A season is short: a request lives a quarter of an hour, and each copy of the data folder has room
for so many switch-overs.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx2

from api.client import SESSION_COOKIE
from benchmarks.served import ServerProcess, wait_until
from tests.acting_pack import SWITCH
from tests.e2e.attack_home import PEOPLE, SPARE, AttackHome, node
from tests.e2e.cli_loop import CommandLine
from tests.e2e.moving_clock import MovingClock
from tests.e2e.receiver import Receiver

Answer = dict[str, Any]
API: Final = "/api/v1"
# Bounds on waits, in seconds; the machine may be slow, which says nothing about what is attacked.
_DONE: Final = 300.0
_ANSWER: Final = 120.0
# What waits may run out of its quarter of an hour on a slow machine: it is over then, no more.
_WAITING: Final = ("requested", "approved")


@dataclass
class Person:
    """Somebody with a browser: a session's cookie, and the proof that its pages hold."""

    name: str
    http: httpx2.Client
    csrf: str

    def send(self, method: str, path: str, body: object = None, **headers: str) -> httpx2.Response:
        """Call the API with the session's proof, or with other headers."""
        given = {"X-CSRF": self.csrf} | headers
        return self.http.request(method, f"{API}{path}", json=body, headers=given)

    def decide(self, asked: Answer, **changed: object) -> httpx2.Response:
        """Agree by the API to what was shown, or to what is changed of it."""
        body = {"digest": asked["digest"], "decision": "approve"} | changed
        return self.send("POST", f"/remediations/{asked['remediation_id']}/approvals", body)

    def execute(self, asked: Answer, body: object = None) -> httpx2.Response:
        """Start it by the API."""
        return self.send("POST", f"/remediations/{asked['remediation_id']}/execution", body)

    def form(self, asked: Answer, *, part: str = "", **changed: str) -> httpx2.Response:
        """Post the page's form as it was shown, or what is changed of it."""
        fields = {
            "csrf": self.csrf,
            "digest": asked["digest"],
            "decision": "approve",
            "role": "ops_lead",
        } | changed
        return self.http.post(f"/a/{asked['remediation_id']}{part}?lang=en", data=fields)


@dataclass
class Season:
    """A running server with its people; `tried` and `succeeded` count by (way, path)."""

    server: ServerProcess
    home: AttackHome
    receiver: Receiver
    line: CommandLine
    clock: MovingClock
    chance: random.Random
    rounds: int
    people: dict[str, Person] = field(default_factory=dict)
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    succeeded: Counter[tuple[str, str]] = field(default_factory=Counter)
    heard: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    ran: set[str] = field(default_factory=set)
    moved: list[str] = field(default_factory=list)
    targets: Iterator[int] = field(default_factory=lambda: iter(range(10, 10_000)))
    expected: list[tuple[Answer, str, int]] = field(default_factory=list)

    def note(self, way: str, path: str, answer: httpx2.Response, *, reached: bool = False) -> None:
        """Count one attempt by what the server said; `reached`: it got through all the same."""
        self.count(way, path, said_of(answer), succeeded=accepted(answer) or reached)

    def count(self, way: str, path: str, said: str, *, succeeded: bool) -> None:
        """Count one attempt."""
        self.tried[way, path] += 1
        self.succeeded[way, path] += succeeded
        self.heard[way, path, said] += 1

    def ask(self, *, by: str = "operator", **changed: object) -> Answer:
        """Request a switch-over as anybody may, of a node that no other request names."""
        number = next(self.targets)
        body = {
            "action_id": SWITCH,
            "target_ids": [node(number)],
            "parameters": {
                "receiver": node(number + SPARE // 2),
                "share": 10 + number // SPARE,
            },
            "reason": "clients fail",
        } | changed
        answer = self.people[by].send("POST", f"/incidents/{self.home.incident}/remediations", body)
        assert answer.status_code == 201, answer.text
        found: Answer = answer.json()
        return found

    def approve(self, asked: Answer) -> Answer:
        """Let both leads agree."""
        for name in ("ops", "academic"):
            answer = self.people[name].decide(asked)
            assert answer.status_code == 200, answer.text
        return asked

    def watch(self, asked: Answer, status: str, approvals: int) -> Answer:
        """Remember how a remediation must still stand at the end."""
        self.expected.append((asked, status, approvals))
        return asked

    def read(self, asked: Answer) -> Answer:
        """Read a remediation as it stands."""
        answer = self.people["operator"].send("GET", f"/remediations/{asked['remediation_id']}")
        found: Answer = answer.json()
        return found

    def run(self, asked: Answer) -> Answer:
        """Start an approved one, lawfully, and wait until it has ended."""
        assert self.people["operator"].execute(asked).status_code == 202
        self.wait_ended(asked)
        return asked

    def wait_ended(self, asked: Answer) -> None:
        """Wait until a running one has ended; it may have sent its order."""
        self.ran.add(asked["remediation_id"])
        wait_until(
            lambda: self.read(asked)["status"] != "running",
            what=f"{asked['remediation_id']} to end",
            timeout_s=_DONE,
            alive=self.server.check_alive,
        )

    def _is_late(self, found: Answer) -> bool:
        return self.clock.now() >= datetime.fromisoformat(found["expires_at"])

    def bearer(self, token: str) -> httpx2.Client:
        """Connect with a token and nothing else."""
        headers = {"Authorization": f"Bearer {token}"}
        return connected(self.server, headers=headers)

    def judge(self) -> None:
        """Write down what stands otherwise than it must, and orders that nobody may have sent.

        Once judged, a remediation is watched no longer.
        """
        for asked, status, approvals in self.expected:
            now = self.read(asked)
            found = (now["status"], len(now["approvals"]))
            over = status in _WAITING and found == ("expired", approvals) and self._is_late(now)
            if found != (status, approvals) and not over:
                self.moved.append(f"{asked['remediation_id']} is {found}, not {status, approvals}")
        self.expected.clear()
        self.moved += [f"order {key}" for key in self.receiver.strangers(self.ran)]
        chain = self.people["operator"].send("GET", "/audit/verification").json()
        if not chain["holds"]:
            self.moved.append(f"the audit chain is broken at {chain['broken_at']}")


@contextlib.contextmanager
def people_of(server: ServerProcess, home: AttackHome) -> Iterator[dict[str, Person]]:
    """Open a browser for everybody until the context ends."""
    with contextlib.ExitStack() as stack:
        found = {}
        for name in PEOPLE:
            http = stack.enter_context(connected(server, cookie=home.cookies[name]))
            found[name] = Person(name, http, home.proofs[name])
        yield found


def connected(
    server: ServerProcess, *, cookie: str | None = None, headers: dict[str, str] | None = None
) -> httpx2.Client:
    """Connect as the holder of a session's cookie, or of what the headers say."""
    return httpx2.Client(
        base_url=server.url,
        cookies={SESSION_COOKIE: cookie} if cookie else None,
        headers=headers,
        trust_env=False,
        timeout=_ANSWER,
    )


def said_of(answer: httpx2.Response) -> str:
    """Name an answer: its status, and the cause that it names or where it sends to."""
    if answer.status_code == 303:
        return f"303 {answer.headers['location'].partition('?')[0]}"
    if answer.headers.get("content-type", "").endswith("json"):
        return f"{answer.status_code} {answer.json().get('code', '')}".rstrip()
    return str(answer.status_code)


def accepted(answer: httpx2.Response) -> bool:
    """Tell whether the server did what it was told: 2xx of the API, or the page's way back."""
    if answer.status_code == 303:
        return answer.headers["location"].startswith("/a/")
    return answer.status_code in (201, 202, 204) or (
        answer.status_code == 200 and answer.request.method != "GET"
    )
