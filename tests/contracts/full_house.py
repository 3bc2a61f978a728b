"""A store with something of every kind of record, and stores drawn at random."""

from __future__ import annotations

from typing import Any, Final

from graph.model.access import Role, Session, Source, Token, User
from graph.model.document import ImportedCase
from graph.model.grant import Grant, GrantKind, Seal
from graph.model.moving import RecordKind
from graph.model.pack import DomainPack
from graph.model.remediation import EmergencyStop, RemediationStatus
from graph.model.signals import Heartbeat
from graph.model.topology import RelationType
from graph.ports import Store, Transaction
from tests.contracts.knowledge_samples import past_case, question, sop_version
from tests.contracts.remediation_samples import action, observation, policy, remediation
from tests.contracts.samples import (
    T0,
    alert,
    change,
    diagnosis,
    incident,
    later,
    pack,
    relation,
    tick,
)

SECRETS: Final = ("the-argon-hash", "the-first-half", "the-grant-hash", "the-token-hash", "csrf-1")


def grant() -> Grant:
    """Make a grant that waits for its second person."""
    return Grant(
        id="gra-1",
        kind=GrantKind.RESET,
        subject="wang",
        reason="忘记密码",
        binds="b",
        digest="d",
        asked_by="li",
        asked_at=T0,
        expires_at=later(600),
        first_half="the-first-half",
        password_hash="the-grant-hash",
    )


def whole_pack() -> DomainPack:
    """Make a pack with every kind of part; one of its relations names a step of a flow."""
    plain = pack()
    of_step = relation("db", "enter", RelationType.ROUTES_TO)
    return plain.model_copy(
        update={
            "actions": (action(),),
            "policies": (policy(),),
            "relations": (*plain.relations, of_step),
        }
    )


def fill(tx: Transaction) -> None:
    """Write something of every kind, in Chinese and with odd characters."""
    tx.replace_pack(whole_pack())
    tx.put_incident(incident("1", version=7), expected_version=None)
    tx.put_incident(incident("2", site="north"), expected_version=None)
    odd = {"summary": "三区\u202e播放 <b>失败</b> \u0000 \U0001f600", "site": "north"}
    tx.add_alert(alert("ab", incident_id="inc-1", annotations=odd))
    tx.add_alert(alert("cd"))
    tx.put_change(change(incident_ids=("inc-1", "inc-2")))
    tx.put_change(change("deploy-2", at_s=5))
    tx.add_tick(tick())
    tx.put_observation(observation())
    for site in (None, "", "north"):
        beat = Heartbeat(source="am", site=site, first_at=T0, last_at=later(5))
        tx.put_heartbeat(beat)
    for revision in (1, 2):
        tx.add_diagnosis(diagnosis(revision=revision))
    for kind in ("incident_opened", "diagnosis"):
        tx.add_ledger("inc-1", at=T0, kind=kind, actor="engine", detail={"说明": [1, 2.5, None]})
    tx.add_payload(source="am", digest="d", received_at=T0, body=bytes(range(256)))
    tx.add_payload(source="am", digest="e", received_at=later(0.25), body=b"{}")
    _fill_acting(tx)
    _fill_access(tx)
    tx.enqueue("diagnose", key="inc-1", payload={"covers": 1}, at=T0)
    tx.enqueue("diagnose", key="inc-2", payload={}, at=T0, not_before=later(60))
    tx.claim_job(at=T0)
    for revision in (1, 2):
        tx.put_sop_version(sop_version(revision), expected_version=None)
    told = ImportedCase(
        id="medical:old-1",
        case=past_case("old-1"),
        file_name="旧案例.csv",
        imported_by="wang",
        imported_at=T0,
    )
    tx.put_imported_cases([told])
    tx.put_unanswered_question(question("打印机怎么换墨"))


def _fill_acting(tx: Transaction) -> None:
    tx.put_remediation(remediation("1"), expected_version=None)
    approved = RemediationStatus.APPROVED
    tx.put_remediation(remediation("1", status=approved, version=2), expected_version=1)
    tx.put_remediation(remediation("2"), expected_version=None)
    tx.put_emergency_stop(EmergencyStop(pulled_by="wang", reason="演练", at=T0))
    for n in range(3):
        tx.add_audit(at=later(n), actor="wang", kind="requested", subject="rem-1", detail={"n": n})


def _fill_access(tx: Transaction) -> None:
    roles = (Role.OPERATOR, Role.OPS_LEAD)
    tx.put_user(User(name="wang", roles=roles, password_hash=SECRETS[0], created_at=T0))
    tx.put_source(Source(name="am", replay=True, created_at=T0))
    tx.put_token(Token(id="tok-1", name="t", token_hash=SECRETS[3], user="wang", created_at=T0))
    tx.put_session(
        Session(id_hash="h", user="wang", csrf=SECRETS[4], created_at=T0, expires_at=later(9))
    )
    tx.put_grant(grant(), expected_version=None)
    tx.put_seal(Seal(at=T0, name="wang"))


def all_records(store: Store) -> dict[RecordKind, list[Any]]:
    """Read a whole store."""
    with store.inventory() as inventory:
        return {kind: list(inventory.records(kind)) for kind in RecordKind}
