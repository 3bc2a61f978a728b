"""Tell one scenario: from a topology, a name and a seed to alerts, changes and the truth."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from benchmarks.simulator.alertmanager import NEVER, Alertmanager, signals_of
from benchmarks.simulator.catalogue import FaultPlan, Scenario
from benchmarks.simulator.chance import stream
from benchmarks.simulator.errors import ScenarioError
from benchmarks.simulator.faults import Fault, Outside, draw_fault, draw_outside
from benchmarks.simulator.history import Course, History, run
from benchmarks.simulator.labels import Labeller
from benchmarks.simulator.noise import changes, noise
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.physics import Physics
from benchmarks.simulator.structure import Platform
from benchmarks.simulator.watch import Episode, monitored_from, watch
from benchmarks.simulator.wiring import wire

_LOCAL = timedelta(hours=8)  # the platform's people live in one timezone without summer time
_DEGRADED_ERR, _DEGRADED_SLOW = 0.05, 2.5
_CUT_TRIES = 40

Record = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A scenario as told: received lines, change lines, and what is written into case.yaml."""

    alerts: tuple[Record, ...]
    changes: tuple[Record, ...]
    case: Record


@dataclass(frozen=True)
class _Stage:
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


def tell(
    scenario: Scenario, platform: Platform, parameters: Parameters, *, seed: int,
    random_root: bool = False,
) -> Told:  # fmt: skip
    """Tell a scenario on a platform; equal arguments give equal records.

    With `random_root` the faults strike other components of the same kind, drawn from the seed.
    Raises: ScenarioError or TopologyError if the platform cannot carry the scenario.
    """
    stage = _stage(scenario, platform, parameters, seed, random_root=random_root)
    history = _history(stage)
    episodes = watch(platform, history, parameters, stage.faults, seed=seed)
    other = _noise(stage, episodes)
    manager = Alertmanager(
        parameters, stage.instant, end_s=float(parameters.clock["after_s"]), seed=seed
    )
    wanted = None if random_root else scenario.related_alerts
    episodes, sent = _deliver(stage, manager, episodes, other, wanted)
    beats = manager.heartbeats(
        _sites(platform), _cut_sites(stage), since_s=-float(parameters.clock["before_s"])
    )
    received = sorted(sent + beats, key=lambda pair: (pair[0], pair[1]["groupKey"]))
    alerts = tuple(
        {"received_at": stage.instant(at_s), "payload": payload} for at_s, payload in received
    )
    log = _change_log(stage)
    counts = _counts(stage, episodes, sent, alerts, log, len(beats))
    return Told(alerts, log, _case(stage, history, counts))


def _stage(
    scenario: Scenario, platform: Platform, parameters: Parameters, seed: int, *, random_root: bool
) -> _Stage:
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
    return _Stage(platform, parameters, scenario, seed, tuple(faults), outside)


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


def _history(stage: _Stage) -> History:
    scenario, parameters = stage.scenario, stage.parameters
    wiring = wire(stage.platform, parameters, stage.seed)
    physics = Physics(stage.platform, wiring, parameters, seed=stage.seed)
    level = float(parameters.demand["by_hour"][(scenario.onset.astimezone(UTC) + _LOCAL).hour])
    course = Course(stage.faults, stage.outside, level=level, peak=scenario.peak)
    return run(stage.platform, physics, parameters, course, seed=stage.seed)


def _noise(stage: _Stage, episodes: Sequence[Episode]) -> list[Episode]:
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


def _silenced(stage: _Stage) -> dict[int, float]:
    """Find the parts whose monitoring is cut off, and since when."""
    return {
        part: fault.start_s
        for fault in stage.faults
        if fault.mode == "region/cut-off"
        for part in monitored_from(stage.platform, fault.part)
    }


def _deliver(
    stage: _Stage, manager: Alertmanager, related: list[Episode], other: list[Episode],
    wanted: int | None,
) -> tuple[list[Episode], list[tuple[float, Record]]]:  # fmt: skip
    """Send everything; where the story states how many alerts came, leave out surplus rules.

    Which of them were never written is drawn by the seed; those of the broken parts stay.
    """
    labeller = Labeller(stage.platform, stage.parameters, seed=stage.seed)

    def send(kept: list[Episode]) -> list[tuple[float, Record]]:
        return manager.deliver(signals_of(kept + other, labeller.labels))

    if wanted is None:
        return related, send(related)
    ranked, keep = _surplus_last(stage, related), wanted
    for _ in range(_CUT_TRIES):
        kept = sorted(ranked[:keep], key=lambda e: (e.start_s, e.alertname, e.part or 0, e.series))
        sent = send(kept)
        count = len(_firing_keys(sent) & _keys(stage, kept))
        if count == wanted:
            return kept, sent
        keep += wanted - count
        if keep > len(ranked):
            break
    raise ScenarioError(
        f"{stage.scenario.name!r} tells of {wanted} related alerts and seed {stage.seed} gives "
        f"{len(related)} at most; choose another seed"
    )


def _surplus_last(stage: _Stage, related: list[Episode]) -> list[Episode]:
    roots = {fault.part for fault in stage.faults}

    def rank(episode: Episode) -> tuple[bool, str]:
        name = f"{stage.seed}/{episode.part}/{episode.alertname}/{episode.series}/{episode.start_s}"
        return episode.part not in roots, hashlib.sha256(name.encode()).hexdigest()

    return sorted(related, key=rank)


Key = tuple[str, str]


def _keys(stage: _Stage, episodes: Sequence[Episode]) -> set[Key]:
    """Give (fingerprint, startsAt) of every episode."""
    from_label = Labeller(stage.platform, stage.parameters, seed=stage.seed)
    from_signal = signals_of(episodes, from_label.labels)
    return {(signal.fingerprint, stage.instant(signal.start_s)) for signal in from_signal}


def _firing_keys(sent: Sequence[tuple[float, Record]]) -> set[Key]:
    """Give (fingerprint, startsAt) of every alert that reached the webhook while firing."""
    return {
        (alert["fingerprint"], alert["startsAt"])
        for _, payload in sent
        for alert in payload["alerts"]
        if alert["endsAt"] == NEVER
    }


def _sites(platform: Platform) -> list[str]:
    """List the sites with a monitoring of their own."""
    return sorted({part.site for part in platform.parts if part.site})


def _cut_sites(stage: _Stage) -> dict[str, float]:
    """Find the sites whose monitoring is cut off, and since when."""
    return {
        site: fault.start_s
        for fault in stage.faults
        if fault.mode == "region/cut-off" and (site := stage.platform.parts[fault.part].site)
    }


def _change_log(stage: _Stage) -> tuple[Record, ...]:
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
    stage: _Stage, related: Sequence[Episode], sent: Sequence[tuple[float, Record]],
    alerts: Sequence[Record], log: Sequence[Record], beats: int,
) -> Record:  # fmt: skip
    keys, firing = _keys(stage, related), _firing_keys(sent)
    roots = {fault.part for fault in stage.faults}
    own = [episode for episode in related if episode.part in roots]
    return {
        "payloads": len(alerts),
        "heartbeats": beats,
        "alert_records": sum(len(line["payload"]["alerts"]) for line in alerts),
        "related_firing": len(firing & keys),
        "related_components": len({episode.part for episode in related}),
        "noise_firing": len(firing - keys),
        "own_alerts_of_causes": len(_keys(stage, own) & firing),
        "changes": len(log),
    }


def _case(stage: _Stage, history: History, counts: Record) -> Record:
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
        "truth": _truth(stage, history),
        "tags": list(scenario.tags),
        "counts": counts,
    }


def _truth(stage: _Stage, history: History) -> Record:
    causes = [
        {"component_id": stage.platform.parts[fault.part].id, "fault_mode_id": fault.mode}
        for fault in stage.faults
    ]
    kind = "component" if causes else ("external" if stage.outside else "none")
    hit = kind != "none"
    return {
        "kind": kind,
        "causes": causes,
        "regions": _regions_hit(stage.platform, history) if hit else [],
        "flow_steps": _steps_hit(stage.platform, history) if hit else [],
    }


def _regions_hit(platform: Platform, history: History) -> list[str]:
    """List the regions whose people noticed: playback, pages or exam entry beyond their rules."""
    seen = history.metrics
    hurt = (
        (seen["playback_err"].max(axis=0) > 0.08)
        | (seen["page_slow"].max(axis=0) > 2.0)
        | (seen["exam_slow"].max(axis=0) > 2.5)
    )
    groups = [
        part for at, part in enumerate(platform.parts) if part.kind == "client_group" and hurt[at]
    ]
    return sorted({part.region for part in groups if part.region})


def _steps_hit(platform: Platform, history: History) -> list[str]:
    """List the flow steps of which a component was degraded."""
    err, slow = history.metrics["err"], history.metrics["slow"]
    bad = ((err - err[0]).max(axis=0) > _DEGRADED_ERR) | (slow.max(axis=0) > _DEGRADED_SLOW)
    degraded = {part.id for at, part in enumerate(platform.parts) if bad[at]}
    return sorted(step for step, used in platform.flows if degraded & set(used))


def local_time(onset: datetime) -> str:
    """Write an onset as the people of the platform read it on their clock."""
    return (onset.astimezone(UTC) + _LOCAL).strftime("%Y-%m-%d %H:%M")


def names_of(case: Mapping[str, Any]) -> list[str]:
    """List the causes of a case as `component: mode`."""
    return [f"{c['component_id']}: {c['fault_mode_id']}" for c in case["truth"]["causes"]]
