"""Run a story through the physics and keep what every part would have measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulator.chance import stream
from benchmarks.simulator.faults import Fault, Outside, harm_at
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.physics import Harm, Physics, State
from benchmarks.simulator.structure import Platform
from benchmarks.simulator.wiring import Floats

_PAGE_TIMEOUT_WEIGHT = 6.0  # a page that fails counts as one six times slower: probes time out
_VIDEO = frozenset({"view", "carry", "resolve"})
_PAGES = frozenset({"route", "carry", "resolve", "call", "login", "view"})  # pictures come by CDN


@dataclass(frozen=True)
class Course:
    """What happens around the platform: faults, outside trouble, a peak, and the hour's level."""

    faults: tuple[Fault, ...] = ()
    outside: tuple[Outside, ...] = ()
    level: float = 1.0
    peak: float = 1.0
    peak_ramp_s: float = 300.0


@dataclass(frozen=True)
class History:
    """Every metric over time: `metrics[name][step, part]`; `times_s` counts from the onset."""

    times_s: Floats
    metrics: dict[str, NDArray[np.float32]]


class Recorder:
    """Turns states into metrics."""

    def __init__(self, platform: Platform, physics: Physics, parameters: Parameters) -> None:
        """Work out once which uses are video, which are pages, and where exams are entered."""
        self._physics = physics
        self._rest = parameters.gauges_at_rest
        kinds = np.array([part.kind for part in platform.parts])
        self._kinds = kinds
        wiring = physics.wiring
        at_people = kinds[wiring.use_source] == "client_group"
        self._video = at_people & wiring.uses_of_class(*_VIDEO)
        self._pages = at_people & wiring.uses_of_class(*_PAGES)
        self._fetch = wiring.uses_of_class("fetch")
        self._exam = np.array(
            [p.kind == "service" and "exam" in p.slug for p in platform.parts], dtype=bool
        )
        routed = np.isin(kinds[wiring.edge_source], ("gateway", "load_balancer", "client_group"))
        entry = np.zeros(len(kinds), dtype=bool)
        entry[wiring.edge_target[routed]] = True
        self._exam &= entry
        self._has_pages = self._sum(self._pages.astype(float)) > self._sum(
            (self._pages & wiring.uses_of_class("carry", "resolve", "view")).astype(float)
        )
        self._set_regions(wiring.region_of)

    def _set_regions(self, region_of: NDArray[np.int64]) -> None:
        people = (self._kinds == "client_group") & (region_of >= 0)
        self._members = np.flatnonzero(people)
        self._regions = region_of[self._members]
        count = np.bincount(self._regions, minlength=len(self._kinds))
        self._is_region = count > 0
        self._count = np.maximum(count, 1)

    def _sum(self, per_use: Floats) -> Floats:
        source = self._physics.wiring.use_source
        total = np.bincount(source, weights=per_use, minlength=self._physics.size)
        return np.asarray(total, dtype=float)

    def metrics(self, state: State, harm: Harm, level: float) -> dict[str, Floats]:
        """Give every metric that follows from the physics, per part."""
        physics = self._physics
        slow = state.latency / physics.normal_latency
        traffic = state.rate / physics.normal_rate
        found = {
            "err": self._with_regions(state.err),
            "slow": slow,
            "traffic": traffic,
            "up": state.up,
            "quality": np.maximum(state.quality, self._rest["quality"]),
            "cpu": np.minimum(state.load, 1.0),
            "bandwidth": np.minimum(state.load, 1.0),
            "backlog": self._rest["backlog"] + 60.0 * np.maximum(state.load - 0.9, 0.0),
            "pool": np.minimum(1.0, self._rest["pool"] * level * traffic * np.sqrt(slow)),
            "not_ready": ((state.err > 0.8) | (state.up < 0.5)).astype(float),
        }
        return found | self._cache_metrics(state) | self._people_metrics(state, harm)

    def _with_regions(self, err: Floats) -> Floats:
        size = self._physics.size
        mean = np.bincount(self._regions, weights=err[self._members], minlength=size) / self._count
        return np.where(self._is_region, np.maximum(mean, 0.0), err)

    def _cache_metrics(self, state: State) -> dict[str, Floats]:
        fetching = np.maximum(self._sum(self._fetch.astype(np.float64)), 1.0)
        failed = self._sum(np.where(self._fetch, state.calls.failed, 0.0)) / fetching
        need = self._sum(np.where(self._fetch, state.calls.need, 0.0)) / fetching
        return {"fetch_err": failed, "origin_fetch_err": failed, "miss": need}

    def _people_metrics(self, state: State, harm: Harm) -> dict[str, Floats]:
        """Give what players and browsers feel; trouble of their own adds to that of the paths."""
        people = self._kinds == "client_group"
        own_err, own_slow = np.where(people, harm.err, 0.0), np.where(people, harm.slow, 1.0)
        video, video_slow = self._path(state, self._video)
        pages, page_slow = self._path(state, self._pages)
        video, pages = (1.0 - (1.0 - path) * (1.0 - own_err) for path in (video, pages))
        page_slow = np.maximum(page_slow * own_slow, 1.0 + _PAGE_TIMEOUT_WEIGHT * pages)
        first_frame = video_slow * own_slow
        return {
            "playback_err": video,
            "rebuffer": np.maximum(0.8 * video, np.clip((first_frame - 1.5) / 10.0, 0.0, 1.0)),
            "first_frame": first_frame,
            "page_slow": np.where(self._has_pages, page_slow, 1.0),
            "exam_slow": np.where(
                self._has_pages, np.maximum(self._exam_slow(state), page_slow), 1.0
            ),
        }

    def _path(self, state: State, uses: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Give failing share and slowness of one path of the client groups."""
        calls, normal = state.calls, self._physics.normal_seconds
        loss = np.where(uses, np.minimum(calls.need * calls.failed, 1.0 - 1e-9), 0.0)
        failed = np.asarray(
            1.0 - np.exp(self._sum(np.asarray(np.log1p(-loss), dtype=float))), dtype=float
        )
        now = self._sum(np.where(uses, calls.need * calls.seconds, 0.0))
        usual = self._sum(np.where(uses, calls.need * normal, 0.0))
        return failed, np.where(usual > 0, now / np.maximum(usual, 1e-9), 1.0)

    def _exam_slow(self, state: State) -> float:
        """Give how slow it is to enter an exam, for everybody behind the gateways."""
        if not self._exam.any():
            return 1.0
        slow = state.latency[self._exam] / self._physics.normal_latency[self._exam]
        failing = 1.0 + _PAGE_TIMEOUT_WEIGHT * state.err[self._exam]
        return float(np.maximum(slow, failing).mean())


def run(
    platform: Platform, physics: Physics, parameters: Parameters, course: Course, *, seed: int
) -> History:
    """Run the story from one minute before its onset to its end."""
    step_s, after_s = float(parameters.clock["step_s"]), float(parameters.clock["after_s"])
    recorder = Recorder(platform, physics, parameters)
    people = np.array([part.kind == "client_group" for part in platform.parts])
    rng = stream(seed, "traffic")
    times = np.arange(-60.0, after_s + step_s, step_s)
    state, left, kept = physics.rest, np.zeros(physics.size), []
    for at_s in times:
        demand, left = _demand(parameters, course, state, people, left, at_s)
        wobble = 1.0 + float(parameters.demand["local_wobble"]) * rng.standard_normal(physics.size)
        harm = harm_at(physics.size, course.faults, course.outside, float(at_s))
        state = physics.step(state, harm, demand=demand * wobble, level=course.level)
        kept.append(recorder.metrics(state, harm, course.level))
    return History(times, {
        name: np.array([frame[name] for frame in kept], dtype=np.float32) for name in kept[0]
    })  # fmt: skip


def _demand(
    parameters: Parameters, course: Course, state: State, people: NDArray[np.bool_],
    left: Floats, at_s: float,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Failing viewers click again at once, and some of them leave in the end."""
    numbers, step_s = parameters.demand, float(parameters.clock["step_s"])
    failing = np.where(people, state.err, 0.0)
    goal = float(numbers["abandon_share"]) * failing
    left = left + (goal - left) * min(1.0, step_s / float(numbers["abandon_after_s"]))
    grown = min(max(at_s / course.peak_ramp_s, 0.0), 1.0)
    crowd = 1.0 + (course.peak - 1.0) * grown
    clicks = 1.0 + float(numbers["retry_by_people"]) * failing
    return crowd * (1.0 - left) * np.where(people, clicks, 1.0), left
