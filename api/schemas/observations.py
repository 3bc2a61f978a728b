"""What travels over HTTP when people enter what they saw."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from api.schemas.feedback import FeedbackPage
from api.schemas.incidents import Items, View
from graph.model.base import Id, Model, Text
from graph.model.diagnosis import Diagnosis, HypothesisKind
from graph.model.observation import Observation, Result

NOTE_LENGTH = 500
_CHECK_LENGTH = 401


class NewObservation(Model):
    """POST /incidents/{id}/observations: the answer to `CHECK@COMPONENT`, or a verdict.

    A verdict is `rule_out@COMPONENT` or `confirm@COMPONENT` with the result positive.
    """

    check_id: str = Field(min_length=3, max_length=_CHECK_LENGTH)
    result: Result
    note: str = Field(default="", max_length=NOTE_LENGTH)


class HypothesisChange(View):
    """One hypothesis before and after; None where it was not, or is no longer, among the listed."""

    kind: HypothesisKind
    component_id: Id | None
    before: float | None
    after: float | None


class ObservedDiagnosis(Diagnosis):
    """The new diag/v1, what was entered or taken back, and how every hypothesis moved."""

    model_config = ConfigDict(extra="ignore")

    observation: Observation
    changes: tuple[HypothesisChange, ...]


class ObservationView(Observation):
    """An entry with its question; `holds`: it counts now (not taken back, not replaced).

    `expired`: it would, had its time not passed at the newest diagnosis's own now.
    """

    model_config = ConfigDict(extra="ignore")

    text: Text
    component_name: Text
    holds: bool
    expired: bool = False


class CheckView(View):
    """A check that can be entered for a component."""

    check_id: str
    text: Text
    minutes: float
    command: str | None


class ObservationsPage(Items[ObservationView]):
    """Entries by (at, evidence_id); `checks` of each component that is a hypothesis now.

    `feedback`: what people say it was.
    """

    checks: dict[str, tuple[CheckView, ...]] = Field(default_factory=dict)
    feedback: FeedbackPage = FeedbackPage(items=())
