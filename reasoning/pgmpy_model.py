"""The public form of a core: pgmpy's network, BIF and XMLBIF, and an answer recomputed with it.

The one module that imports pgmpy, and only inside calls: it takes seconds and 200 MB, and neither a
server nor a diagnosis needs it. What it warns about itself on the way in stays here. Probabilities
are asked by variable elimination, 16 marginals a call, in a min-degree order made here: pgmpy's own
choice can ask for a table of 2^37 entries where 2^18 do.
"""

from __future__ import annotations

import heapq
import logging
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, Literal
from urllib.parse import quote

import numpy as np

from reasoning.core_network import CoreNetwork
from reasoning.core_tables import BINARY, Variable
from reasoning.engine.arithmetic import Array

Form = Literal["bif", "xmlbif"]
BATCH: Final = 16
MAX_ENTRIES: Final = 2**21
_SEEN: Final = "E_"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What pgmpy found: P(yes) by variable, out of `wanted` ones.

    `too_wide` counts those that would need a table over the limit; where some are still missing,
    the time ran out. `seconds` are by the caller's clock.
    """

    marginals: Mapping[str, float]
    wanted: int
    too_wide: int
    calls: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Tell whether every wanted probability was found."""
        return len(self.marginals) == self.wanted


@dataclass(frozen=True, slots=True)
class Difference:
    """One probability as it was shown and as it was recomputed."""

    kind: Literal["fault", "degraded"]
    about: str
    shown: float
    recomputed: float

    @property
    def gap(self) -> float:
        """The absolute difference; not a number counts as 1."""
        gap = abs(self.shown - self.recomputed)
        return gap if math.isfinite(gap) else 1.0


def pgmpy_version() -> str:
    """Name the installed version, without importing it."""
    return version("pgmpy")


def as_pgmpy(network: CoreNetwork) -> Any:
    """Return the core as a `DiscreteBayesianNetwork`: faults, chains, degraded nodes, alerts.

    Each node's attribute `means` says what it stands for: its role, the id percent-encoded, and for
    alerts and messages what was seen.
    """
    model = _model(network.variables)
    for variable in network.variables:
        seen = f" {variable.seen or 'unknown'}" if variable.role in ("alert", "message") else ""
        model.nodes[variable.name]["means"] = (
            f"{variable.role} {quote(variable.about, safe='')}{seen}"
        )
    return model


def written(network: CoreNetwork, form: Form) -> str:
    """Write the core as BIF or XMLBIF text; every probability in full double precision."""
    with _quiet():
        from pgmpy.readwrite import BIFWriter, XMLBIFWriter  # type: ignore[import-untyped]

        model = as_pgmpy(network)
        return str(BIFWriter(model) if form == "bif" else XMLBIFWriter(model))


def recompute(
    network: CoreNetwork,
    *,
    clock: Callable[[], float],
    seconds: float = math.inf,
    max_entries: int = MAX_ENTRIES,
) -> Recomputed:
    """Ask pgmpy for P(fault born) and P(degraded) of everything in the core.

    Args:
        network: the core; what was seen on a variable is entered as one scaled reading.
        clock: seconds, for the budget and for the report; the import is not counted.
        seconds: no call begins later than this; a call takes seconds at most.
        max_entries: no table larger than this is asked for; who would need one is left out.
    """
    model, seen = _asked(network)
    with _quiet():
        from pgmpy.inference import VariableElimination  # type: ignore[import-untyped]

        started = clock()
        engine = VariableElimination(model)
        found: dict[str, float] = {}
        calls = too_wide = 0
        wanted = _wanted(network)
        for batch, order in _batches(network, wanted, max_entries):
            if order is None:
                too_wide += len(batch)
                continue
            if clock() - started > seconds:
                break
            found |= _query(engine, batch, order, seen)
            calls += 1
        return Recomputed(found, len(wanted), too_wide, calls, clock() - started)


def differences(network: CoreNetwork, marginals: Mapping[str, float]) -> tuple[Difference, ...]:
    """Set the shown probabilities beside the recomputed ones, the largest difference first."""
    posterior = network.posterior
    found = [
        Difference("fault", key, posterior.faults[key], marginals[name])
        for key, name in network.faults.items()
        if name in marginals
    ]
    found += [
        Difference("degraded", key, posterior.degraded[key], marginals[name])
        for key, name in network.degraded.items()
        if name in marginals
    ]
    return tuple(sorted(found, key=lambda d: (-d.gap, d.kind, d.about)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what pgmpy says of itself from people: deprecations, and log lines below ERROR."""
    log = logging.getLogger("pgmpy")
    before = log.level
    with warnings.catch_warnings(), np.errstate(under="ignore", invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore")
        log.setLevel(logging.ERROR)
        try:
            yield
        finally:
            log.setLevel(before)


def _model(variables: Sequence[Variable]) -> Any:
    with _quiet():
        from pgmpy.factors.discrete import TabularCPD  # type: ignore[import-untyped]
        from pgmpy.models import DiscreteBayesianNetwork  # type: ignore[import-untyped]

        states = {variable.name: list(variable.states) for variable in variables}
        model = DiscreteBayesianNetwork()
        model.name = "core"
        model.add_nodes_from(v.name for v in variables)
        model.add_edges_from((parent, v.name) for v in variables for parent in v.parents)
        for v in variables:
            rows = v.table.reshape(v.table.shape[0], -1)
            named = {name: states[name] for name in (v.name, *v.parents)}
            cards = list(v.table.shape[1:])
            model.add_cpds(
                TabularCPD(v.name, len(rows), rows, list(v.parents), cards, state_names=named)
            )
        return model


def _asked(network: CoreNetwork) -> tuple[Any, dict[str, str]]:
    """Return the network with one reading for all that was seen on a variable, and its evidence."""
    readings = [
        Variable(_SEEN + name, "message", name, (name,), np.array([1.0 - likely, likely]), "yes")
        for name, likely in network.readings().items()
    ]
    model = _model((*network.inner(), *readings))
    return model, {reading.name: reading.seen for reading in readings}


def _wanted(network: CoreNetwork) -> list[str]:
    named = {*network.faults.values(), *network.degraded.values()}
    return [variable.name for variable in network.inner() if variable.name in named]


def _batches(
    network: CoreNetwork, wanted: Sequence[str], max_entries: int
) -> Iterator[tuple[list[str], list[str] | None]]:
    """Yield up to 16 variables with an order for the rest; None where a table would be too large.

    Neighbours in the network stand in one batch: they share tables anyhow.
    """
    waiting = [list(wanted[at : at + BATCH]) for at in range(0, len(wanted), BATCH)][::-1]
    while waiting:
        batch = waiting.pop()
        order = elimination_order(network.inner(), batch, max_entries)
        if order is not None or len(batch) == 1:
            yield batch, order
        else:
            half = len(batch) // 2
            waiting += [batch[half:], batch[:half]]


def elimination_order(
    variables: Sequence[Variable], kept: Sequence[str], max_entries: int
) -> list[str] | None:
    """Return the others, smallest table first; None where a table would exceed `max_entries`."""
    cards = {variable.name: variable.table.shape[0] for variable in variables}
    near: dict[str, set[str]] = {variable.name: set() for variable in variables}
    for variable in variables:
        scope = {variable.name, *variable.parents}
        for name in scope:
            near[name] |= scope - {name}
    last = frozenset(kept)
    if math.prod(cards[name] for name in last) > max_entries:
        return None
    heap = [(_entries(cards, name, near), name) for name in near if name not in last]
    heapq.heapify(heap)
    order: list[str] = []
    while heap:
        entries, name = heapq.heappop(heap)
        if name not in near or entries != _entries(cards, name, near):
            continue
        if entries > max_entries:
            return None
        order.append(name)
        _eliminate(near, name)
        for other in near.pop(name) - last:
            heapq.heappush(heap, (_entries(cards, other, near), other))
    return order


def _entries(cards: Mapping[str, int], name: str, near: Mapping[str, set[str]]) -> int:
    return cards[name] * math.prod(cards[other] for other in near[name])


def _eliminate(near: dict[str, set[str]], name: str) -> None:
    around = near[name]
    for other in around:
        near[other] |= around
        near[other] -= {other, name}


def _query(
    engine: Any, batch: list[str], order: list[str], seen: Mapping[str, str]
) -> dict[str, float]:
    answers = engine.query(
        batch, evidence=dict(seen), elimination_order=order, joint=False, show_progress=False
    )
    yes = BINARY.index("yes")
    values: dict[str, Array] = {name: np.asarray(answers[name].values) for name in batch}
    return {name: float(found[yes]) for name, found in values.items()}
