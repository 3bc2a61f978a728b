"""Raw series from outside: CSV files, and what the Prometheus range API answers.

CSV: a header `time,COMPONENT|QUANTITY|UNIT,...`, then rows of UTC seconds (or RFC 3339 instants)
and values; an empty cell was not measured.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

import numpy as np

from graph.errors import InputError, MalformedError
from ingest.alerts import parse_instant
from ingest.metrics.panel import UNITS, Floats, Panel, Quantity, SeriesName, align

_MISSING: Final = frozenset({"", "nan", "null"})


def read_csv(text: str, *, name: str) -> Panel:
    """Read a CSV of series in columns; `name` is the file in error messages.

    The step is the median distance of two rows.

    Raises: MalformedError, InputError naming FILE:LINE.
    """
    rows = csv.reader(io.StringIO(text))
    header = next(rows, [])
    if not header or header[0].strip() != "time" or len(header) < 2:
        raise MalformedError(f"{name}:1: must begin with time,COMPONENT|QUANTITY|UNIT,...")
    names = [_column(cell, f"{name}:1") for cell in header[1:]]
    times: list[float] = []
    cells: list[list[float]] = []
    for number, row in enumerate(rows, 2):
        if row:
            times.append(_instant(row[0], f"{name}:{number}: time"))
            cells.append(_numbers(row[1:], len(names), f"{name}:{number}"))
    if len(times) < 2:
        raise InputError(f"{name}: holds {len(times)} rows; two are the least")
    clock = np.asarray(times)
    matrix = np.asarray(cells)
    order = np.argsort(clock, kind="stable")
    steps = np.diff(clock[order])
    if not (steps > 0.0).all():
        raise InputError(f"{name}: two rows have the same time; keep one of them")
    columns = [(clock[order], matrix[order, i]) for i in range(len(names))]
    return align(names, columns, step_s=float(np.median(steps)))


def _column(cell: str, place: str) -> SeriesName:
    parts = [part.strip() for part in cell.rsplit("|", 2)]
    if len(parts) != 3 or not parts[0]:
        raise InputError(f"{place}: column {cell!r} must be COMPONENT|QUANTITY|UNIT")
    return series_name(parts[0], parts[1], parts[2], place=place)


def series_name(component: str, quantity: str, unit: str, *, place: str) -> SeriesName:
    """Make a name of outside words.

    Raises: InputError for an unknown quantity or unit, at `place`.
    """
    if quantity not in {q.value for q in Quantity}:
        known = ", ".join(q.value for q in Quantity)
        raise InputError(f"{place}: unknown quantity {quantity!r}; use {known}")
    if unit not in UNITS:
        raise InputError(f"{place}: unknown unit {unit!r}; use {', '.join(UNITS)}")
    return SeriesName(component, Quantity(quantity), unit)


def _instant(cell: str, place: str) -> float:
    try:
        return float(cell)
    except ValueError:
        pass
    try:
        return parse_instant(cell.strip()).timestamp()
    except ValueError as error:
        raise InputError(f"{place}: {error}") from error


def _numbers(row: list[str], width: int, place: str) -> list[float]:
    if len(row) != width:
        raise InputError(f"{place}: has {len(row)} values, the header names {width}")
    try:
        return [float("nan") if c.strip().lower() in _MISSING else float(c) for c in row]
    except ValueError as error:
        raise InputError(f"{place}: {error}") from error


def read_prometheus(answer: object, *, label: str) -> list[tuple[str, Floats, Floats]]:
    """Read (component, times, values) from a range query's JSON, by the label that names it.

    Series without the label are left out. Histograms are not read.

    Raises: MalformedError unless it is a successful answer of type matrix.
    """
    if not isinstance(answer, dict) or answer.get("status") != "success":
        said = answer.get("error") if isinstance(answer, dict) else None
        raise MalformedError(f"Prometheus did not answer the query: {str(said or 'no status')!r}")
    found = answer.get("data")
    if not isinstance(found, dict) or found.get("resultType") != "matrix":
        raise MalformedError("Prometheus gave no matrix; ask /api/v1/query_range")
    result = found.get("result")
    series = result if isinstance(result, list) else []
    read = (_one_series(entry, label) for entry in series)
    return [entry for entry in read if entry is not None]


def _one_series(entry: object, label: str) -> tuple[str, Floats, Floats] | None:
    metric = entry.get("metric") if isinstance(entry, dict) else None
    named = metric.get(label) if isinstance(metric, dict) else None
    if not isinstance(entry, dict) or not isinstance(named, str) or not named:
        return None
    try:
        times, values = _pairs(entry.get("values") or ())
    except (TypeError, ValueError) as error:
        raise MalformedError(f"the series of {named!r} cannot be read: {error}") from error
    return named, times, values


def _pairs(pairs: Iterable[tuple[object, object]]) -> tuple[Floats, Floats]:
    read = np.array([[float(str(at)), float(str(value))] for at, value in pairs])
    read = read.reshape(-1, 2)
    return read[:, 0], read[:, 1]
