"""Where boxes stand: layers as bands, rows of slots, order by barycentre, ways round the boxes.

Heights are px; x is a share of the plane's width, so that one layout serves every window. Every
row has the same slots, so the gutters between them are free from top to bottom: there the
highlighted ways run and cross no box. Equal input gives an equal layout.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from ui.scene import Layer

COLUMNS: Final = 7
GUTTER_PX: Final = 12
LEFT_PX: Final = 88
RIGHT_PX: Final = 8
BOX_WIDTH_PX: Final = 86
BOX_HEIGHT_PX: Final = 28
# The narrowest drawing: below, the frame scrolls rather than that a box gets too small.
LEAST_WIDTH_PX: Final = LEFT_PX + RIGHT_PX + COLUMNS * (BOX_WIDTH_PX + GUTTER_PX)
_LINE_PX: Final = 16
_LINE_UNITS: Final = 11
_ROW_GAP_PX: Final = 16
_BAND_PAD_PX: Final = 10
_BAND_GAP_PX: Final = 22
_SWEEPS: Final = 6
_MOST_EDGES: Final = 2
_DIGITS: Final = 9
# Two ways in one gutter run beside each other.
_LANES_PX: Final = (-2.5, 2.5)
_BREAKS: Final = re.compile(r"(?<=[-._:/ ])")

Side = Literal["above", "below"]
Point = tuple[float, float, float]
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Placed:
    """A box: its slot, x as a share of the plane, y of its middle and height in px, its lines."""

    id: str
    row: int
    column: int
    x: float
    y: float
    height: int
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """The strip behind the rows of one layer, by its middle."""

    layer: Layer
    y: float
    height: int


@dataclass(frozen=True, slots=True)
class Way:
    """A highlighted line round the boxes; a point is (share of the plane, px to the right, y)."""

    source: str
    target: str
    kind: Literal["first", "second"]
    leaves: Side
    enters: Side
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Every box once, the bands top to bottom, the ways, and the height of all of it."""

    boxes: tuple[Placed, ...]
    bands: tuple[Band, ...]
    ways: tuple[Way, ...]
    height: int


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be placed: its layer and its whole label."""

    id: str
    layer: Layer
    label: str


def lay_out(
    items: Sequence[Item], edges: Iterable[Edge], paths: Sequence[Sequence[str]] = ()
) -> Layout:
    """Place every item once; edges to unknown ids are left out.

    Args:
        items: distinct ids, at most a few hundred.
        edges: pairs of ids; they pull their ends to each other's column.
        paths: chains of ids; the first is drawn solid, the second dashed, others not at all.
    """
    rows = _rows(items, edges)
    placed, bands, height = _place(rows)
    boxes = {box.id: box for box in placed}
    tops = _tops(placed)
    return Layout(tuple(placed), tuple(bands), tuple(_ways(paths, boxes, tops)), height)


def thinned(items: Sequence[Item], edges: Iterable[Edge]) -> list[Edge]:
    """Keep a legible share of the edges: between neighbouring bands, at most two at each box.

    They are taken in id order; a chosen box shows all of its edges.
    """
    present = [layer for layer in Layer if any(item.layer is layer for item in items)]
    band = {item.id: present.index(item.layer) for item in items}
    ends: Counter[str] = Counter()
    kept = []
    for source, target in sorted(set(edges)):
        near = {source, target} <= band.keys() and abs(band[source] - band[target]) == 1
        if near and max(ends[source], ends[target]) < _MOST_EDGES:
            ends.update((source, target))
            kept.append((source, target))
    return kept


def wrap(label: str, *, units: int = _LINE_UNITS) -> list[str]:
    """Break a label into lines of at most `units` (a Latin letter 1, a Han character 2).

    >>> wrap("client-r12-unicom"), wrap("▲ 区域 3 移动用户端")
    (['client-r12-', 'unicom'], ['▲ 区域 3', '移动用户端'])
    """
    lines: list[str] = []
    for part in _parts(label, units):
        if lines and _width(lines[-1] + part.rstrip()) <= units:
            lines[-1] += part
        else:
            lines.append(part)
    return [line.strip() for line in lines] or [""]


def _parts(label: str, units: int) -> Iterable[str]:
    for part in filter(None, _BREAKS.split(label)):
        piece = ""
        for char in part:
            if piece and _width(piece + char) > units:
                yield piece
                piece = ""
            piece += char
        yield piece


def _width(text: str) -> int:
    return sum(1 if ord(char) < 0x2E80 else 2 for char in text)


def _rows(items: Sequence[Item], edges: Iterable[Edge]) -> list[tuple[Layer, list[Item]]]:
    """Order each layer by the mean place of its neighbours, ties by id; full layers take rows."""
    layers = {layer: [item for item in items if item.layer is layer] for layer in Layer}
    for layer, row in layers.items():
        if layer is not Layer.STEP:  # steps stand in walking order, as they came
            row.sort(key=lambda item: item.id)
    near: dict[str, list[str]] = {item.id: [] for item in items}
    for source, target in sorted(set(edges)):
        if source in near and target in near and source != target:
            near[source].append(target)
            near[target].append(source)
    place = {i.id: (n + 0.5) / len(row) for row in layers.values() for n, i in enumerate(row)}
    for _ in range(_SWEEPS):
        for layer, row in layers.items():
            if layer is not Layer.STEP:
                row.sort(key=lambda item: (_mean(item.id, near, place), item.id))
                place |= {item.id: (n + 0.5) / len(row) for n, item in enumerate(row)}
    return [(layer, part) for layer, row in layers.items() for part in _split(row)]


def _split(row: list[Item]) -> list[list[Item]]:
    """Deal a layer onto as few rows as hold it, column by column, so that the order stays."""
    many = -(-len(row) // COLUMNS)
    return [row[n::many] for n in range(many)]


def _mean(item_id: str, near: Mapping[str, list[str]], place: Mapping[str, float]) -> float:
    others = near[item_id]
    if not others:
        return place[item_id]
    return round(sum(place[other] for other in others) / len(others), _DIGITS)


def _place(rows: list[tuple[Layer, list[Item]]]) -> tuple[list[Placed], list[Band], int]:
    placed: list[Placed] = []
    bands: list[Band] = []
    y, top, last = 0, 0, None
    for number, (layer, row) in enumerate(rows):
        if layer is not last:
            y = top = y + _BAND_GAP_PX if last is not None else 0
            y += _BAND_PAD_PX
        else:
            y += _ROW_GAP_PX
        labels = [wrap(item.label) for item in row]
        height = max(BOX_HEIGHT_PX, 10 + _LINE_PX * max(map(len, labels)))
        for column, item, lines in zip(_columns(len(row)), row, labels, strict=True):
            x = (column + 0.5) / COLUMNS
            label = "\n".join(lines)
            placed.append(Placed(item.id, number, column, x, y + height / 2, height, label))
        y, last = y + height, layer
        if number + 1 == len(rows) or rows[number + 1][0] is not layer:
            y += _BAND_PAD_PX
            bands.append(Band(layer, (top + y) / 2, y - top))
    return placed, bands, y


def _columns(many: int) -> list[int]:
    """Spread a short row over the slots, put a longer one in the middle; each slot at most once.

    >>> _columns(3), _columns(5)
    ([1, 3, 5], [1, 2, 3, 4, 5])
    """
    if many > COLUMNS // 2 + 1:
        first = (COLUMNS - many) // 2
        return list(range(first, first + many))
    return [int((n + 0.5) * COLUMNS / many) for n in range(many)]


def _tops(placed: Iterable[Placed]) -> dict[int, tuple[float, float]]:
    """Give the upper and lower edge of every row."""
    return {box.row: (box.y - box.height / 2, box.y + box.height / 2) for box in placed}


def _ways(
    paths: Sequence[Sequence[str]],
    boxes: Mapping[str, Placed],
    tops: Mapping[int, tuple[float, float]],
) -> Iterable[Way]:
    drawn: set[frozenset[str]] = set()
    kinds: tuple[Literal["first", "second"], ...] = ("first", "second")
    for kind, lane, path in zip(kinds, _LANES_PX, paths, strict=False):
        known = [i for i in path if i in boxes]
        for source, target in pairwise(known):
            if source != target and frozenset((source, target)) not in drawn:
                drawn.add(frozenset((source, target)))
                yield _way(boxes[source], boxes[target], tops, kind=kind, lane=lane)


def _way(
    source: Placed,
    target: Placed,
    tops: Mapping[int, tuple[float, float]],
    *,
    kind: Literal["first", "second"],
    lane: float,
) -> Way:
    """Lead a line through the gaps between rows and the gutters between slots."""
    down = source.row <= target.row
    leaves: Side = "below" if down else "above"
    enters: Side = "above" if source.row < target.row else "below"
    # Where one leg comes down and the next goes up, the two run level beside each other.
    shift = lane if down else 2 * lane
    out = _gap(source.row, leaves, tops) + shift
    if source.row == target.row or abs(source.row - target.row) == 1:
        points: tuple[Point, ...] = ((source.x, 0.0, out), (target.x, 0.0, out))
    else:
        # Down beside the source, up beside the target: two legs of one path share no gutter.
        near, far = (source, target) if down else (target, source)
        gutter = (near.column + (far.column >= near.column)) / COLUMNS
        into = _gap(target.row, enters, tops) + shift
        points = (
            (source.x, 0.0, out),
            (gutter, lane, out),
            (gutter, lane, into),
            (target.x, 0.0, into),
        )
    return Way(source.id, target.id, kind, leaves, enters, points)


def _gap(row: int, side: Side, tops: Mapping[int, tuple[float, float]]) -> float:
    """Find the middle of the gap above or below a row."""
    upper, lower = tops[row]
    if side == "below":
        following = tops.get(row + 1)
        return lower + (following[0] - lower) / 2 if following else lower + _BAND_PAD_PX / 2
    before = tops.get(row - 1)
    return before[1] + (upper - before[1]) / 2 if before else upper - _BAND_PAD_PX / 2
