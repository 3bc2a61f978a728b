"""Tell one scenario: from a topology, a name and a seed to alerts, changes and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Any

import numpy as np

from benchmarks.simulator.alertmanager import Alertmanager
from benchmarks.simulator.catalogue import Scenario
from benchmarks.simulator.delivery import deliver, firing_keys, related_keys
from benchmarks.simulator.history import Course, History, run
from benchmarks.simulator.noise import changes, noise
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.physics import Physics
from benchmarks.simulator.stage import Stage, set_stage
from benchmarks.simulator.structure import Platform
from benchmarks.simulator.truth import regions_hit, steps_hit
from benchmarks.simulator.watch import Episode, monitored_from, watch
from benchmarks.simulator.wiring import wire

_LOCAL = timedelta(hours=8)  # the platform's people live in one timezone without summer time

Record = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A scenario as told: received lines, change lines, and what is written into case.yaml."""

    alerts: tuple[Record, ...]
    changes: tuple[Record, ...]
    case: Record


def tell(
    scenario: Scenario, platform: Platform, parameters: Parameters, *, seed: int,
    random_root: bool = False,
) -> Told:  # fmt: skip
    """Tell a scenario on a platform; equal arguments give equal records.

    With `random_root` the faults strike other components of the same kind, drawn from the seed.
    Raises: ScenarioError or TopologyError if the platform cannot carry the scenario.
    """
    stage = set_stage(scenario, platform, parameters, seed, random_root=random_root)
    history = _history(stage)
    episodes = watch(platform, history, parameters, stage.faults, seed=seed)
    other = _noise(stage, episodes)
    manager = Alertmanager(
        parameters, stage.instant, end_s=float(parameters.clock["after_s"]), seed=seed
    )
    wanted = None if random_root else scenario.related_alerts
    episodes, sent = deliver(stage, manager, episodes, other, wanted)
    beats = manager.heartbeats(
        _sites(platform), _cut_sites(stage), since_s=-float(parameters.clock["before_s"])
    )
    received = sorted(sent + beats, key=lambda pair: (pair[0], pair[1]["groupKey"]))
    alerts = tuple(
        {"received_at": stage.instant(at_s), "payload": payload} for at_s, payload in received
    )
    log = _change_log(stage)
    counts = _counts(stage, episodes, sent, alerts, log, len(beats))
    first_at = _first_related(stage, episodes, sent)
    return Told(alerts, log, _case(stage, history, counts, first_at))


def _history(stage: Stage) -> History:
    scenario, parameters = stage.scenario, stage.parameters
    wiring = wire(stage.platform, parameters, stage.seed)
    physics = Physics(stage.platform, wiring, parameters, seed=stage.seed)
    level = float(parameters.demand["by_hour"][(scenario.onset.astimezone(UTC) + _LOCAL).hour])
    course = Course(stage.faults, stage.outside, level=level, peak=scenario.peak)
    return run(stage.platform, physics, parameters, course, seed=stage.seed)


def _noise(stage: Stage, episodes: Sequence[Episode]) -> list[Episode]:
    """Draw the evening's noise; a cut-off region's noise falls silent with its monitoring."""
    clock = stage.parameters.clock
    found = noise(
        stage.platform, stage.parameters, begin_s=-float(clock["before_s"]),
        end_s=float(clock["after_s"]), factor=stage.scenario.noise, taken=episodes,
        seed=stage.seed,
    )  # fmt: skip
    silent = _silenced(stage)
    kept = []
    for episode in found:
        since = silent.get(episode.part if episode.part is not None else -1, np.inf)
        if episode.start_s >= since:
            continue
        outlasts = episode.end_s is None or episode.end_s > since
        kept.append(replace(episode, end_s=since, silent_end=True) if outlasts else episode)
    return kept


def _silenced(stage: Stage) -> dict[int, float]:
    """Find the parts whose monitoring is cut off, and since when."""
    return {
        part: fault.start_s
        for fault in stage.faults
        if fault.mode == "region/cut-off"
        for part in monitored_from(stage.platform, fault.part)
    }


def _sites(platform: Platform) -> list[str]:
    """List the sites with a monitoring of their own."""
    return sorted({part.site for part in platform.parts if part.site})


def _cut_sites(stage: Stage) -> dict[str, float]:
    """Find the sites whose monitoring is cut off, and since when."""
    return {
        site: fault.start_s
        for fault in stage.faults
        if fault.mode == "region/cut-off" and (site := stage.platform.parts[fault.part].site)
    }


def _change_log(stage: Stage) -> tuple[Record, ...]:
    log = changes(
        stage.platform, stage.parameters, stage.faults, innocent=stage.scenario.innocent_changes,
        end_s=float(stage.parameters.clock["after_s"]), seed=stage.seed,
    )  # fmt: skip
    return tuple(
        {"schema": change["schema"], "id": change["id"], "at": stage.instant(at_s)}
        | change
        | {"received_at": stage.instant(at_s + 2.0)}
        for at_s, change in log
    )


def _counts(
    stage: Stage, related: Sequence[Episode], sent: Sequence[tuple[float, Record]],
    alerts: Sequence[Record], log: Sequence[Record], beats: int,
) -> Record:  # fmt: skip
    keys, firing = related_keys(stage, related), firing_keys(sent)
    roots = {fault.part for fault in stage.faults}
    own = [episode for episode in related if episode.part in roots]
    return {
        "payloads": len(alerts),
        "heartbeats": beats,
        "alert_records": sum(len(line["payload"]["alerts"]) for line in alerts),
        "related_firing": len(firing & keys),
        "related_components": len({episode.part for episode in related}),
        "noise_firing": len(firing - keys),
        "own_alerts_of_causes": len(related_keys(stage, own) & firing),
        "changes": len(log),
    }


def _first_related(
    stage: Stage, related: Sequence[Episode], sent: Sequence[tuple[float, Record]]
) -> str:
    """Give the receipt of the first alert that the story caused; the onset if there is none."""
    keys = related_keys(stage, related)
    hits = [at_s for at_s, payload in sent if firing_keys([(at_s, payload)]) & keys]
    return stage.instant(min(hits, default=0.0))


def _case(stage: Stage, history: History, counts: Record, first_at: str) -> Record:
    scenario = stage.scenario
    return {
        "schema": "scenario/v1",
        "id": scenario.name,
        "title": dict(scenario.title),
        "story": dict(scenario.story),
        "pack": stage.platform.pack,
        "source": "demo-alerts",
        "seed": stage.seed,
        "topology": stage.platform.digest,
        "onset": stage.instant(0.0),
        "first_related_at": first_at,
        "truth": _truth(stage, history),
        "tags": list(scenario.tags),
        "counts": counts,
    }


def _mode_id(mode: str) -> str:
    """Write `kind/mode` as packs name the modes of the common library: `lib:kind.mode`."""
    return "lib:" + mode.replace("/", ".")


def _truth(stage: Stage, history: History) -> Record:
    causes = [
        {"component_id": stage.platform.parts[fault.part].id, "fault_mode_id": _mode_id(fault.mode)}
        for fault in stage.faults
    ]
    kind = "component" if causes else ("external" if stage.outside else "none")
    hit = kind != "none"
    return {
        "kind": kind,
        "causes": causes,
        "regions": regions_hit(stage.platform, history) if hit else [],
        "flow_steps": steps_hit(stage.platform, history) if hit else [],
    }
