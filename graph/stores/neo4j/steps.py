"""The steps of business flows as nodes: drawn from the body of their flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from graph.model.topology import BusinessFlow, FlowStep
from graph.stores import sql
from graph.stores.neo4j.links import RowParameters

_FLAGS: Final = ("affects_exam", "affects_credits", "affects_study", "credit_types")


class StepRows:
    """Steps of flows as rows: themselves, what each uses, and which comes after which."""

    def __init__(self, rows: Sequence[Mapping[str, sql.Value]]) -> None:
        """Read the flows out of their rows."""
        self.steps: Final[list[RowParameters]] = []
        self.uses: Final[list[RowParameters]] = []
        self.order: Final[list[RowParameters]] = []
        for row in rows:
            self._add(str(row["pack_id"]), BusinessFlow.model_validate_json(str(row["body"])))

    def _add(self, pack_id: str, flow: BusinessFlow) -> None:
        for step in flow.steps:
            self.steps.append(_step(pack_id, flow.id, step))
            named = {"pack_id": pack_id, "id": step.id}
            self.uses.extend({**named, **use.model_dump()} for use in step.uses)
        self.order.extend(
            {"pack_id": pack_id, "id": step.id, "next_id": after.id}
            for step, after in pairwise(flow.steps)
        )


def kept_steps(row: Mapping[str, sql.Value]) -> RowParameters:
    """Name the steps that a flow still has; a deleted flow, a row without a body, has none."""
    body = row.get("body")
    steps = BusinessFlow.model_validate_json(str(body)).steps if body is not None else ()
    return {"pack_id": row["pack_id"], "id": row["id"], "kept": [step.id for step in steps]}


def _step(pack_id: str, flow_id: str, step: FlowStep) -> RowParameters:
    shown = step.model_dump(mode="json", include=set(_FLAGS))
    names = {"name_zh": step.name.zh, "name_en": step.name.en}
    return {"pack_id": pack_id, "flow_id": flow_id, "id": step.id, "properties": shown | names}
