"""What a person saw: the result of a check, or a soft verdict on one cause."""

from __future__ import annotations

from enum import StrEnum

from graph.model.base import Id, Instant, Model


class Result(StrEnum):
    """Yes, no, or could not look."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNKNOWN = "unknown"


class Observation(Model):
    """An entered result; `check_id` is `CHECK@COMPONENT`, as `next_checks` names it.

    `rule_out@COMPONENT` and `confirm@COMPONENT` are a person's soft verdicts (operations.md 6);
    their `result` is positive. A later one of the same person on the same check replaces it;
    `retracted_at` takes it back. Contradicting ones of several people are all kept.
    """

    evidence_id: Id
    incident_id: Id
    check_id: str
    result: Result
    note: str = ""
    by: str
    at: Instant
    retracted_at: Instant | None = None
