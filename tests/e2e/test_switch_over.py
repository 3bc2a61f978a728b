"""The action that really happens: `make run`, four people, and a CDN control that may misbehave.

Everything is real but the people: the server's process, the control's, the HTTP between all of
them. Each story takes another node, since what one story switched stays switched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
import pytest

from api.cdn_control.child import ask_to_behave
from api.cdn_control.register import Behaviour, Register
from api.client import SESSION_COOKIE, ApiClient, connect
from api.owner import current_owner
from api.schemas.remediations import RemediationView
from benchmarks.served import ServerProcess, wait_until
from graph.errors import ConflictError
from graph.model.remediation import Decision, RemediationStatus, StepOutcome, Verdict
from tests.e2e.server import PREFIX, served_copy

_ON_ITS_WAY: Final = frozenset({RemediationStatus.RUNNING})


@dataclass
class Stage:
    """A served demo, its people signed in, and the incident of the storm."""

    server: ServerProcess
    people: dict[str, ApiClient]
    incident_id: str

    def agreed(self, node: str, receiver: str) -> RemediationView:
        """Let the operator ask for a switch-over, and everybody demanded agree."""
        operator = self.people["demo-operator"]
        asked = operator.request_remediation(
            self.incident_id,
            action_id=f"{PREFIX}cdn-switch-over",
            target_ids=[PREFIX + node],
            parameters={"receiver": PREFIX + receiver},
            reason="The origin link of the node is down.",
        )
        return self.agreed_to(asked)

    def agreed_to(self, asked: RemediationView) -> RemediationView:
        """Let everybody demanded agree; before the last of them it does not start."""
        operator = self.people["demo-operator"]
        for name, person in self.people.items():
            seen = person.remediation(asked.remediation_id)
            if seen.may_decide_as and seen.status is RemediationStatus.REQUESTED:
                with pytest.raises(ConflictError):
                    operator.execute(asked.remediation_id)
                person.decide(seen.remediation_id, digest=seen.digest, decision=Decision.APPROVE)
                assert name != "demo-operator"
        return operator.remediation(asked.remediation_id)

    def ran(self, node: str, receiver: str) -> RemediationView:
        """Switch a node over, and wait until it has come to an end or to a person."""
        return self.finished(self.agreed(node, receiver))

    def finished(self, agreed: RemediationView) -> RemediationView:
        """Start what was agreed to, and wait until it has come to an end or to a person."""
        operator = self.people["demo-operator"]
        assert agreed.status is RemediationStatus.APPROVED
        operator.execute(agreed.remediation_id)
        wait_until(
            lambda: operator.remediation(agreed.remediation_id).status not in _ON_ITS_WAY,
            what="the end of the remediation",
            timeout_s=90,
        )
        return operator.remediation(agreed.remediation_id)

    def state(self, node: str) -> dict[str, object]:
        """Read what the control has on its disk."""
        path = self.server.home / "cdn-control" / "state.json"
        nodes = json.loads(path.read_text(encoding="utf-8"))["nodes"]
        found: dict[str, object] = nodes[PREFIX + node]
        return found


def _signed_in(url: str, name: str, password: str) -> ApiClient:
    answer = httpx2.post(
        f"{url}/api/v1/session", json={"name": name, "password": password}, trust_env=False
    )
    assert answer.status_code == 200, answer.text
    return connect(url, cookie=answer.cookies[SESSION_COOKIE], timeout_s=60)


@pytest.fixture(scope="module")
def stage(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """`make run` as it stands after its last line, with everybody signed in."""
    home = tmp_path_factory.mktemp("stage") / "home"
    with served_copy(prepared_home, home) as plain:
        plain.stop()
    server = ServerProcess(home, "--demo")
    server.start()
    try:
        wait_until(
            lambda: f"ready {server.url}" in server.log(),
            what="the last line of the demo",
            timeout_s=180,
            alive=server.check_alive,
        )
        demo = json.loads((home / "demo.json").read_text(encoding="utf-8"))
        with ExitStack() as open_clients:
            people = {
                user["name"]: open_clients.enter_context(
                    _signed_in(server.url, user["name"], user["password"])
                )
                for user in demo["users"]
            }
            [incident] = [
                row
                for row in people["demo-operator"].incidents().items
                if row.top and row.top.component_id == f"{PREFIX}cdn-7"
            ]
            yield Stage(server, people, incident.id)
    finally:
        server.stop()


def test_the_switch_over_of_the_story_is_verified(stage: Stage) -> None:
    """Everybody agreed, the node is switched, and the state read back says so."""
    done = stage.ran("cdn-7", "cdn-8")

    assert done.status is RemediationStatus.VERIFIED, done
    assert done.verified is not None
    assert done.verified.verdict is Verdict.BETTER
    assert stage.state("cdn-7")["serving_by"] == f"{PREFIX}cdn-8"


def test_accepted_and_not_switched_is_rolled_back(stage: Stage) -> None:
    """The control says yes and does nothing: the verification sees it, and the undo is sent."""
    ask_to_behave(stage.server.home, Behaviour.ACCEPTS_WITHOUT_SWITCHING)
    done = stage.ran("cdn-9", "cdn-10")
    ask_to_behave(stage.server.home, Behaviour.NORMAL)

    assert done.status is RemediationStatus.ROLLED_BACK, done
    assert [(run.undoing, run.outcome) for run in done.runs] == [
        (False, StepOutcome.DONE),
        (True, StepOutcome.DONE),
    ]
    assert stage.state("cdn-9")["state"] == "serving"


def test_silence_after_acting_is_unknown_until_a_person_settles_it(stage: Stage) -> None:
    """No answer came although it acted: unknown, told apart by the state, settled by name."""
    ask_to_behave(stage.server.home, Behaviour.TIMES_OUT_AFTER_ACTING)
    stuck = stage.ran("cdn-11", "cdn-12")
    ask_to_behave(stage.server.home, Behaviour.NORMAL)

    assert stuck.status is RemediationStatus.UNKNOWN, stuck
    assert [run.outcome for run in stuck.runs] == [StepOutcome.UNKNOWN]
    assert stage.state("cdn-11")["serving_by"] == f"{PREFIX}cdn-12"
    settled = stage.people["demo-ops"].resolve(
        stuck.remediation_id, outcome="verified", note="Read on the node: cdn-12 serves."
    )
    assert settled.status is RemediationStatus.VERIFIED


def test_killed_between_deed_and_answer_it_goes_on_and_acts_once(stage: Stage) -> None:
    """SIGKILL of the server while the control has acted: the step is sent again under its key."""
    control = stage.server.home / "cdn-control"
    operator = stage.people["demo-operator"]
    agreed = stage.agreed("cdn-6", "cdn-13")
    before = stage.state("cdn-13")["load"]
    ask_to_behave(stage.server.home, Behaviour.TIMES_OUT_AFTER_ACTING)
    operator.execute(agreed.remediation_id)
    wait_until(lambda: stage.state("cdn-6")["state"] == "drained", what="the deed", timeout_s=30)
    stage.server.kill()
    wait_until(lambda: current_owner(control) is None, what="its child to end", timeout_s=20)
    Register(control).behave(Behaviour.NORMAL)

    stage.server.start()
    stage.server.wait_ready()
    wait_until(
        lambda: operator.remediation(agreed.remediation_id).status not in _ON_ITS_WAY,
        what="the end of the remediation",
        timeout_s=90,
    )
    done = operator.remediation(agreed.remediation_id)
    assert done.status is RemediationStatus.VERIFIED, done
    assert [run.outcome for run in done.runs] == [StepOutcome.DONE]
    moved = stage.state("cdn-6")["moved"]
    assert stage.state("cdn-13")["load"] == int(str(before)) + int(str(moved))


def test_all_of_it_stands_in_the_audit_log(stage: Stage) -> None:
    """The chain holds, and tells of the requests, the yes of each, the steps and the ends."""
    operator = stage.people["demo-operator"]
    kinds = {event.kind for event in operator.audit().items}

    assert operator.verify_audit().holds
    assert {"step_intended", "step_answered", "verification_done"} <= kinds


def test_a_switch_over_is_taken_back_by_its_stored_undo(stage: Stage) -> None:
    """The same people agree anew, the control hears one order, and the measure leaves the list."""
    done = stage.ran("cdn-14", "cdn-15")
    assert done.is_measure, done
    operator = stage.people["demo-operator"]
    asked = operator.undo(done.remediation_id, reason="The node is repaired.")
    assert (asked.undoes, asked.required_roles) == (done.remediation_id, done.required_roles)
    with pytest.raises(ConflictError):
        operator.execute(asked.remediation_id)

    undone = stage.finished(stage.agreed_to(asked))

    assert undone.status is RemediationStatus.VERIFIED, undone
    assert stage.state("cdn-14")["serving_by"] == f"{PREFIX}cdn-14"
    left = [matter.remediation_id for matter in operator.handover().temporary]
    assert done.remediation_id not in left
