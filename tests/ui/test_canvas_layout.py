"""Where boxes stand: each once, none on another, the same every time, and ways that cross none."""

from __future__ import annotations

import hashlib
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ui.canvas import layout
from ui.canvas.layout import Item, Layout, Placed, Way, lay_out, thinned, wrap
from ui.canvas.mount import ASSETS
from ui.scene import Layer

_WIDTHS = (layout.LEAST_WIDTH_PX, 905, 1300)
_NAMES = st.text(st.sampled_from("abcdefghij-0123区域移动用户端 "), min_size=1, max_size=24)


@st.composite
def _graphs(
    draw: st.DrawFn,
) -> tuple[list[Item], list[tuple[str, str]], list[list[str]]]:
    """Draw up to sixty boxes in any layers, edges and two chains between them."""
    count = draw(st.integers(1, 60))
    items = [
        Item(f"p:n{n}", draw(st.sampled_from(Layer)), draw(_NAMES) or "n") for n in range(count)
    ]
    ids = st.sampled_from([item.id for item in items])
    edges = draw(st.lists(st.tuples(ids, ids), max_size=80))
    paths = draw(st.lists(st.lists(ids, unique=True, max_size=5), max_size=3))
    return items, edges, paths


Drawn = tuple[list[Item], list[tuple[str, str]], list[list[str]]]


def _frame(box: Placed, width: float) -> tuple[float, float, float, float]:
    plane = width - layout.LEFT_PX - layout.RIGHT_PX
    middle = layout.LEFT_PX + box.x * plane
    half = (plane / layout.COLUMNS - layout.GUTTER_PX) / 2
    return middle - half, box.y - box.height / 2, middle + half, box.y + box.height / 2


def _corners(way: Way, boxes: dict[str, Placed], width: float) -> list[tuple[float, float]]:
    plane = width - layout.LEFT_PX - layout.RIGHT_PX

    def end(box: Placed, side: str) -> tuple[float, float]:
        edge = box.y + box.height / 2 * (1 if side == "below" else -1)
        return layout.LEFT_PX + box.x * plane, edge

    points = [(layout.LEFT_PX + share * plane + shift, y) for share, shift, y in way.points]
    source, target = boxes[way.source], boxes[way.target]
    return [end(source, way.leaves), *points, end(target, way.enters)]


@given(_graphs())
def test_every_box_stands_once_on_its_band(drawn: Drawn) -> None:
    """No id is lost or doubled, and each box lies inside the band of its layer."""
    items, edges, paths = drawn
    laid = lay_out(items, edges, paths)

    assert sorted(box.id for box in laid.boxes) == sorted(item.id for item in items)
    bands = {band.layer: band for band in laid.bands}
    layers = {item.id: item.layer for item in items}
    for box in laid.boxes:
        band = bands[layers[box.id]]
        assert abs(box.y - band.y) + box.height / 2 <= band.height / 2
    assert [b.layer for b in laid.bands] == [layer for layer in Layer if layer in bands]
    assert all(a.y + a.height / 2 < b.y - b.height / 2 for a, b in pairwise(laid.bands))
    assert laid.bands[-1].y + laid.bands[-1].height / 2 == laid.height


@given(_graphs(), st.sampled_from(_WIDTHS))
def test_no_box_touches_another(drawn: Drawn, width: float) -> None:
    """At the least width and above, boxes are large enough and apart."""
    laid = lay_out(*drawn)
    frames = [_frame(box, width) for box in laid.boxes]

    for left, top, right, bottom in frames:
        assert right - left >= layout.BOX_WIDTH_PX
        assert bottom - top >= 26
        assert left >= layout.LEFT_PX and right <= width
    for place, one in enumerate(frames):
        for other in frames[place + 1 :]:
            wide = min(one[2], other[2]) - max(one[0], other[0])
            high = min(one[3], other[3]) - max(one[1], other[1])
            assert wide < 0 or high < 0


@given(_graphs(), st.sampled_from(_WIDTHS))
def test_highlighted_ways_cross_no_box(drawn: Drawn, width: float) -> None:
    """A way runs upright or level, in gaps and gutters, and touches only its ends."""
    laid = lay_out(*drawn)
    boxes = {box.id: box for box in laid.boxes}

    for way in laid.ways:
        for start, end in pairwise(_corners(way, boxes, width)):
            assert abs(start[0] - end[0]) < 0.01 or abs(start[1] - end[1]) < 0.01
            for box in laid.boxes:
                left, top, right, bottom = _frame(box, width)
                across = max(start[0], end[0]) > left and min(start[0], end[0]) < right
                along = max(start[1], end[1]) > top + 0.01 and min(start[1], end[1]) < bottom - 0.01
                assert not (across and along), (way, box)


@given(_graphs())
def test_equal_graphs_are_laid_out_alike(drawn: Drawn) -> None:
    """The order in which edges and components come changes nothing; steps keep theirs."""
    items, edges, paths = drawn
    steps = [item for item in items if item.layer is Layer.STEP]
    others = [item for item in items if item.layer is not Layer.STEP]
    again: Layout = lay_out([*steps, *reversed(others)], list(reversed(edges)), paths)

    assert lay_out(items, edges, paths) == again
    walked = [box.id for box in again.boxes if box.id in {item.id for item in steps}]
    if len(steps) <= layout.COLUMNS:
        assert walked == [item.id for item in steps]


@given(_NAMES)
def test_labels_are_whole(name: str) -> None:
    """Nothing but blanks is lost in wrapping, and every line fits its box."""
    lines = wrap(name)

    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    assert all(sum(1 if ord(c) < 0x2E80 else 2 for c in line) <= 11 for line in lines)


@given(_graphs())
def test_faint_edges_are_few_and_real(drawn: Drawn) -> None:
    """At most two at each box, each of them given, between neighbouring bands."""
    items, edges, _ = drawn
    kept = thinned(items, edges)

    assert set(kept) <= set(edges)
    ends = [end for edge in kept for end in edge]
    assert all(ends.count(end) <= 2 for end in ends)


def test_the_bundle_is_the_published_one() -> None:
    """The bytes that are served are those whose digests were written down when they came in."""
    lines = (ASSETS / "CHECKSUMS").read_text(encoding="ascii").splitlines()
    pairs = (line.split("  ") for line in lines if not line.startswith("#"))
    listed = {name: digest for digest, name in pairs}

    assert set(listed) == {path.name for path in ASSETS.glob("cytoscape*")}
    for name, digest in listed.items():
        assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == digest
    assert "Permission is hereby granted" in (ASSETS / "cytoscape.LICENSE.txt").read_text("utf-8")


def test_our_scripts_ask_nobody() -> None:
    """They name no address and build no HTML from text."""
    for name in ("canvas.js", "table.js", "canvas.css"):
        text = (ASSETS / name).read_text(encoding="utf-8")
        assert "http" not in text
        assert "innerHTML" not in text
