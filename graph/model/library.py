"""The fault library: how each kind of component fails, what one then sees, what to check."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import Field

from graph.model.base import Id, Model, Probability, Text
from graph.model.topology import Basis

# Half an hour: what somebody saw of a system under repair is seldom true for longer (assumed).
CHECK_VALID_S: Final = 1800


class Direction(StrEnum):
    """Which way a symptom travels.

    `own`: it speaks of the component itself (process, disk, certificate).
    `dependant`: errors and latency, from a dependency to those that depend on it.
    `starvation`: missing traffic, from a caller to what it calls.
    `heartbeat`: proof of life of the monitoring, never an incident.
    """

    OWN = "own"
    DEPENDANT = "dependant"
    STARVATION = "starvation"
    HEARTBEAT = "heartbeat"


class AlertType(Model):
    """A monitoring rule, by alertname and the kinds on which it exists.

    `detection` = P(active | its state is true), for `dependant` the component being degraded, for
    `starvation` being starved. For `own` the detections stand in the modes' signatures, and this is
    P(active | degraded through a dependency): 0 unless being unreachable reads the same.
    `false_alarm` = P(active in the look-back of an incident | state false).
    `delay_s` = typical seconds from onset to the alert (rule `for` + grouping).
    `facet`: the part of the component's work that it watches (playback, pages); None = all of it.
    `aliases`: names under which well-known rule sets have it, on the same kinds.
    `speaks_only`: its silence is never evidence, as where people report or few have the rule.
    """

    alertname: str
    kinds: tuple[Id, ...]
    direction: Direction
    name: Text
    detection: Probability
    false_alarm: Probability
    delay_s: int = Field(ge=0)
    basis: Basis = Basis.ASSUMED
    facet: Id | None = None
    aliases: tuple[str, ...] = ()
    speaks_only: bool = False


class Signature(Model):
    """P(this alert is active on the component | this fault was born there)."""

    alertname: str
    detection: Probability
    delay_s: int = Field(ge=0)


class FaultMode(Model):
    """A way in which a kind of component fails.

    `base_rate` = P(born in the look-back window of an incident), per component.
    `change_kinds`: changes on the component that make this mode likelier.
    `mutes`: it leaves nothing running that could measure itself, so the component's `dependant`
    rules cannot speak, and whatever runs on it falls with it.
    `by_change`: it comes in with a change of those kinds, so a change log that is heard and holds
    none speaks against it.
    `first_steps`: what to do first where no SOP of a pack says it; None where the library is mute.
    """

    id: Id
    kind: Id
    name: Text
    base_rate: Probability
    basis: Basis
    source: str
    signatures: tuple[Signature, ...] = ()
    check_ids: tuple[Id, ...] = ()
    sop_ids: tuple[Id, ...] = ()
    change_kinds: tuple[str, ...] = ()
    mutes: bool = False
    by_change: bool = False
    first_steps: Text | None = None


class Check(Model):
    """Something a person can look at; `detection`/`false_alarm` = P(positive | fault / none).

    `command` may hold `{component}` (a graph id of the safe pattern) and nothing else. An answer
    counts for `valid_for_s` seconds and is unknown afterwards. `if_yes` and `if_no` say what each
    answer means: what it speaks for or against, and where to look next.
    """

    id: Id
    text: Text
    minutes: float = Field(gt=0)
    detection: Probability
    false_alarm: Probability
    command: str | None = None
    valid_for_s: int = Field(default=CHECK_VALID_S, gt=0)
    if_yes: Text | None = None
    if_no: Text | None = None


class ComponentKind(Model):
    """A kind of component; `layer` places it on the map: flow > service > data > node > network."""

    id: Id
    name: Text
    layer: str


class FaultLibrary(Model):
    """Everything the causal model knows of kinds; each tuple is in id (alertname) order."""

    kinds: tuple[ComponentKind, ...]
    alert_types: tuple[AlertType, ...]
    modes: tuple[FaultMode, ...]
    checks: tuple[Check, ...]
