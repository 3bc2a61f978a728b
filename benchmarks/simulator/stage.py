"""Set the stage of one telling: the platform, the scenario, and what is injected where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from benchmarks.simulator.catalogue import FaultPlan, Scenario
from benchmarks.simulator.chance import stream
from benchmarks.simulator.errors import ScenarioError
from benchmarks.simulator.faults import Fault, Outside, draw_fault, draw_outside
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.structure import Platform


@dataclass(frozen=True)
class Stage:
    """Everything that one telling needs at hand."""

    platform: Platform
    parameters: Parameters
    scenario: Scenario
    seed: int
    faults: tuple[Fault, ...]
    outside: tuple[Outside, ...]

    def instant(self, at_s: float) -> str:
        """Write seconds from the onset as an instant in UTC, to the millisecond."""
        at = self.scenario.onset + timedelta(milliseconds=round(at_s * 1000.0))
        return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def set_stage(
    scenario: Scenario, platform: Platform, parameters: Parameters, seed: int, *, random_root: bool
) -> Stage:
    """Choose where the scenario's faults strike and draw how hard.

    With `random_root` they strike other components of the same kind.
    Raises: ScenarioError or TopologyError if the platform cannot carry the scenario.
    """
    used: list[int] = []
    faults = []
    for plan in scenario.faults:
        part = _place(plan, platform, seed, used, random_root=random_root)
        used.append(part)
        lost = None if random_root else plan.agent_lost
        faults.append(
            draw_fault(platform, parameters, part=part, mode=plan.mode, start_s=plan.start_s,
                       seed=seed, agent_lost=lost)
        )  # fmt: skip
    outside = tuple(
        draw_outside(platform, err=plan.err, slow=plan.slow, share=plan.share, start_s=0.0,
                     seed=seed)
        for plan in scenario.outside
    )  # fmt: skip
    return Stage(platform, parameters, scenario, seed, tuple(faults), outside)


def _place(
    plan: FaultPlan, platform: Platform, seed: int, used: Sequence[int], *, random_root: bool
) -> int:
    """Choose where a fault strikes: the named part, or by chance one that others rely on."""
    if not random_root:
        return platform.position(plan.at)
    kind = plan.mode.split("/")[0]
    relied_on = {link.target for link in platform.links}
    relied_on |= {link.source for link in platform.links if kind in ("region", "container")}
    choice = [at for at in platform.positions(kind) if at in relied_on and at not in used]
    choice = [at for at in choice if all(word in platform.parts[at].slug for word in plan.words)]
    if not choice:
        raise ScenarioError(f"no {kind} with {plan.words!r} that anything relies on; widen `words`")
    return choice[int(stream(seed, "root", plan.mode, str(len(used))).integers(len(choice)))]
