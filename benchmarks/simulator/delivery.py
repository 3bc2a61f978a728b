"""Send the alerts of a story, and keep to the number of alerts that the story states."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from benchmarks.simulator.alertmanager import NEVER, Alertmanager, signals_of
from benchmarks.simulator.errors import ScenarioError
from benchmarks.simulator.labels import Labeller
from benchmarks.simulator.stage import Stage
from benchmarks.simulator.watch import Episode

_CUT_TRIES = 40

Record = dict[str, Any]


def deliver(
    stage: Stage, manager: Alertmanager, related: list[Episode], other: list[Episode],
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
        count = len(firing_keys(sent) & related_keys(stage, kept))
        if count == wanted:
            return kept, sent
        keep += wanted - count
        if keep > len(ranked):
            break
    raise ScenarioError(
        f"{stage.scenario.name!r} tells of {wanted} related alerts and seed {stage.seed} gives "
        f"{len(related)} at most; choose another seed"
    )


def _surplus_last(stage: Stage, related: list[Episode]) -> list[Episode]:
    roots = {fault.part for fault in stage.faults}

    def rank(episode: Episode) -> tuple[bool, str]:
        name = f"{stage.seed}/{episode.part}/{episode.alertname}/{episode.series}/{episode.start_s}"
        return episode.part not in roots, hashlib.sha256(name.encode()).hexdigest()

    return sorted(related, key=rank)


Key = tuple[str, str]


def related_keys(stage: Stage, episodes: Sequence[Episode]) -> set[Key]:
    """Give (fingerprint, startsAt) of every episode."""
    from_label = Labeller(stage.platform, stage.parameters, seed=stage.seed)
    from_signal = signals_of(episodes, from_label.labels)
    return {(signal.fingerprint, stage.instant(signal.start_s)) for signal in from_signal}


def firing_keys(sent: Sequence[tuple[float, Record]]) -> set[Key]:
    """Give (fingerprint, startsAt) of every alert that reached the webhook while firing."""
    return {
        (alert["fingerprint"], alert["startsAt"])
        for _, payload in sent
        for alert in payload["alerts"]
        if alert["endsAt"] == NEVER
    }
