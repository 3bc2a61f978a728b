"""The public form of a core: pgmpy's network, BIF and XMLBIF, and an answer recomputed with it.

This and `pgmpy_stars.py` are all that imports pgmpy, and only inside calls: it takes seconds and
200 MB, and neither a server nor a diagnosis needs it. What it warns about itself on the way in
stays here. Probabilities are asked by variable elimination, 16 marginals a call, in a min-degree
order made here: pgmpy's own choice can ask for a table of 2^37 entries where 2^18 do.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, Final, Literal
from urllib.parse import quote

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.public_form.core_network import CoreNetwork
from reasoning.public_form.core_tables import BINARY, Variable
from reasoning.public_form.pgmpy_stars import Stars
from reasoning.public_form.public_order import elimination_order

Form = Literal["bif", "xmlbif"]
_Query = Callable[[list[str], list[str]], dict[str, float]]
_Order = Callable[[list[str]], list[str] | None]
BATCH: Final = 16
MAX_ENTRIES: Final = 2**21
_SEEN: Final = "E_"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What pgmpy found: P(yes) by variable, out of `wanted` ones.

    `too_wide` counts those that would need a table over the limit; where some are still missing,
    the time ran out. `seconds` are by the caller's clock. `log_sum` is ln of the core's sum over
    all states; None where it needs too large a table or more time.
    """

    marginals: Mapping[str, float]
    wanted: int
    too_wide: int
    calls: int
    seconds: float
    log_sum: float | None

    @property
    def complete(self) -> bool:
        """Tell whether every wanted probability was found, and the sum."""
        return len(self.marginals) == self.wanted and self.log_sum is not None


@dataclass(frozen=True, slots=True)
class Difference:
    """One probability as it was shown and as it was recomputed."""

    kind: Literal["fault", "degraded", "p_no_fault", "log_evidence"]
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
    only: Collection[str] | None = None,
    seconds: float = math.inf,
    max_entries: int = MAX_ENTRIES,
) -> Recomputed:
    """Ask pgmpy for P(fault born) and P(degraded) in the core, then for ln of its sum.

    The Bayesian network is asked first. Who would need too large a table there, and the sum, are
    asked of the same tables with noisy-ORs as stars (`core_stars.py`).

    Args:
        network: the core; what was seen on a variable is entered as one scaled reading.
        clock: seconds, for the budget and for the report; the import is not counted.
        only: the variables to ask for; None: of all faults and components.
        seconds: no call begins later than this; a call takes seconds at most.
        max_entries: no table larger than this is asked for; who would need one is left out.
    """
    wanted = [name for name in _wanted(network) if only is None or name in only]
    with _quiet():
        from pgmpy.inference import VariableElimination  # type: ignore[import-untyped]

        started = clock()
        session = _Session(lambda: clock() - started > seconds)
        model, seen = _asked(network)
        chains = partial(_query, VariableElimination(model), seen)
        left = session.ask(
            chains, wanted, lambda kept: elimination_order(network.inner(), kept, max_entries)
        )
        stars = Stars(network, max_entries)
        too_wide = session.ask(stars.query, left, stars.order)
        log_sum = None if session.late else stars.log_sum()
        found = session.found
        return Recomputed(
            found, len(wanted), len(too_wide), session.calls, clock() - started, log_sum
        )


class _Session:
    """Asks in batches until all is answered or it is late."""

    def __init__(self, is_late: Callable[[], bool]) -> None:
        self.found: dict[str, float] = {}
        self.calls = 0
        self.late = False
        self._is_late = is_late

    def ask(self, query: _Query, wanted: Sequence[str], order_of: _Order) -> list[str]:
        """Note P(yes) of the wanted; return who would need too large a table."""
        too_wide: list[str] = []
        for batch, order in _batches(wanted, order_of):
            if order is None:
                too_wide += batch
                continue
            self.late = self.late or self._is_late()
            if self.late:
                break
            self.found |= query(batch, order)
            self.calls += 1
        return too_wide


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
    wanted: Sequence[str], order_of: _Order
) -> Iterator[tuple[list[str], list[str] | None]]:
    """Yield up to 16 variables with an order for the rest; None where a table would be too large.

    Neighbours in the network stand in one batch: they share tables anyhow.
    """
    waiting = [list(wanted[at : at + BATCH]) for at in range(0, len(wanted), BATCH)][::-1]
    while waiting:
        batch = waiting.pop()
        order = order_of(batch)
        if order is not None or len(batch) == 1:
            yield batch, order
        else:
            half = len(batch) // 2
            waiting += [batch[half:], batch[:half]]


def _query(
    engine: Any, seen: Mapping[str, str], batch: list[str], order: list[str]
) -> dict[str, float]:
    answers = engine.query(
        batch, evidence=dict(seen), elimination_order=order, joint=False, show_progress=False
    )
    yes = BINARY.index("yes")
    values: dict[str, Array] = {name: np.asarray(answers[name].values) for name in batch}
    return {name: float(found[yes]) for name, found in values.items()}
