"""A desk over a store in memory, a catalogue small enough to judge by eye, people, and hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from graph.model.access import Principal, Role, Scope, User
from graph.model.audit import AuditEvent
from graph.model.diagnosis import (
    AsOf,
    Coverage,
    Diagnosis,
    DiagnosisStatus,
    Engine,
    HypothesisKind,
    HypothesisResult,
    Impact,
    Stability,
    UrgencyResult,
)
from graph.model.incident import Incident, IncidentState, Urgency
from graph.model.pack import DomainPack
from graph.model.remediation import (
    Decision,
    ExecutorRef,
    Remediation,
    Step,
    StepOutcome,
)
from graph.model.topology import Scalar
from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from reasoning.ports import ActionRunner, StepAnswer
from reasoning.remediation.desk import RemediationDesk
from reasoning.remediation.runners.dry_run import DryRunner
from tests.reasoning.remediation.catalogue import acting_pack
from tests.small_pack import PACK, START, after, text

INCIDENT = "inc-1"
SWITCH, BACK = f"{PACK}:switch", f"{PACK}:switch-back"
FAILOVER, CREDIT = f"{PACK}:failover", f"{PACK}:credit"
DRAIN, RESTART = f"{PACK}:drain", f"{PACK}:restart"
CAP = f"{PACK}:cap"
CDN_A, CDN_B, EXAM_DB = f"{PACK}:cdn-a", f"{PACK}:cdn-b", f"{PACK}:exam-db"

ROLES: dict[str, Role] = {
    "op": Role.OPERATOR,
    "op2": Role.OPERATOR,
    "ops": Role.OPS_LEAD,
    "ops2": Role.OPS_LEAD,
    "acad": Role.ACADEMIC_LEAD,
    "owner": Role.PLATFORM_OWNER,
    "admin": Role.ADMIN,
    "viewer": Role.VIEWER,
}


class Killed(BaseException):
    """The process died here."""


def person(name: str) -> Principal:
    """Sign somebody in."""
    return Principal(name=name, roles=frozenset({ROLES[name]}), session_id=f"session-{name}")


def token_of(name: str, *scopes: Scope) -> Principal:
    """Let somebody come by a token."""
    return Principal(name=name, roles=frozenset({ROLES[name]}), scopes=frozenset(scopes))


@dataclass
class Line:
    """Hands of the profile `line`: they keep what was sent, and act on their states.

    `answers` are given in turn (then DONE); `acts` says whether a DONE is really done;
    `dies` ends the process: "before" or "after" the order arrived.
    """

    honours_key: bool = False
    acts: bool = True
    dies: str = ""
    answers: list[StepOutcome] = field(default_factory=list)
    version: str = "line/1"
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    states: dict[str, dict[str, JsonValue] | None] = field(default_factory=dict)
    rolls_back: bool = True

    def __post_init__(self) -> None:
        """Let both nodes serve themselves."""
        for node in (CDN_A, CDN_B):
            self.states[node] = {
                "state": "serving",
                "serving_by": node,
                "load": 30,
                "capacity": 100,
            }
        self.states[EXAM_DB] = {"state": "primary", "rows": 0}

    def describe(self) -> ExecutorRef:
        """Say which version this is."""
        return ExecutorRef(
            profile="line",
            version=self.version,
            content_digest=f"digest of {self.version}",
            can_preview=False,
            can_roll_back=self.rolls_back,
            honours_idempotency_key=self.honours_key,
        )

    def render(
        self,
        operation: str,
        target_id: str,
        parameters: Mapping[str, Scalar],
        *,
        undoing: bool = False,
    ) -> str:
        """Write a call."""
        return f"{operation} {target_id} {dict(parameters)}"

    def read_state(self, target_id: str) -> dict[str, JsonValue] | None:
        """Tell a state."""
        state = self.states.get(target_id)
        return None if state is None else dict(state)

    def run(self, step: Step, *, key: str, undoing: bool) -> StepAnswer:
        """Take an order."""
        if self.dies == "before":
            raise Killed
        operation = step.undo if undoing else step.operation
        self.sent.append((key, str(operation), step.target_id))
        outcome = self.answers.pop(0) if self.answers else StepOutcome.DONE
        if self.acts and outcome is not StepOutcome.FAILED:
            self._act(step, undoing)
        if self.dies == "after":
            raise Killed
        return StepAnswer(outcome, f"{outcome}")

    def _act(self, step: Step, undoing: bool) -> None:
        state = self.states.get(step.target_id)
        if state is None:
            return
        if step.operation == "set_quality":
            state |= step.undo_parameters if undoing else step.parameters
        elif undoing or step.operation == "switch_back":
            state |= {"state": "serving", "serving_by": step.target_id}
        else:
            state |= {"state": "drained", "serving_by": str(step.parameters.get("receiver"))}


class Room:
    """One incident with a diagnosis, people with roles, and a desk."""

    def __init__(
        self,
        *,
        pack: DomainPack | None = None,
        line: Line | None = None,
        demo: bool = False,
        demo_profiles: frozenset[str] = frozenset(),
        people: Mapping[str, Role] = ROLES,
        known: Diagnosis | str | None = "default",
        path: Path | None = None,
    ) -> None:
        """Open everything; `known` None leaves the incident without a diagnosis."""
        self.store: Store = EmbeddedGraphStore(path)
        self.line = line or Line()
        self.demo_profiles = demo_profiles
        found = diagnosis() if isinstance(known, str) else known
        self.store.write(lambda tx: tx.replace_pack(pack or acting_pack()))
        self.store.write(lambda tx: tx.put_incident(incident(), expected_version=None))
        if found is not None:
            self.store.write(lambda tx: tx.add_diagnosis(found))
        for name, role in people.items():
            self.put_user(name, role, demo=demo)
        self.desk = self.new_desk()

    def put_user(self, name: str, *roles: Role, demo: bool = False) -> None:
        """Give somebody an account."""
        user = User(name=name, roles=roles, password_hash="x", demo=demo, created_at=START)
        self.store.write(lambda tx: tx.put_user(user))

    def new_desk(self) -> RemediationDesk:
        """Open a desk as a new process would."""
        runners: dict[str, ActionRunner] = {"line": self.line, "dry-run": DryRunner()}
        return RemediationDesk(self.store, runners, demo_profiles=self.demo_profiles)

    def put_pack(self, pack: DomainPack) -> None:
        """Load another state of the pack."""
        self.store.write(lambda tx: tx.replace_pack(pack))

    def request(
        self,
        *,
        who: str = "op",
        action: str = SWITCH,
        targets: tuple[str, ...] = (CDN_A,),
        parameters: Mapping[str, Scalar] | None = None,
        at_s: float = 0,
        reason: str = "播放中断",
    ) -> Remediation:
        """Ask for an action."""
        given = {"receiver": CDN_B} if parameters is None and action == SWITCH else parameters
        return self.desk.request(
            person(who),
            INCIDENT,
            action_id=action,
            target_ids=targets,
            parameters=given or {},
            reason=reason,
            at=after(at_s),
        )

    def approve(self, asked: Remediation, *names: str, at_s: float = 10) -> Remediation:
        """Let people agree to what they see, one after the other."""
        for name in names:
            asked = self.desk.decide(
                person(name),
                asked.id,
                digest=asked.digest,
                decision=Decision.APPROVE,
                reason="",
                password_confirmed=True,
                at=after(at_s),
            )
        return asked

    def approved(self, **wanted: object) -> Remediation:
        """Ask for the switch-over and let both leads agree."""
        return self.approve(self.request(**wanted), "ops", "acad")  # type: ignore[arg-type]  # passed on

    def started(self, **wanted: object) -> Remediation:
        """Have an approved switch-over started."""
        return self.desk.start(person("op"), self.approved(**wanted).id, at=after(20))

    def run_out(self, remediation: Remediation, *, from_s: float = 20) -> Remediation:
        """Carry a remediation on, as the worker would, until nothing is left to do."""
        at = after(from_s)
        for _ in range(100):
            again = self.desk.proceed(remediation.id, at=at)
            if again is None:
                return self.stored(remediation)
            at = max(at, again)
        raise AssertionError("it never came to an end")

    def stored(self, remediation: Remediation) -> Remediation:
        """Read it as it stands."""
        return self.store.remediation(person("op"), remediation.id)

    def audit(self, subject: str | None = None) -> list[AuditEvent]:
        """Read the chain, oldest first."""
        lines = self.store.audit_chain(limit=1000)
        return [line for line in lines if subject in (None, line.subject)]

    def refusals(self) -> list[str]:
        """List the codes of refused attempts, oldest first."""
        return [str(e.detail["code"]) for e in self.audit() if e.kind == "attempt_refused"]


def incident() -> Incident:
    """Make the storm on cdn-a."""
    return Incident(
        id=INCIDENT,
        pack_id=PACK,
        state=IncidentState.OPEN,
        rule="three-alerts",
        opened_by="al-0000000000000000",
        opened_at=START,
        began_at=START,
        last_alert_at=START,
        title=text("storm"),
    )


def diagnosis(
    *,
    suspects: Mapping[str, float] | None = None,
    exam: float = 0.1,
    settling: bool = False,
    revision: int = 1,
    now: datetime = START,
) -> Diagnosis:
    """Say that cdn-a broke (or `suspects`); `exam` = P(exam step degraded)."""
    ranked = suspects or {CDN_A: 0.82}
    return Diagnosis(
        incident_id=INCIDENT,
        status=DiagnosisStatus.LIKELY,
        computed_at=now,
        revision=revision,
        supersedes=revision - 1 or None,
        evidence_revision=revision,
        topology_revision="t",
        as_of=AsOf(now=now, alerts_included=3, alerts_pending=0, last_alert_at=now),
        coverage=Coverage(mapped=1, quarantined=0, explained=1, unexplained=0),
        stability=Stability(top_since=now, top_changes_10m=0),
        settling=settling,
        hypotheses=tuple(
            HypothesisResult(
                rank=rank,
                kind=HypothesisKind.COMPONENT,
                component_id=component_id,
                fault_mode_id="lib:cdn_node.node-down",
                name=text(component_id),
                posterior=posterior,
                prior=0.001,
            )
            for rank, (component_id, posterior) in enumerate(ranked.items(), start=1)
        ),
        impact=(_impact("study", 0.9, 2500), _impact("exam", exam, 300)),
        urgency=UrgencyResult(level=Urgency.P1, rules_fired=()),
        engine=Engine(
            method="exact",
            exact=True,
            model_digest="m",
            library_digest="l",
            duration_ms=1.0,
            components_considered=9,
        ),
    )


def _impact(step: str, probability: float, users: int) -> Impact:
    return Impact(
        flow_id=f"{PACK}:learning",
        step_id=f"{PACK}:{step}",
        probability_degraded=probability,
        users=users,
        regions=("r1", "r2"),
        site_tiers=(),
        courses=None,
        credit_types=(),
        basis="estimated",
    )
