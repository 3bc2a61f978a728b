"""The physical story: trouble spreads only where calls and traffic carry it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from benchmarks.simulator.errors import ScenarioError, TopologyError
from benchmarks.simulator.faults import Fault, draw_fault
from benchmarks.simulator.history import Course, History, run
from benchmarks.simulator.parameters import Parameters, load_parameters
from benchmarks.simulator.physics import Physics
from benchmarks.simulator.structure import Platform, platform_of
from benchmarks.simulator.watch import Episode, watch
from benchmarks.simulator.wiring import wire
from tests.benchmarks.small_platform import CARRIERS, expansion

SEED = 5


@pytest.fixture(scope="module")
def platform() -> Platform:
    """The small platform."""
    return platform_of(expansion())


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    """The committed parameters."""
    return load_parameters()


def _run(
    platform: Platform, parameters: Parameters, slug: str | None, mode: str = "", seed: int = SEED
) -> tuple[History, tuple[Fault, ...]]:
    faults: tuple[Fault, ...] = ()
    if slug is not None:
        part = platform.position(slug)
        faults = (
            draw_fault(
                platform,
                parameters,
                part=part,
                mode=mode,
                start_s=0.0,
                seed=seed,
                agent_lost=False,
            ),
        )
    physics = Physics(platform, wire(platform, parameters, seed), parameters, seed=seed)
    return run(platform, physics, parameters, Course(faults), seed=seed), faults


def _alerts(
    platform: Platform, parameters: Parameters, slug: str | None, mode: str = "", seed: int = SEED
) -> list[Episode]:
    history, faults = _run(platform, parameters, slug, mode, seed)
    return watch(platform, history, parameters, faults, seed=seed)


def _worst(history: History, platform: Platform, metric: str, slug: str) -> float:
    return float(history.metrics[metric][:, platform.position(slug)].max())


def test_without_a_fault_nothing_rings(platform: Platform, parameters: Parameters) -> None:
    """An ordinary evening raises no alert on any of twenty seeds."""
    for seed in range(20):
        assert _alerts(platform, parameters, None, seed=seed) == []


def test_a_failing_cdn_node_hurts_only_the_regions_that_it_serves(
    platform: Platform, parameters: Parameters
) -> None:
    """Players of r1 and r2 fail while those of r3, on the other node, watch on."""
    history, _ = _run(platform, parameters, "cdn-1", "cdn_node/origin-link-down")

    for carrier in CARRIERS:
        assert _worst(history, platform, "playback_err", f"client-r1-{carrier}") > 0.15
        assert _worst(history, platform, "playback_err", f"client-r2-{carrier}") > 0.15
        assert _worst(history, platform, "playback_err", f"client-r3-{carrier}") < 0.05


def test_symptoms_begin_after_the_fault_and_travel_outwards(
    platform: Platform, parameters: Parameters
) -> None:
    """No alert starts before the fault, and whoever calls the broken database fails after it."""
    history, _ = _run(platform, parameters, "exam-db", "database/pool-exhausted")
    err = history.metrics["err"]

    def begins(slug: str) -> float:
        row = err[:, platform.position(slug)]
        return float(history.times_s[np.argmax(row > row[0] + 0.02)])

    assert 0.0 <= begins("exam-store") <= begins("exam-api") <= begins("gate")
    assert all(
        episode.start_s > 0.0
        for episode in _alerts(platform, parameters, "exam-db", "database/pool-exhausted")
    )


def test_a_callee_behind_a_dead_gateway_starves(platform: Platform, parameters: Parameters) -> None:
    """With the gateway down the services behind it lose their traffic, and do not fail."""
    history, _ = _run(platform, parameters, "gate", "gateway/down")
    api = platform.position("exam-api")

    assert history.metrics["traffic"][-1, api] < 0.1
    assert history.metrics["traffic"][0, api] > 0.9
    assert _worst(history, platform, "err", "exam-api") < 0.02


def test_retries_multiply_the_load_on_a_failing_callee(
    platform: Platform, parameters: Parameters
) -> None:
    """Some seed has a caller that retries, and the struggling database then sees more requests."""
    peaks = []
    for seed in range(6):
        history, _ = _run(platform, parameters, "exam-db", "database/pool-exhausted", seed)
        peaks.append(_worst(history, platform, "traffic", "exam-db"))

    assert max(peaks) > 1.2


def test_the_replicas_of_a_service_outlive_one_host(
    platform: Platform, parameters: Parameters
) -> None:
    """A host dies: its container is gone, and calls move to the other three after a while."""
    history, _ = _run(platform, parameters, "host-1", "host/down")
    api = history.metrics["err"][:, platform.position("exam-api")]

    assert _worst(history, platform, "not_ready", "exam-api-0") == 1.0
    assert _worst(history, platform, "not_ready", "exam-api-1") == 0.0
    assert api.max() > 0.1
    assert api[-1] < 0.05


def test_a_cut_off_region_takes_its_monitoring_along(
    platform: Platform, parameters: Parameters
) -> None:
    """People of the region fail, and only the centre's probe of it says so."""
    history, _ = _run(platform, parameters, "region-r2", "region/cut-off", 6)
    alerts = _alerts(platform, parameters, "region-r2", "region/cut-off", 6)
    speakers = {platform.parts[episode.part].slug for episode in alerts if episode.part is not None}

    assert _worst(history, platform, "playback_err", "client-r2-mobile") > 0.9
    assert not any(slug.startswith("client-r2") for slug in speakers)
    assert "region-r2" in speakers


def test_a_part_with_a_lost_exporter_says_nothing(
    platform: Platform, parameters: Parameters
) -> None:
    """The same fault with and without the node's exporter differs in the node's own alerts only."""
    history, (fault,) = _run(platform, parameters, "cdn-1", "cdn_node/origin-link-down")
    silent = Fault(**{**vars(fault), "agent_lost": True})
    node = platform.position("cdn-1")

    spoken = watch(platform, history, parameters, (fault,), seed=SEED)
    unspoken = watch(platform, history, parameters, (silent,), seed=SEED)

    assert {episode.part for episode in spoken} - {episode.part for episode in unspoken} == {node}
    assert not any(episode.part == node for episode in unspoken)


def test_order_and_strengths_of_the_expansion_change_nothing(platform: Platform) -> None:
    """Shuffled lists and other strengths give the same structure and the same digest."""
    other = expansion()
    random.Random(1).shuffle(other["components"])
    random.Random(2).shuffle(other["relations"])
    for relation in other["relations"]:
        relation["strength"] = 0.99

    assert platform_of(other) == platform


def test_a_fault_of_another_kind_is_refused(platform: Platform, parameters: Parameters) -> None:
    """A database mode on a CDN node is no fault that could happen."""
    with pytest.raises(ScenarioError, match="database/down"):
        draw_fault(
            platform,
            parameters,
            part=platform.position("cdn-1"),
            mode="database/down",
            start_s=0.0,
            seed=1,
        )


def test_an_unknown_component_is_named(platform: Platform) -> None:
    """Whoever asks for a part that is not there is told its name."""
    with pytest.raises(TopologyError, match="'cdn-99'"):
        platform.position("cdn-99")
