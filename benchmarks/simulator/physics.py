"""Traffic and answers over the platform, step by step: what every part would measure of itself.

Requests flow from callers to the parts they call; errors and waiting flow back. A part meets the
answers of the step before, so trouble needs one step per call and the inertia of each part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.simulator.calls import Callee, Caller, Calls
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.structure import Platform
from benchmarks.simulator.wiring import Floats, Wiring

_TIMEOUT_OVER_NORMAL = 8.0  # a timeout is never set under eight times what people see every day
_TRAFFIC_CAP = 12.0  # no line carries more than this many times its ordinary traffic
_HOSTING_DEPTH = 3  # switch, host, container


@dataclass
class Harm:
    """What is wrong right now, per part; 0 means nothing, and 1 for slow, capacity and up."""

    err: Floats
    hang: Floats
    out: Floats
    quality: Floats
    hosted_err: Floats
    slow: Floats
    capacity: Floats
    up: Floats
    hosted_slow: Floats

    @classmethod
    def none(cls, size: int) -> Harm:
        """Nothing is wrong anywhere."""
        return cls(*(np.zeros(size) for _ in range(5)), *(np.ones(size) for _ in range(4)))


@dataclass
class State:
    """The platform at one instant.

    Per part: failing and hanging share, seconds, requests, loss of quality, up and reachable
    (0 or 1), utilisation; and the calls behind them.
    """

    err: Floats
    hang: Floats
    latency: Floats
    rate: Floats
    quality: Floats
    up: Floats
    reach: Floats
    load: Floats
    calls: Calls


class Physics:
    """Steps a platform through time under a demand and a harm."""

    def __init__(
        self, platform: Platform, wiring: Wiring, parameters: Parameters, *, seed: int
    ) -> None:
        """Settle the platform into an ordinary hour and remember what is normal there."""
        self.wiring = wiring
        self.parameters = parameters
        self.size = len(platform.parts)
        self._kinds = np.array([part.kind for part in platform.parts])
        weight = parameters.hosted_weight
        self._hosted_weight = np.array([weight.get(k, weight["other"]) for k in self._kinds])
        self._outer = np.isin(self._kinds, ("client_group", "edge_node"))
        self._media = np.isin(self._kinds, ("transcoder", "service", "container"))
        self.caller = Caller(wiring, parameters, seed=seed)
        self._gain = 1.0 - np.exp(-float(parameters.clock["step_s"]) / wiring.inertia)
        self._hosts = np.bincount(wiring.hosting_source, minlength=self.size)
        self.normal_latency: Floats = np.ones(self.size)
        self.normal_rate: Floats = np.full(self.size, np.inf)
        self.normal_seconds: Floats = np.ones(len(wiring.use_source))
        self._settle()

    def _settle(self) -> None:
        """Run without harm until nothing moves, set the timeouts, and run again."""
        state = self._run_calm(self._fresh())
        seconds = np.maximum(state.calls.seconds, 1e-4)
        self.caller.timeout = np.maximum(self.wiring.use_timeout, _TIMEOUT_OVER_NORMAL * seconds)
        self.rest = self._run_calm(state)
        self.normal_latency = np.maximum(self.rest.latency, 1e-6)
        self.normal_rate = np.maximum(self.rest.rate, 1e-6)
        self.normal_seconds = np.maximum(self.rest.calls.seconds, 1e-6)

    def _run_calm(self, state: State) -> State:
        calm, demand = Harm.none(self.size), np.ones(self.size)
        for _ in range(int(self.parameters.clock["warm_up_steps"])):
            state = self.step(state, calm, demand=demand, level=0.0)
        return state

    def _fresh(self) -> State:
        zeros, ones = np.zeros(self.size), np.ones(self.size)
        wiring = self.wiring
        return State(
            wiring.floor.copy(), zeros, wiring.service_time.copy(), wiring.ambient.copy(), zeros,
            ones, ones, wiring.utilisation.copy(), self.caller.none(),
        )  # fmt: skip

    def step(self, state: State, harm: Harm, *, demand: Floats, level: float) -> State:
        """Advance one step.

        `demand` scales what comes from outside, per part; `level` is the share of the evening peak
        at which the hour runs (0 switches queueing off).
        """
        up, hosted_err, hosted_slow = self._hosting(harm)
        reach = self._reach(up)
        calls = self.caller.make(
            state.calls, Callee(state.err, state.hang, state.latency, up, reach, harm.out)
        )
        err, slow, load = self._work(state, harm, level)
        err = 1.0 - (1.0 - err) * (1.0 - hosted_err)
        err, latency = self._answer(calls, up * reach, err, slow * hosted_slow)
        gain = self._gain
        return State(
            err=state.err + gain * (err - state.err),
            hang=state.hang + gain * (harm.hang * up - state.hang),
            latency=state.latency + gain * (latency - state.latency),
            rate=self._traffic(state, calls, up, reach, harm, demand),
            quality=state.quality + gain * (self._blur(state, harm, calls) - state.quality),
            up=up,
            reach=reach,
            load=load,
            calls=calls,
        )

    def _hosting(self, harm: Harm) -> tuple[Floats, Floats, Floats]:
        """Carry a broken switch to its hosts, and a broken host to what runs on it."""
        up, err, slow = harm.up, harm.hosted_err, harm.hosted_slow
        hosted = self._hosts > 0
        for _ in range(_HOSTING_DEPTH):
            alive = np.where(hosted, self._under(up), 1.0)
            up = harm.up * (alive > 0.01)
            err = np.maximum(harm.hosted_err, np.where(hosted, self._under(err), 0.0))
            slow = np.maximum(harm.hosted_slow, np.where(hosted, self._under(slow), 1.0))
        felt_err = np.where(hosted, self._under(err), 0.0) * self._hosted_weight
        felt_slow = 1.0 + np.where(hosted, self._under(slow) - 1.0, 0.0) * self._hosted_weight
        return up, felt_err, felt_slow

    def _under(self, values: Floats) -> Floats:
        """Average over the hosts under each part; 0 where there is none."""
        wiring = self.wiring
        weights = values[wiring.hosting_target]
        total = np.bincount(wiring.hosting_source, weights=weights, minlength=self.size)
        return np.asarray(total / np.maximum(self._hosts, 1))

    def _reach(self, up: Floats) -> Floats:
        """Tell who can be reached from the centre: a cut-off region takes its parts along."""
        region = self.wiring.region_of
        behind = np.where(region >= 0, up[np.maximum(region, 0)], 1.0)
        return np.where(self._outer, behind, 1.0)

    def _work(self, state: State, harm: Harm, level: float) -> tuple[Floats, Floats, Floats]:
        """Queue and shed at one part: own errors, own slowness, utilisation."""
        overload = self.parameters.overload
        rest = self.wiring.utilisation * level
        ratio = state.rate / self.normal_rate if level > 0 else np.ones(self.size)
        load = rest * ratio / np.maximum(harm.capacity, 1e-3)
        queue = (1.0 - rest) / (1.0 - np.minimum(load, float(overload["knee"])))
        shed = np.where(load > 1.0, (load - 1.0) / np.maximum(load, 1.0), 0.0)
        err = 1.0 - (1.0 - self.wiring.floor) * (1.0 - harm.err) * (1.0 - shed)
        return err, harm.slow * np.minimum(queue, float(overload["slow_cap"])), load

    def _answer(
        self, calls: Calls, up: Floats, own_err: Floats, own_slow: Floats
    ) -> tuple[Floats, Floats]:
        """Compose what a part answers to its callers from its own work and its calls."""
        wiring = self.wiring
        loss = calls.need * calls.failed * (1.0 - wiring.use_absorbed)
        logs = np.log1p(-np.minimum(loss, 1.0 - 1e-9))
        good = np.exp(np.bincount(wiring.use_source, weights=logs, minlength=self.size))
        seconds = calls.need * calls.seconds
        waiting = np.bincount(wiring.use_source, weights=seconds, minlength=self.size)
        err = 1.0 - (1.0 - own_err) * good
        latency = wiring.service_time * own_slow + waiting
        return np.where(up < 0.5, 1.0, err), np.where(up < 0.5, wiring.service_time, latency)

    def _blur(self, state: State, harm: Harm, calls: Calls) -> Floats:
        """Carry a blurred picture to the live services that show it: the worst stream counts."""
        wiring = self.wiring
        source, target = wiring.edge_source, wiring.edge_target
        media = self._media[source] & self._media[target]
        seen = np.where(media, state.quality[target], 0.0) * calls.need[wiring.edge_use]
        worst = harm.quality.copy()
        np.maximum.at(worst, source, seen)
        return np.minimum(worst, 1.0)

    def _traffic(
        self, state: State, calls: Calls, up: Floats, reach: Floats, harm: Harm, demand: Floats
    ) -> Floats:
        """Send requests on: retries multiply them, early failures starve what stands behind."""
        wiring = self.wiring
        source, use = wiring.edge_source, wiring.edge_use
        alive = up * (1.0 - harm.err) * (1.0 - harm.hang)
        sent = (calls.need * self.caller.survivors(calls))[use] * calls.share * calls.attempts
        lost = reach[source] * (1.0 - harm.out[source] * self.caller.cached_edges())
        flow = state.rate[source] * alive[source] * sent * lost
        arriving = np.bincount(wiring.edge_target, weights=flow, minlength=self.size)
        return np.minimum(
            arriving * reach + wiring.ambient * demand, _TRAFFIC_CAP * self.normal_rate
        )
