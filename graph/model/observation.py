"""What a person saw: the result of a check, or a soft verdict on one cause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from graph.model.base import Id, Instant, Model

RULE_OUT: Final = "rule_out"
CONFIRM: Final = "confirm"
VERDICTS: Final = frozenset({RULE_OUT, CONFIRM})


class Result(StrEnum):
    """Yes, no, or could not look."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNKNOWN = "unknown"


class Observation(Model):
    """An entered result; `check_id` is `CHECK@COMPONENT`, as `next_checks` names it.

    `rule_out@COMPONENT` and `confirm@COMPONENT` are a person's soft verdicts (operations.md 6);
    their `result` is positive. A later one of the same person on the same check replaces it;
    `retracted_at` takes it back. Contradicting ones of several people are all kept. After
    `valid_for_s` seconds a result says nothing any more; None: it holds until it is taken back.
    """

    evidence_id: Id
    incident_id: Id
    check_id: str
    result: Result
    note: str = ""
    by: str
    at: Instant
    retracted_at: Instant | None = None
    valid_for_s: int | None = None

    @property
    def check(self) -> str:
        """Name the check, or the verdict."""
        return self.check_id.partition("@")[0]

    @property
    def component_id(self) -> str:
        """Name the component that was looked at."""
        return self.check_id.partition("@")[2]

    @property
    def expires_at(self) -> Instant | None:
        """Tell from when on it says nothing; None where it holds until it is taken back."""
        if self.valid_for_s is None:
            return None
        return self.at + timedelta(seconds=self.valid_for_s)

    def is_over(self, now: datetime) -> bool:
        """Tell whether its time has passed at `now`, which is the diagnosis's own."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def question(self) -> tuple[str, str, str]:
        """Name who answered what: of one person the later answer to a question replaces the first.

        Ruling a cause out and confirming it answer the same question.
        """
        asked = "verdict" if self.check in VERDICTS else self.check
        return self.by, asked, self.component_id


def standing(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Keep what holds, by (at, evidence_id): nothing taken back, each person's latest answers.

    Contradicting answers of several people all hold.
    """
    ordered = sorted(observations, key=lambda o: (o.at, o.evidence_id))
    latest = {o.question: o for o in ordered if o.retracted_at is None}
    kept = {o.evidence_id for o in latest.values()}
    return tuple(o for o in ordered if o.evidence_id in kept)


def count_items(observations: Iterable[Observation]) -> int:
    """Count evidence items: one for each entry and one more for each that was taken back.

    So both entering and taking back raise the count.
    """
    return sum(1 + (o.retracted_at is not None) for o in observations)
