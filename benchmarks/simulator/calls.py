"""What happens to the calls of one step: failures, waiting, retries, failover, stale caches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulator.chance import between, stream
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.wiring import Floats, Wiring

_IN_TROUBLE = 0.2  # failing share of a fetch from which a cache serves what it still has
_STALE_NEED = 0.95  # of views need the parent once everything popular has gone stale


@dataclass
class Calls:
    """The calls of one step.

    Per use: failing share after retries, seconds, need, seconds in trouble. Per edge: share of the
    use, attempts per call, seconds in trouble.
    """

    failed: Floats
    seconds: Floats
    need: Floats
    trouble_s: Floats
    share: Floats
    attempts: Floats
    edge_trouble_s: Floats


@dataclass(frozen=True)
class Callee:
    """What callers meet at every part: refusals, hanging, seconds, up (0 or 1), reach (0..1)."""

    err: Floats
    hang: Floats
    latency: Floats
    up: Floats
    reach: Floats
    out: Floats


class Caller:
    """Makes the calls of every part, one step at a time."""

    def __init__(self, wiring: Wiring, parameters: Parameters, *, seed: int) -> None:
        """Draw how fast steering and readiness probes act in this story."""
        rng = stream(seed, "steering")
        self._wiring = wiring
        self._step_s = float(parameters.clock["step_s"])
        self._sees_after = between(rng, parameters.steering["sees_after_s"])
        self._moved = between(rng, parameters.steering["moved_share"])
        self._eject_after = between(rng, parameters.members["eject_after_s"])
        self._live = between(rng, parameters.cache_content["live_share"])
        self._stale_s = float(parameters.cache_content["stale_after_s"])
        self._cached = wiring.uses_of_class("fetch")
        self._steered = wiring.uses_of_class("view")[wiring.edge_use]
        self._member = wiring.uses_of_class("member")[wiring.edge_use]
        self._limit = np.where(
            self._member, parameters.members["trouble"], parameters.steering["trouble"]
        )
        self.timeout: Floats = np.full(len(wiring.use_source), np.inf)
        self._order = np.lexsort((wiring.use_order, wiring.use_source))

    def make(self, before: Calls, callee: Callee) -> Calls:
        """Work out the calls of this step from what callers meet."""
        wiring, use = self._wiring, self._wiring.edge_use
        share = self._steer(before)
        once, seconds = self._attempt(callee)
        retries = wiring.use_retries[use]
        attempts = _attempts(once, retries)
        failed = self._pool(share * once ** (retries + 1.0))
        return Calls(
            failed=failed,
            seconds=self._pool(share * seconds * attempts),
            need=self._need(before.trouble_s, failed),
            trouble_s=np.where(failed > _IN_TROUBLE, before.trouble_s + self._step_s, 0.0),
            share=share,
            attempts=attempts,
            edge_trouble_s=np.where(once > self._limit, before.edge_trouble_s + self._step_s, 0.0),
        )

    def none(self) -> Calls:
        """Return the calls of a platform that has not served anybody yet."""
        uses, edges = len(self._wiring.use_source), len(self._wiring.edge_source)
        zeros = np.zeros
        return Calls(
            zeros(uses), zeros(uses), self._wiring.use_share.copy(), zeros(uses),
            self._wiring.edge_share.copy(), np.ones(edges), zeros(edges),
        )  # fmt: skip

    def _pool(self, values: Floats) -> Floats:
        uses = len(self._wiring.use_source)
        pooled = np.bincount(self._wiring.edge_use, weights=values, minlength=uses)
        return np.asarray(pooled, dtype=float)

    def _steer(self, before: Calls) -> Floats:
        """Move views away from failing nodes, and calls away from replicas that are not ready."""
        wiring, use = self._wiring, self._wiring.edge_use
        away = np.zeros(len(use))
        away[self._steered & (before.edge_trouble_s > self._sees_after)] = self._moved
        away[self._member & (before.edge_trouble_s > self._eject_after)] = 1.0
        share = wiring.edge_share * (1.0 - away)
        total = self._pool(share)[use]
        return np.where(total > 1e-9, share / np.maximum(total, 1e-9), wiring.edge_share)

    def _attempt(self, callee: Callee) -> tuple[Floats, Floats]:
        """Give the failing share and the seconds of one attempt per edge."""
        wiring = self._wiring
        source, target = wiring.edge_source, wiring.edge_target
        timeout = self.timeout[wiring.edge_use]
        wait = np.maximum(callee.latency[target], 1e-9)
        late = np.exp(-np.minimum(timeout / wait, 700.0))
        out = callee.out[source] * self._cached[wiring.edge_use]
        cut = 1.0 - callee.reach[source] * callee.reach[target]
        hanging = 1.0 - (1.0 - callee.hang[target]) * (1.0 - out) * (1.0 - cut)
        refused = np.where(callee.up[target] > 0.5, callee.err[target], 1.0)
        once = 1.0 - (1.0 - refused) * (1.0 - hanging) * (1.0 - late)
        patience = np.where(np.isinf(timeout), wait, timeout)
        answered = wait * (1.0 - late) * (1.0 - 0.7 * refused)  # a refusal comes quickly
        return once, hanging * patience + (1.0 - hanging) * answered

    def _need(self, trouble_s: Floats, failed: Floats) -> Floats:
        """Give the share of requests that need each use; a cache that cannot renew goes stale."""
        base = self._wiring.use_share
        live = np.maximum(base, self._live)
        stale = live + (_STALE_NEED - live) * (1.0 - np.exp(-trouble_s / self._stale_s))
        return np.where(self._cached, np.where(failed > _IN_TROUBLE, stale, live), base)

    def survivors(self, calls: Calls) -> Floats:
        """Give per use the share of requests that get as far as this call of their part."""
        loss = calls.need * calls.failed * (1.0 - self._wiring.use_absorbed)
        logs = np.log1p(-np.minimum(loss, 1.0 - 1e-9))[self._order]
        source = self._wiring.use_source[self._order]
        running = np.concatenate(([0.0], np.cumsum(logs)))[:-1]
        first = np.searchsorted(source, source)
        survive = np.exp(running - running[first])
        result: Floats = np.empty(len(survive))
        result[self._order] = survive
        return result

    def cached_edges(self) -> NDArray[np.bool_]:
        """Mark the edges by which a cache fetches from its parent."""
        return np.asarray(self._cached[self._wiring.edge_use])


def _attempts(failed: Floats, retries: Floats) -> Floats:
    """Give the mean number of attempts: 1 + f + f^2 + .. up to the allowed retries."""
    total = np.ones_like(failed)
    term = np.ones_like(failed)
    for k in range(1, int(retries.max(initial=0)) + 1):
        term = term * failed
        total = total + np.where(retries >= k, term, 0.0)
    return total
