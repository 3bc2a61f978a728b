"""Whatever people, clocks and crashes do in whatever order: what must hold always holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from random import Random

import pytest

from graph.audit_chain import verify_chain
from graph.errors import EtiographError
from graph.model.access import Principal, Role, Scope
from graph.model.remediation import Decision, Ending, Remediation, Step, StepOutcome
from graph.ports import Store
from reasoning.ports import StepAnswer
from tests.reasoning.remediation.catalogue import acting_pack, policies
from tests.reasoning.remediation.room import (
    CDN_A,
    CDN_B,
    CREDIT,
    EXAM_DB,
    FAILOVER,
    INCIDENT,
    ROLES,
    SWITCH,
    Killed,
    Line,
    Room,
    diagnosis,
    person,
    token_of,
)
from tests.small_pack import after

# The life of a remediation as docs/adr/0008-approval-digest.md draws it, written again by hand.
MOVES = {
    ("requested", "requested"),
    ("requested", "approved"),
    ("requested", "rejected"),
    ("requested", "expired"),
    ("requested", "revoked"),
    ("approved", "running"),
    ("approved", "refused"),
    ("approved", "expired"),
    ("approved", "revoked"),
    ("running", "running"),
    ("running", "verified"),
    ("running", "rolled_back"),
    ("running", "held"),
    ("running", "escalated"),
    ("running", "unknown"),
    *((start, end) for start in ("unknown", "held") for end in ("verified", "rolled_back")),
    ("unknown", "escalated"),
    ("held", "escalated"),
    ("held", "running"),
    ("verified", "verified"),
}
NAMES = sorted(ROLES)
# Those who usually ask and start; the others try it too, but not so often that nothing happens.
HANDS = ["op", "op2"] * 4 + NAMES
WANTED: list[tuple[str, str, dict[str, str]]] = [
    (SWITCH, CDN_A, {"receiver": CDN_B}),
    (SWITCH, CDN_B, {"receiver": CDN_A}),
    (FAILOVER, EXAM_DB, {}),
    (CREDIT, EXAM_DB, {}),
]


@dataclass
class Agreed:
    """What a bystander wrote down: who said yes to what, and what was demanded at the request."""

    demand: tuple[Role, ...]
    digest: str
    requester: str
    expires_at: datetime
    yes: dict[str, tuple[Role, str]] = field(default_factory=dict)


@dataclass
class Guarded(Line):
    """Hands that look over their shoulder at every order: may this be sent?"""

    store: Store | None = None
    notes: dict[str, Agreed] = field(default_factory=dict)
    undone: set[tuple[str, str, str]] = field(default_factory=set)

    def run(self, step: Step, *, key: str, undoing: bool) -> StepAnswer:
        """Check everything that must hold before anything is sent."""
        assert self.store is not None
        found = self.store.remediation(Principal(name="guard"), "-".join(key.split("-")[:2]))
        known = self.notes[found.id]
        assert found.status == "running"
        assert self.store.emergency_stop() is None
        assert found.digest == known.digest
        assert found.started_at is not None
        assert found.started_at < known.expires_at
        assert known.requester not in known.yes
        assert sorted(role for role, _ in known.yes.values()) == sorted(known.demand)
        assert {digest for _, digest in known.yes.values()} == {known.digest}
        intents = [run for run in found.runs if run.outcome is StepOutcome.INTENDED]
        assert [(run.key, run.seq) for run in intents] == [(key, step.seq)]
        assert undoing is (intents[0].undoing or found.undoes is not None)
        answer = super().run(step, key=key, undoing=undoing)
        if undoing and answer.outcome is StepOutcome.DONE:
            self.undone.add((found.undoes or found.id, step.target_id, key))
        return answer


class Night:
    """A store, its desk, and everybody who may come along; every choice is `random`'s."""

    def __init__(self, random: Random) -> None:
        """Open a room whose hands are watched."""
        self.random = random
        self.line = Guarded(honours_key=random.random() < 0.3, acts=random.random() < 0.7)
        self.room = Room(line=self.line, known=diagnosis(suspects={CDN_A: 0.45}))
        self.line.store = self.room.store
        self.now_s = 0.0
        self.asked: list[str] = []

    @property
    def at(self) -> datetime:
        """Tell the time."""
        return after(self.now_s)

    def who(self) -> str:
        """Choose anybody."""
        return self.random.choice(NAMES)

    def one(self) -> Remediation:
        """Read one of those asked for, more often a late one."""
        chosen = self.asked[-min(len(self.asked), self.random.choice([1, 1, 1, 2, 3]))]
        return self.room.store.remediation(person("op"), chosen)

    def wait(self) -> None:
        """Let time pass; a clock may also be set back a little."""
        passed = self.random.choice([-30, 1, 12, 70, 70, 300, 1000, 2000])
        self.now_s = max(0.0, self.now_s + passed)

    def ask(self) -> None:
        """Somebody asks for something."""
        who = self.random.choice(HANDS)
        action, target, parameters = self.random.choice(WANTED)
        made = self.room.desk.request(
            person(who),
            INCIDENT,
            action_id=action,
            target_ids=(target,),
            parameters=parameters,
            reason="x",
            at=self.at,
        )
        self.note(made, who)

    def note(self, made: Remediation, who: str) -> None:
        """Write down what was asked for, and by whom."""
        if made.id not in self.asked:
            self.asked.append(made.id)
            roles, digest = made.demand.roles, made.digest
            self.line.notes[made.id] = Agreed(roles, digest, who, made.expires_at)

    def undo(self) -> None:
        """Somebody has something taken back: at once, or by a request of its own."""
        who, stored = self.random.choice(HANDS), self.room.store.remediation
        known = [stored(person("op"), remediation_id) for remediation_id in self.asked]
        ripe = [r for r in known if r.status in ("held", "verified")] or known
        found = self.random.choice(ripe)
        made = self.room.desk.measures.undo(person(who), found.id, reason="x", at=self.at)
        self.note(made, who)
        if self.random.random() < 0.7:
            self.agree_and_start()

    def end(self) -> None:
        """Somebody says that a measure stays, or is gone."""
        how = self.random.choice(list(Ending))
        who = person(self.random.choice(HANDS))
        self.room.desk.measures.end(who, self.one().id, how=how, reason="x", at=self.at)

    def say(self) -> None:
        """Somebody decides: fairly, by token, on a forged digest, or on that of another."""
        fair = self.random.choice(["yes", "yes", "no", "token", "forged", "swapped", "weak"])
        self.decide(self.who(), self.one(), fair)

    def decide(self, who: str, found: Remediation, fair: str) -> None:
        """Send one decision and write down what came of it."""
        digest = {"forged": "f" * 64, "swapped": self.one().digest}.get(fair, found.digest)
        left = self.room.desk.decide(
            token_of(who, *Scope) if fair == "token" else person(who),
            found.id,
            digest=digest,
            decision=Decision.REJECT if fair == "no" else Decision.APPROVE,
            reason="because",
            password_confirmed=fair != "weak",
            at=self.at,
        )
        assert fair != "token"
        assert fair != "weak" or not found.demand.password_again
        if fair != "no":
            self.line.notes[found.id].yes[who] = (left.approvals[-1].role, digest)

    def agree_and_start(self) -> None:
        """Those who are demanded agree, and it is started, so that nights get anywhere."""
        found = self.one()
        for who in self.random.sample(["ops", "acad", "owner", "ops2"], 4):
            with suppress(EtiographError):
                self.decide(who, found, "yes")
        self.room.desk.start(person("op"), found.id, at=self.at)

    def take_back(self) -> None:
        """Somebody takes back what they said."""
        who, found = self.who(), self.one()
        self.room.desk.withdraw(person(who), found.id, at=self.at)
        self.line.notes[found.id].yes.pop(who, None)

    def start(self) -> None:
        """Somebody presses the button."""
        who = self.random.choice(HANDS)
        self.room.desk.start(person(who), self.one().id, at=self.at)

    def go_on(self) -> None:
        """The worker does the next thing; the process may die on the way."""
        self.line.dies = self.random.choice(["", "", "", "", "", "before", "after"])
        self.line.answers = [StepOutcome(self.random.choice(["done"] * 8 + ["failed", "unknown"]))]
        try:
            self.room.desk.proceed(self.one().id, at=self.at)
        except Killed:
            self.room.desk = self.room.new_desk()
        finally:
            self.line.dies, self.line.answers = "", []

    def settle(self) -> None:
        """Somebody says what became of it."""
        self.room.desk.resolve(
            person(self.random.choice(HANDS)),
            self.one().id,
            outcome="verified",
            note="seen",
            at=self.at,
        )

    def stop(self) -> None:
        """Somebody pulls the emergency stop."""
        self.room.desk.pull_stop(person(self.who()), "halt", self.at)

    def release(self) -> None:
        """Somebody agrees to lift it; it is lifted only by two others than who pulled it."""
        who, before = self.who(), self.room.store.emergency_stop()
        left = self.room.desk.release_stop(person(who), self.at)
        assert before is not None
        agreed = {*before.released_by, who}
        assert before.pulled_by not in agreed
        assert (left is None) is (len(agreed) == 2)

    def change_the_world(self) -> None:
        """Rules, executor or roles become others."""
        strict = self.random.random() < 0.3
        extra = {"roles": (*policies()[1].roles, Role.PLATFORM_OWNER)}
        cdn = policies()[1].model_copy(update=extra if strict else {})
        self.room.put_pack(acting_pack(policies=(policies()[0], cdn, *policies()[2:])))
        self.line.version = self.random.choice(["line/1", "line/1", "line/2"])
        self.line.states.update(Line().states)

    def tick(self) -> None:
        """Time runs out for what nobody decided."""
        self.room.desk.expire_due(self.at)

    def step(self) -> None:
        """Do one of all this; a refusal is an answer like any other."""
        moves: list[tuple[int, Callable[[], None]]] = [
            (4, self.ask),
            (6, self.agree_and_start),
            (14, self.go_on),
            (8, self.wait),
            (4, self.say),
            (2, self.take_back),
            (3, self.start),
            (5, self.settle),
            (6, self.undo),
            (1, self.end),
            (1, self.stop),
            (6, self.release),
            (1, self.change_the_world),
            (1, self.tick),
        ]
        weights = [weight for weight, _ in moves]
        move = self.random.choices([m for _, m in moves], weights)[0] if self.asked else self.ask
        with suppress(EtiographError):
            move()

    def check(self) -> None:
        """What must hold after every step."""
        if not self.line.honours_key:
            assert all(n == 1 for n in Counter(key for key, _, _ in self.line.sent).values())
        back = Counter((origin, target) for origin, target, _ in self.line.undone)
        assert all(count == 1 for count in back.values()), "an undo ran twice"
        held: Counter[str] = Counter()
        for remediation_id in self.asked:
            found = self.room.store.remediation(person("op"), remediation_id)
            # The undo of a held one stands on the same thing, in its name.
            busy = found.status in ("running", "held", "unknown")
            if busy and not self.is_being_undone(found):
                held.update({*found.plan.target_ids, *map(str, found.plan.parameters.values())})
        assert all(count == 1 for count in held.values())

    def is_being_undone(self, found: Remediation) -> bool:
        """Tell whether an undo of it runs, or is not settled."""
        others = [self.room.store.remediation(person("op"), i) for i in self.asked]
        busy = ("running", "held", "unknown")
        return any(o.undoes == found.id and o.status in busy for o in others)

    def check_chain(self) -> None:
        """One audit line per version, each status after the other as its life allows."""
        lines = self.room.audit()
        assert verify_chain(lines) is None
        for remediation_id in self.asked:
            found = self.room.store.remediation(person("op"), remediation_id)
            moves = [
                str(line.detail["status"])
                for line in lines
                if line.subject == remediation_id and line.kind != "attempt_refused"
            ]
            assert len(moves) == found.version
            assert (moves[0], moves[-1]) == ("requested", found.status)
            assert set(pairwise(moves)) <= MOVES


@pytest.mark.parametrize("first", range(0, 40, 20))
def test_nothing_unasked_is_ever_sent(first: int) -> None:
    """Nights of random calls; the hands themselves check each order before they take it."""
    ends: Counter[str] = Counter()
    for seed in range(first, first + 20):
        night = Night(Random(seed))
        for _ in range(80):
            night.step()
            night.check()
        night.check_chain()
        ends.update(night.room.store.remediation(person("op"), i).status for i in night.asked)
        ends["orders"] += len(night.line.sent)
        ends["undone"] += len(night.line.undone)
    # A test that reaches nothing shows nothing.
    assert ends["orders"] > 15
    assert ends["undone"] > 3
    assert {"verified", "unknown", "expired"} <= ends.keys()
