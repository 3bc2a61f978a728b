"""What the diagnosis asks of knowledge; `retrieval` satisfies it structurally."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from graph.model.access import Principal
from graph.model.diagnosis import SimilarCase, SopMatch


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
