"""How well stated probabilities hold over incidents whose cause is confirmed."""

from __future__ import annotations

from pydantic import Field

from graph.model.base import Id, Instant, Model, Probability


class Judged(Model):
    """One answer held against what its incident was.

    `stated`: the posterior of what stood first; `right`: that was it, or one of them; `place`: the
    first place of a confirmed cause, None where it is not listed; `abstained`: the answer was
    `inconclusive`; `mode`: what it was, a fault mode, `kind:KIND`, `external` or `no_fault`.
    """

    incident_id: Id
    at: Instant
    stated: Probability
    right: bool
    place: int | None
    abstained: bool
    mode: str


class ReliabilityBin(Model):
    """Answers that stated about the same: `right` of `cases`; `low`, `high`: 95% of the share."""

    begins: Probability
    stated: Probability
    cases: int = Field(ge=1)
    right: int = Field(ge=0)
    low: Probability
    high: Probability


class Figures(Model):
    """What a set of judged answers comes to; shares and errors are None where there is no case.

    `first`, `first_three`: confirmed cause on first place, among the first three (AC@1, AC@3).
    `brier`, `log_loss` (nats), `error` (expected calibration error, ten bins): of `stated` against
    `right`, 0 is best. `committed`: cases that did not abstain, `committed_right` of them right.
    """

    cases: int = Field(ge=0)
    first: int = Field(ge=0)
    first_three: int = Field(ge=0)
    abstained: int = Field(ge=0)
    committed_right: int = Field(ge=0)
    stated: float | None = None
    brier: float | None = None
    log_loss: float | None = None
    error: float | None = None
    bins: tuple[ReliabilityBin, ...] = ()

    @property
    def committed(self) -> int:
        """Count the cases that did not abstain."""
        return self.cases - self.abstained


class ModeFigures(Model):
    """The figures of the incidents that were of one fault mode."""

    mode: str
    figures: Figures


class Curve(Model):
    """The recalibration map: sigma(slope x logit(p) + shift), slope > 0, so order never changes."""

    slope: float = Field(gt=0)
    shift: float


class Recalibration(Model):
    """The map fitted on all cases, and the figures of cases that it was not fitted on.

    Ten-fold: each case is judged by the map of the other nine tenths.
    """

    curve: Curve
    unseen: Figures
