"""A data folder to attack: real approvers, a diagnosed storm, a webhook, requests already expired.

Everything is made before the server starts, through the same desk and accounts; so the expired
requests are really old, and the approvers are no demo users: set-up is sealed.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pwdlib import PasswordHash
from starlette.testclient import TestClient

from api.accounts.issuing import new_token
from api.accounts.register import SESSION_LIFE, hash_of
from api.app import create_app
from api.bootstrap import Assistant, opened
from api.executors import EXECUTORS_FILE, Executor, put_executor
from api.packs.loading import DEFAULT_PACK, pack_folder
from api.schemas.admin import NewToken
from api.settings import Settings
from graph.model.access import Principal, Role, Scope, Session, Token, User
from graph.model.pack import DomainPack
from graph.model.remediation import Decision, Remediation
from graph.model.topology import Visibility
from graph.ports import Transaction
from reasoning.remediation.profile import WebhookProfile
from tests.acting_pack import HANDS, SITE, SWITCH, acting_pack
from tests.e2e.receiver import Receiver
from tests.payloads import alert, payload
from tests.small_pack import PACK, after

SPARE: Final = 240
ALL_SCOPES: Final = (Scope.READ, Scope.OPERATE, Scope.EXECUTE)
PEOPLE: Final = {
    "operator": (Role.OPERATOR,),
    "academic": (Role.ACADEMIC_LEAD,),
    "ops": (Role.OPS_LEAD,),
    "owner": (Role.PLATFORM_OWNER,),
    "both": (Role.OPS_LEAD, Role.ACADEMIC_LEAD),
    "viewer": (Role.VIEWER,),
    "admin": (Role.ADMIN,),
    "far": (Role.OPERATOR, Role.OPS_LEAD, Role.ACADEMIC_LEAD),
}
_SITES: Final = {"far": ("hospital-1",)}
_AGO: Final = timedelta(minutes=20)


@dataclass
class AttackHome:
    """The folder, and what an attacker might hold: cookies, proofs and tokens by name."""

    folder: Path
    incident: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    proofs: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    expired: dict[str, str] = field(default_factory=dict)
    expired_approved: dict[str, str] = field(default_factory=dict)


class _Clock:
    """Stands in the past until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Tell the set time."""
        return self.at


def node(number: int) -> str:
    """Name a spare CDN node."""
    return f"{PACK}:cdn-x{number % SPARE:03d}"


def prepare(folder: Path, receiver: Receiver) -> AttackHome:
    """Make the data folder; nobody serves it afterwards."""
    home = AttackHome(folder)
    settings = Settings.model_construct(
        home=folder, host="127.0.0.1", port=8501, store="embedded", lang="en"
    )
    folder.mkdir(mode=0o700)
    put_executor(folder / EXECUTORS_FILE, _executor(receiver))
    clock = _Clock(datetime.now(UTC) - _AGO)
    with opened(settings, clock) as assistant:
        pack = _of_one_site(acting_pack(spare_nodes=SPARE))
        assistant.store.write(lambda tx: tx.replace_pack(pack))
        _people(assistant, home, clock.at)
        home.incident = _storm(assistant, home)
        home.expired = _asked(assistant, home, node(0), clock.at, approved=False)
        home.expired_approved = _asked(assistant, home, node(1), clock.at, approved=True)
        # Last: the pack that every server loads has client groups of the same names.
        assistant.packs.ensure(pack_folder(DEFAULT_PACK), assistant.clock.now())
        assistant.worker.stop()
    return home


def _of_one_site(pack: DomainPack) -> DomainPack:
    """Let the client groups, and so the incident of their alerts, be seen at one site alone."""
    away = {"site": SITE, "visibility": Visibility.SITE}
    components = tuple(
        c.model_copy(update=away) if c.kind == "client_group" else c for c in pack.components
    )
    return pack.model_copy(update={"components": components})


def _executor(receiver: Receiver) -> Executor:
    profile = WebhookProfile(
        profile=HANDS,
        url=f"{receiver.url}/orders",
        state_url=f"{receiver.url}/nodes/{{target}}",
        allow=(receiver.url,),
        honours_idempotency_key=True,
        # The receiver shares this machine with all that it is attacked by.
        connect_s=30.0,
        answer_s=120.0,
    )
    return Executor(profile, secrets.token_bytes(32))


def _people(assistant: Assistant, home: AttackHome, at: datetime) -> None:
    hashed = PasswordHash.recommended().hash(secrets.token_urlsafe(16))
    for name, roles in PEOPLE.items():
        user = User(
            name=name,
            roles=roles,
            password_hash=hashed,
            sites=_SITES.get(name),
            created_at=at,
        )
        cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        session = Session(
            id_hash=hash_of(cookie),
            user=name,
            csrf=csrf,
            created_at=at,
            expires_at=at + SESSION_LIFE,
        )
        home.cookies[name], home.proofs[name] = cookie, csrf
        _write(assistant, user, session)
    for name, user_name, scopes in (
        ("ops", "ops", ALL_SCOPES),
        ("academic", "academic", ALL_SCOPES),
        ("reader", "operator", (Scope.READ,)),
        ("operating", "operator", (Scope.READ, Scope.OPERATE)),
        ("executing", "operator", (Scope.READ, Scope.EXECUTE)),
        ("far", "far", ALL_SCOPES),
        ("admin", "admin", (Scope.ADMIN,)),
    ):
        wanted = NewToken(name=name, user=user_name, scopes=scopes)
        # Straight into the store: nobody makes a token that acts for somebody else.
        home.tokens[name] = text = secrets.token_urlsafe(32)
        _write(assistant, new_token(wanted, hash_of(text), at))
    source = NewToken(name="alerts", source="alerts", replay=True)
    home.tokens["source"] = assistant.accounts.create_token(source).token


def _write(assistant: Assistant, *records: User | Session | Token) -> None:
    def work(tx: Transaction) -> None:
        for record in records:
            if isinstance(record, User):
                tx.put_user(record)
            elif isinstance(record, Session):
                tx.put_session(record)
            else:
                tx.put_token(record)

    assistant.store.write(work)


def _storm(assistant: Assistant, home: AttackHome) -> str:
    """Post the failing clients of cdn-a and diagnose them."""
    assistant.ready.set()
    alerts = [
        alert("PlaybackFailureHigh", at=after(second), component=f"client-r{region}-{carrier}")
        for second, region in enumerate((1, 2))
        for carrier in ("telecom", "mobile")
    ]
    http = TestClient(create_app(assistant), base_url="http://127.0.0.1")
    headers = {
        "Authorization": f"Bearer {home.tokens['source']}",
        "X-Received-At": after(120).isoformat(),
    }
    body = json.loads(payload(*alerts))
    answer = http.post("/api/v1/alerts/alertmanager", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assistant.worker.drain()
    return str(answer.json()["incident_ids"][0])


def _asked(
    assistant: Assistant, home: AttackHome, target: str, at: datetime, *, approved: bool
) -> dict[str, str]:
    """Ask for a switch-over in the past, and let both leads agree where it is to be approved."""
    asked: Remediation = assistant.desk.request(
        _principal("operator"),
        home.incident,
        action_id=SWITCH,
        target_ids=(target,),
        parameters={"receiver": node(2)},
        reason="long ago",
        at=at,
    )
    for name in ("ops", "academic") if approved else ():
        assistant.desk.decide(
            _principal(name),
            asked.id,
            digest=asked.digest,
            decision=Decision.APPROVE,
            reason="",
            at=at,
        )
    return {"remediation_id": asked.id, "digest": asked.digest}


def _principal(name: str) -> Principal:
    return Principal(name=name, roles=frozenset(PEOPLE[name]), session_id=f"session-{name}")
