"""What reasoning asks of others: knowledge (of `retrieval`), and hands that act (runners)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from graph.model.access import Principal
from graph.model.diagnosis import SimilarCase, SopMatch
from graph.model.remediation import ExecutorRef, Step, StepOutcome
from graph.model.topology import Scalar


@dataclass(frozen=True)
class StepAnswer:
    """What came of sending a step: done, failed or unknown, and the executor's words.

    `text` holds no secret and at most 500 characters.
    """

    outcome: StepOutcome
    text: str


class ActionRunner(Protocol):
    """Hands of one executor profile; every runner passes one contract suite."""

    def describe(self) -> ExecutorRef:
        """Say which profile and version this is, with the digest of all that decides its acts."""
        ...

    def render(
        self,
        operation: str,
        target_id: str,
        parameters: Mapping[str, Scalar],
        *,
        undoing: bool = False,
    ) -> str:
        """Write exactly what would be sent, for people to read; never a secret.

        `undoing` says that the operation takes an earlier step back.
        """
        ...

    def read_state(self, target_id: str) -> dict[str, JsonValue] | None:
        """Read the target's state (keys such as state, serving, load, capacity); None: no idea."""
        ...

    def run(self, step: Step, *, key: str, undoing: bool) -> StepAnswer:
        """Send a step, or its undo, once under this idempotency key.

        A peer's failure is an answer, never an exception; no answer after sending is UNKNOWN.
        """
        ...


class KnowledgeFinder(Protocol):
    """Finds what the house already knows about a cause; equal scores stand in id order."""

    def sops_for(
        self,
        principal: Principal,
        *,
        modes: Sequence[tuple[str, float]],
        alertnames: Sequence[str],
        component_ids: Sequence[str],
        limit: int,
    ) -> tuple[SopMatch, ...]:
        """Find SOP sections for fault modes weighted by posterior, best first."""
        ...

    def cases_for(
        self,
        principal: Principal,
        *,
        component_id: str,
        fault_mode_id: str,
        kind: str,
        alertnames: Sequence[str],
        limit: int,
    ) -> tuple[SimilarCase, ...]:
        """Find past cases like this cause, best first."""
        ...
