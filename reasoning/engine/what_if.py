"""What if: exact Bayes factors, links that fired, and causes that the evidence cannot tell apart.

All of it is one sum over the core behind an answer, asked again with some faults forced or some
channels unheard: same kept nodes, same messages at the border, same elimination order. On an
answer that is `exact` the core is the whole problem. Else what was folded speaks by messages, which
settle anew where channels are unheard; so its channels weigh too, by as much as messages tell.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.engine.compile import MAX_ENTRIES, CompiledProblem
from reasoning.engine.core import kept_faults
from reasoning.engine.core_sums import Broken, Core, Summed, sum_core
from reasoning.engine.kernels.arrays import Messages, Net, Tables
from reasoning.engine.layout import Readings, join, none_born, read, rows, totals
from reasoning.engine.problem import Observation, ProblemError
from reasoning.engine.propagation import believe
from reasoning.engine.state import Orders
from reasoning.engine.whole_sums import sum_whole, whole_tables
from reasoning.engine.witness import Answered, answer_watched

_SURE = 0.999
_ALL_BUT = 1.0 - 1e-15


@dataclass(frozen=True, slots=True)
class Forced:
    """Faults by position that are taken for born, or for absent, whatever their priors."""

    born: frozenset[int] = frozenset()
    absent: frozenset[int] = frozenset()


class WhatIf:
    """Questions about one answer; `posterior` is that answer. Not safe from several threads."""

    def __init__(
        self,
        compiled: CompiledProblem,
        observation: Observation,
        *,
        answered: Answered | None = None,
    ) -> None:
        """Take an answer to this observation, or make it, with the core behind it.

        Raises: ProblemError for an unknown channel, and where messages alone spoke (`loopy`):
            there is no core to ask.
        """
        self._compiled = compiled
        self._unknown = frozenset(observation.unknown)
        self._observation = observation
        self._readings = read(compiled.layout, compiled.sensors, observation)
        found = answered or answer_watched(compiled, self._readings, observation.id)
        self.posterior = found.posterior
        if found.core is None:
            raise ProblemError(
                f"{observation.id!r} was answered by messages alone; allow a wider core"
            )
        self._messages, self._kept = found.core
        self._orders = Orders(compiled.loops.min_degree)
        self._fault_at = {fault_id: at for at, fault_id in enumerate(compiled.fault_ids)}
        self._position = np.empty(len(compiled.layout.nodes), dtype=np.int64)
        self._position[compiled.layout.nodes] = np.arange(len(compiled.layout.nodes))
        self._heard: dict[frozenset[str], _Heard] = {}

    def log10_factor(self, fault_id: str, *, unheard: Collection[str] = ()) -> float:
        """Return log10 of P(e | the fault was born) / P(e | it was not).

        Prior odds times this are posterior odds. Channels in `unheard` are left out of e. 0.0 for a
        fault of a folded node. Raises: ProblemError for an unknown fault or channel.
        """
        fault = self._fault(fault_id)
        if not self._is_kept(fault):
            return 0.0
        born, absent = Forced(born=frozenset({fault})), Forced(absent=frozenset({fault}))
        without = frozenset(unheard)
        return (self._log_evidence(born, without) - self._log_evidence(absent, without)) / _LN10

    def group_factors(
        self, fault_ids: Sequence[str], groups: Mapping[str, Collection[str]]
    ) -> dict[str, dict[str, float]]:
        """Return, per fault and group of channels, how far the group moves the fault.

        log10 of P(group | fault, rest) / P(group | no fault, rest), the rest of the evidence known:
        what the odds lose when the group is not heard. A single item is a group of one. One solve
        a group, two more where a fault is all but sure. Raises: as `log10_factor`.
        """
        faults = {fault_id: self._fault(fault_id) for fault_id in fault_ids}
        whole = {f: self._log_odds(at, frozenset()) for f, at in faults.items()}
        found: dict[str, dict[str, float]] = {fault_id: {} for fault_id in fault_ids}
        for name, channels in groups.items():
            without = frozenset(channels) - self._unknown
            for fault_id, at in faults.items():
                rest = self._log_odds(at, without)
                sure = math.isinf(rest) or math.isinf(whole[fault_id])  # a prior of 0 or 1
                found[fault_id][name] = 0.0 if sure else (whole[fault_id] - rest) / _LN10
        return found

    def any_born(self, fault_ids: Iterable[str]) -> float:
        """Return P(at least one of these faults was born | e)."""
        faults = frozenset(self._fault(fault_id) for fault_id in fault_ids)
        kept = frozenset(fault for fault in faults if self._is_kept(fault))
        calm = math.prod(1.0 - self.posterior.faults[self._id(f)] for f in faults - kept)
        with np.errstate(divide="ignore"):
            prior = float(np.log1p(-self._compiled.prior[sorted(kept)]).sum())
        none = prior + self._log_evidence(Forced(absent=kept)) - self._log_evidence(Forced())
        return 1.0 - calm * math.exp(min(none, 0.0))

    def given_none(self, fault_ids: Iterable[str]) -> tuple[Mapping[str, float], Array]:
        """Return P(fault born) by id and P(degraded) by node index, none of these faults born.

        One sum over the core for all of them; what was folded stays as it is. Raises: ProblemError
        for an unknown fault.
        """
        absent = [f for f in map(self._fault, fault_ids) if self._is_kept(f)]
        readings, layout = self._readings, self._compiled.layout
        odds = readings.fault_odds.copy()
        odds[absent] = -math.inf
        _, shares, tables = self._sum(self._messages, odds, readings.logs, layout.net)
        kept = np.asarray(self._kept) == 1
        own = kept[layout.fault_at]
        born = np.array(list(self.posterior.faults.values()))
        born[own] = kept_faults(self._compiled, readings, tables, shares)[own]
        born[absent] = 0.0
        states = np.array(list(self.posterior.degraded.values()))
        at, state = np.flatnonzero(kept), np.asarray(tables.state_of)[kept]
        states[layout.nodes[at]] = np.where(state >= 0, np.clip(shares[state], 0.0, 1.0), 0.0)
        return dict(zip(self._compiled.fault_ids, born.tolist(), strict=True)), states

    def fired(self, cause: str, effect: str) -> float:
        """Return P(the link from cause to effect fired | e); 0.0 where there is none in the core.

        It did not fire where the cause is calm, or struck without force: a sum in which the link
        is gone and a degraded cause weighs 1 - strength.
        """
        arrow = self._arrow(cause, effect)
        if arrow is None:
            return 0.0
        net, heard = self._compiled.layout.net, self._hear(frozenset())
        strength, logs = net.strength.copy(), heard.readings.logs.copy()
        spared = float(strength[arrow])
        strength[arrow] = 0.0
        logs[2 * net.cause[arrow] + 1] += math.log1p(-min(spared, _ALL_BUT))
        bent = net._replace(strength=strength)
        other = self._sum(heard.messages, heard.readings.fault_odds, logs, bent)[0]
        return 1.0 - math.exp(min(other - heard.log_total, 0.0))

    def path(self, start: str, targets: Collection[str]) -> tuple[tuple[str, float], ...]:
        """Return the likeliest way from a node to the nearest target: (node, P(link to it fired)).

        A way weighs the product of its links' P(fired | e); ties by id. The start stands first with
        1.0, and alone where no target is in reach.
        """
        nodes, net = self._compiled.problem.nodes, self._compiled.layout.net
        heap: list[tuple[float, tuple[tuple[str, float], ...]]] = [(0.0, ((start, 1.0),))]
        done: set[str] = set()
        while heap:
            cost, way = heapq.heappop(heap)
            here = way[-1][0]
            if here in targets and here != start:
                return way
            if here in done:
                continue
            done.add(here)
            at = self._position_of(here)
            for slot in range(net.out_ptr[at], net.out_ptr[at + 1]):
                effect = nodes[self._compiled.layout.nodes[net.effect[net.out_arrow[slot]]]]
                share = 0.0 if effect in done else self.fired(here, effect)
                if share > 1e-12:
                    heapq.heappush(heap, (cost - math.log(share), (*way, (effect, share))))
        return ((start, 1.0),)

    def log10_between(self, one: str, other: str) -> float:
        """Return log10 of P(e | one fault, not the other) / P(e | the other, not the one)."""
        a, b = frozenset({self._fault(one)}), frozenset({self._fault(other)})
        return (
            self._log_evidence(Forced(born=a, absent=b))
            - self._log_evidence(Forced(born=b, absent=a))
        ) / _LN10

    def _log_odds(self, fault: int, without: frozenset[str]) -> float:
        """Return posterior log odds; by two sums where 1 - p would lose its digits."""
        p = float(self._hear(without).faults[fault]) if self._is_kept(fault) else 0.0
        if p <= 0.0:
            return -math.inf
        if p < _SURE:
            return math.log(p) - math.log1p(-p)
        prior = float(self._compiled.layout.prior_odds[fault])
        return prior + self.log10_factor(self._id(fault), unheard=without) * _LN10

    def _log_evidence(self, forced: Forced, without: frozenset[str] = frozenset()) -> float:
        """Return ln P(e | forced), up to what lies outside the core."""
        heard, layout = self._hear(without), self._compiled.layout
        odds, log_faults = heard.readings.fault_odds.copy(), heard.readings.log_faults
        if not (forced.born or forced.absent):
            return log_faults + heard.log_total
        with np.errstate(divide="ignore"):
            prior = layout.prior
            each = np.logaddexp(np.log1p(-prior) + heard.off, np.log(prior) + heard.on)
        for fault in forced.born | forced.absent:
            odds[fault] = math.inf if fault in forced.born else -math.inf
            log_faults -= float(each[fault])
            log_faults += float(heard.on[fault] if fault in forced.born else heard.off[fault])
        found = self._sum(heard.messages, odds, heard.readings.logs, layout.net)
        return log_faults + found[0]

    def _hear(self, without: frozenset[str]) -> _Heard:
        """Solve the core once with these channels unheard."""
        known = self._heard.get(without)
        if known is None:
            known = self._heard[without] = self._listen(without)
        return known

    def _listen(self, without: frozenset[str]) -> _Heard:
        compiled, sensors = self._compiled, self._compiled.sensors
        logs = sensors.silent.copy()
        active = rows(sensors, self._observation.active)
        logs[:, active] = sensors.active[:, active]
        logs[:, rows(sensors, self._unknown | without)] = 0.0
        count = len(compiled.layout.nodes)
        places = count + len(compiled.layout.prior)
        off, on = (totals(sensors.target, row, places) for row in logs)
        readings = join(compiled.layout, off, on)
        net, messages = compiled.layout.net, self._messages
        if without and compiled.calm is not None:
            messages = believe(compiled.net, compiled.loops, compiled.calm, readings).messages
        log_total, shares, tables = self._sum(messages, readings.fault_odds, readings.logs, net)
        faults = kept_faults(compiled, readings, tables, shares)
        return _Heard(readings, messages, off[count:], on[count:], log_total, faults)

    def _sum(
        self, messages: Messages, odds: Array, logs: Array, net: Net
    ) -> tuple[float, Array, Tables]:
        """Sum the core under log odds of every fault; a forced one may widen a clique by one."""
        loops, layout = self._compiled.loops, self._compiled.layout
        width = max(self._compiled.max_width, 0) + 1
        own_off = none_born(layout.fault_at, odds, len(layout.nodes))
        listed = Net(*(loops.listed(part) for part in net))
        core = Core(listed, messages, loops.listed(own_off), loops.listed(logs), self._kept)
        found: Summed | Broken | None = None
        if self.posterior.method == "exact":
            tables = whole_tables(loops, core, layout, odds)
            order = self._orders(tables, width, 2 * MAX_ENTRIES)
            found = sum_whole(loops, tables, order) if order.broken < 0 else None
        else:
            find = self._orders
            found = sum_core(loops, core, width, min_degree=find, room=2.5, worn=True)
        if not isinstance(found, Summed):
            raise ProblemError(f"{self._observation.id!r}: the core is too wide to be asked")
        return found.log_total, found.shares, found.tables

    def _fault(self, fault_id: str) -> int:
        if fault_id not in self._fault_at:
            raise ProblemError(f"unknown fault {fault_id!r}; name one of the problem")
        return self._fault_at[fault_id]

    def _id(self, fault: int) -> str:
        return self._compiled.fault_ids[fault]

    def _is_kept(self, fault: int) -> bool:
        return bool(self._kept[self._compiled.layout.fault_at[fault]] == 1)

    def _position_of(self, node_id: str) -> int:
        nodes = self._compiled.problem.nodes
        at = int(np.searchsorted(np.array(nodes), node_id))
        if at >= len(nodes) or nodes[at] != node_id:
            raise ProblemError(f"unknown node {node_id!r}; name one of the problem")
        return int(self._position[at])

    def _arrow(self, cause: str, effect: str) -> int | None:
        net, at, to = self._compiled.layout.net, self._position_of(cause), self._position_of(effect)
        if self._kept[at] == 0 or self._kept[to] == 0:
            return None
        links = range(int(net.in_ptr[to]), int(net.split[to]))
        return next((arrow for arrow in links if net.cause[arrow] == at), None)


@dataclass(frozen=True, slots=True)
class _Heard:
    """One solve of the core: what was read, by fault ln P(its channels | absent, born), and P."""

    readings: Readings
    messages: Messages
    off: Array
    on: Array
    log_total: float
    faults: Array


_LN10 = math.log(10.0)
