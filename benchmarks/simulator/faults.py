"""What is injected into a story, and what it does to the platform from second to second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.simulator.chance import between, stream
from benchmarks.simulator.errors import ScenarioError
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.physics import Harm
from benchmarks.simulator.structure import Platform

_ADDED = ("err", "hang", "out", "quality", "hosted_err")
_SCALED = ("slow", "capacity", "hosted_slow")


@dataclass(frozen=True)
class Fault:
    """One injected fault: where, which mode, when it begins, and its drawn strength.

    `start_s` counts from the story's onset. `agent_lost`: the part's own exporter went with it.
    """

    part: int
    mode: str
    start_s: float
    ramp_s: float
    effects: Mapping[str, float]
    gauges: Mapping[str, float]
    agent_lost: bool
    changed: bool

    def progress(self, at_s: float) -> float:
        """Tell how far the fault has grown at an instant: 0 before it, 1 when complete."""
        if at_s < self.start_s:
            return 0.0
        return min(1.0, (at_s - self.start_s + 1e-9) / max(self.ramp_s, 1e-9))


@dataclass(frozen=True)
class Outside:
    """Trouble outside the graph: players of some client groups fail or crawl by themselves."""

    groups: Mapping[int, float]
    err: float
    slow: float
    start_s: float
    ramp_s: float


def draw_fault(
    platform: Platform, parameters: Parameters, *, part: int, mode: str, start_s: float,
    seed: int, agent_lost: bool | None = None,
) -> Fault:  # fmt: skip
    """Draw the strength of a fault mode on a part.

    Raises: ScenarioError if the mode is unknown or belongs to another kind.
    """
    kind = platform.parts[part].kind
    if mode not in parameters.faults or mode.split("/")[0] != kind:
        raise ScenarioError(f"{mode!r} is no mode of {platform.parts[part].id!r} ({kind})")
    raw = parameters.faults[mode]
    rng = stream(seed, "fault", platform.parts[part].id, mode)
    drawn = {key: between(rng, raw[key]) for key in (*_ADDED, *_SCALED) if key in raw}
    if "up" in raw:
        drawn["up"] = float(raw["up"])
    ramp_s = between(rng, raw["ramp_s"])
    lost, changed = rng.random() < raw["agent_lost"], rng.random() < raw.get("change", 0.0)
    return Fault(
        part=part, mode=mode, start_s=start_s, ramp_s=ramp_s, effects=drawn,
        gauges=dict(raw.get("gauges", {})), changed=bool(changed),
        agent_lost=bool(lost) if agent_lost is None else agent_lost,
    )  # fmt: skip


def draw_outside(
    platform: Platform, *, err: float, slow: float, share: float, start_s: float, seed: int
) -> Outside:
    """Draw which client groups an outside cause hits, and how hard each of them."""
    rng = stream(seed, "outside")
    hit = [at for at in platform.positions("client_group") if rng.random() < share]
    weights = {at: float(rng.uniform(0.5, 1.0)) for at in hit}
    return Outside(weights, err, slow, start_s, ramp_s=float(rng.uniform(60.0, 180.0)))


def harm_at(
    size: int, faults: tuple[Fault, ...], outside: tuple[Outside, ...], at_s: float
) -> Harm:
    """Add up what is wrong at an instant."""
    harm = Harm.none(size)
    for fault in faults:
        _apply(harm, fault, fault.progress(at_s))
    for trouble in outside:
        grown = float(np.clip((at_s - trouble.start_s) / trouble.ramp_s, 0.0, 1.0))
        for part, weight in trouble.groups.items():
            harm.err[part] = max(harm.err[part], trouble.err * weight * grown)
            harm.slow[part] *= 1.0 + (trouble.slow - 1.0) * weight * grown
    return harm


def _apply(harm: Harm, fault: Fault, grown: float) -> None:
    if grown <= 0.0:
        return
    for key in _ADDED:
        values = getattr(harm, key)
        values[fault.part] = max(values[fault.part], fault.effects.get(key, 0.0) * grown)
    for key in _SCALED:
        getattr(harm, key)[fault.part] *= 1.0 + (fault.effects.get(key, 1.0) - 1.0) * grown
    if "up" in fault.effects:
        harm.up[fault.part] = fault.effects["up"]
