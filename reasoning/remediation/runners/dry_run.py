"""The dry run: shows what would be sent, sends nothing, and asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from graph.model.digest import canonical, sha256_hex
from graph.model.remediation import ExecutorRef, Step, StepOutcome
from graph.model.topology import Scalar
from reasoning.ports import StepAnswer
from reasoning.remediation.profile import DRY_RUN

_VERSION: Final = "dry-run/1"


class DryRunner:
    """An `ActionRunner` that acts on nothing."""

    def describe(self) -> ExecutorRef:
        """Say which version this is; it takes everything back, because it does nothing."""
        return ExecutorRef(
            profile=DRY_RUN,
            version=_VERSION,
            content_digest=sha256_hex([_VERSION]),
            can_preview=True,
            can_roll_back=True,
            honours_idempotency_key=True,
        )

    def render(
        self,
        operation: str,
        target_id: str,
        parameters: Mapping[str, Scalar],
        *,
        undoing: bool = False,
    ) -> str:
        """Write the step as canonical JSON; nobody receives it."""
        return canonical(
            {
                "operation": operation,
                "target": target_id,
                "parameters": dict(parameters),
            }
        ).decode()

    def read_state(self, target_id: str) -> dict[str, JsonValue] | None:
        """Know no state: nothing was asked."""
        return None

    def run(self, step: Step, *, key: str, undoing: bool) -> StepAnswer:
        """Do nothing, and say so."""
        operation = step.undo if undoing else step.operation
        return StepAnswer(StepOutcome.DONE, f"simulated: {operation}; nothing was sent")
