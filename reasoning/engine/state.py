"""An incident's answer that follows its evidence: the same bytes as from scratch, for less work.

What the evidence does not change is kept: the arrays of the problem and its calm (`compile.py`),
the sums of every place whose channels read as before, and elimination orders, which depend on who
is in the core and not on what was seen. Messages start from the calm every time: where propagation
stops depends on where it began, and an answer must not depend on the way the evidence came.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from reasoning.engine.compile import CompiledProblem
from reasoning.engine.kernels.arrays import Order, Tables
from reasoning.engine.layout import Layout, Readings, Sensors, join, rows, totals
from reasoning.engine.posterior import Posterior
from reasoning.engine.problem import Observation
from reasoning.engine.witness import Answered, answer_watched

_KEPT_ORDERS = 6


class State:
    """One problem and the last observation of it; safe from several threads, which take turns."""

    def __init__(self, compiled: CompiledProblem) -> None:
        """Start with every channel silent."""
        orders = Orders(compiled.loops.min_degree)
        self.compiled = replace(compiled, loops=compiled.loops._replace(min_degree=orders))
        self._sums = Sums(compiled.layout, compiled.sensors)
        self._last: tuple[Observation, Answered] | None = None
        self._turn = threading.Lock()

    def infer(
        self, observation: Observation, *, clock: Callable[[], float] | None = None
    ) -> Posterior:
        """Return what `posterior.infer` returns for this observation, to the last bit.

        Args:
            observation: all that is known by now; what is no longer in it counts no longer.
            clock: seconds of CPU time, for `duration_ms`.

        Raises: ProblemError for a channel that the problem lacks; the state is then as before.
        """
        started = clock() if clock else 0.0
        found = self.answer(observation).posterior
        return replace(found, duration_ms=(clock() - started) * 1000.0) if clock else found

    def answer(self, observation: Observation) -> Answered:
        """Return the same with the core behind it, to be asked by `what_if.WhatIf`."""
        with self._turn:
            if self._last is None or self._last[0] != observation:
                readings = self._sums.read(observation)
                self._last = observation, answer_watched(self.compiled, readings, observation.id)
            return self._last[1]


class Sums:
    """What the channels of every place say, kept up to date channel by channel."""

    def __init__(self, layout: Layout, sensors: Sensors) -> None:
        """Lay out silence, and who listens where."""
        self._layout, self._sensors = layout, sensors
        places = len(layout.nodes) + len(layout.prior)
        self._logs = sensors.silent.copy()
        self._off, self._on = (totals(sensors.target, row, places) for row in self._logs)
        self._by_place = np.argsort(sensors.target, kind="stable")
        counts = np.bincount(sensors.target, minlength=places)
        self._ends = np.concatenate(([0], np.cumsum(counts)))
        self._active: frozenset[str] = frozenset()
        self._unknown: frozenset[str] = frozenset()

    def read(self, observation: Observation) -> Readings:
        """Return what `layout.read` returns, by the channels that read otherwise than before.

        Raises: ProblemError for a channel that the problem lacks; nothing is changed then.
        """
        active, unknown = frozenset(observation.active), frozenset(observation.unknown)
        changed = (active ^ self._active) | (unknown ^ self._unknown)
        places: set[int] = set()
        for channel_id, row in zip(changed, rows(self._sensors, changed).tolist(), strict=True):
            self._set(row, active=channel_id in active, unknown=channel_id in unknown)
            places.add(int(self._sensors.target[row]))
        for place in places:
            self._add_up(place)
        self._active, self._unknown = active, unknown
        return join(self._layout, self._off, self._on)

    def _set(self, row: int, *, active: bool, unknown: bool) -> None:
        spoken = self._sensors.active if active else self._sensors.silent
        self._logs[:, row] = 0.0 if unknown else spoken[:, row]

    def _add_up(self, place: int) -> None:
        """Add in the order in which `totals` adds: sums of doubles depend on it."""
        here = self._by_place[self._ends[place] : self._ends[place + 1]]
        off, on = 0.0, 0.0
        for row in here.tolist():
            off += float(self._logs[0, row])
            on += float(self._logs[1, row])
        self._off[place], self._on[place] = off, on


class Orders:
    """Elimination orders by the scopes they are of: who asks again gets the same one."""

    def __init__(self, min_degree: Callable[[Tables, int, int], Order]) -> None:
        """Keep the last few of what this finds."""
        self._min_degree = min_degree
        self._known: OrderedDict[tuple[object, ...], Order] = OrderedDict()

    def __call__(self, tables: Tables, max_width: int, max_entries: int) -> Order:
        """Return what `min_degree` returns."""
        scopes = (np.asarray(part, dtype=np.int64) for part in (tables.scope_ptr, tables.scope))
        key = (tables.variables, max_width, max_entries, *(part.tobytes() for part in scopes))
        order = self._known.pop(key, None)
        if order is None:
            order = self._min_degree(tables, max_width, max_entries)
        self._known[key] = order
        while len(self._known) > _KEPT_ORDERS:
            self._known.popitem(last=False)
        return order
