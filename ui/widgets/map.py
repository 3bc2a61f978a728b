"""The map: at most 60 boxes in five bands, lines by layer, the way of the failure on top.

Boxes are HTML, so that a label wraps and a reader reads it. Lines are an SVG used as a CSS mask:
its colour stays a token of the theme, and no script is needed.
"""

from __future__ import annotations

import urllib.parse
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from graph.model.diagnosis import DiagnosisStatus
from ui.format import Lang, count
from ui.markup import Html, div, element, join
from ui.markup import span as inline
from ui.scene import GraphMap, Layer, MapNode, StepState
from ui.text import listed, pick, say
from ui.widgets.frame import status_dot, wrap
from ui.widgets.knowledge import short_id
from ui.widgets.ribbon import SIGNS, state_sign

MOST_NODES: Final = 60
_PER_ROW: Final = 8
_ROW_PX: Final = 46
_GAP_PX: Final = 22
_SWEEPS: Final = 6
_MOST_LINES: Final = 3
_ORDER: Final = tuple(Layer)

Point = tuple[float, float]


def map_heading(graph: GraphMap, lang: Lang) -> Html:
    """Draw the heading with how many components of the whole graph are drawn."""
    shown = sum(node.layer is not Layer.STEP for node in graph.nodes)
    note = say(lang, "map.note", n=count(shown), all=count(graph.total))
    return wrap(lang, div("eg-h", element("b", say(lang, "map")), inline("eg-note", note)))


def map_picture(graph: GraphMap, lang: Lang, status: DiagnosisStatus | None = None) -> Html:
    """Draw the boxes on fixed places and the lines behind them; equal input, equal picture."""
    rows = arrange(graph)
    height = _height(rows)
    spots = _spots(rows)
    bands = join([_band(layer, rows, lang) for layer in dict.fromkeys(r[0] for r in rows)])
    lines = join(_lines(graph, spots, height))
    names = join(
        [_node(node, spots[node.id], _share(node, rows), lang, status) for node in graph.nodes]
    )
    plane = div("eg-plane", lines, names)
    label = say(lang, "map.note", n=count(len(graph.nodes)), all=count(graph.total))
    return wrap(
        lang,
        div(
            "eg-scroll",
            div("eg-map", bands, plane, style=f"height:{height}px", role="img", aria_label=label),
        ),
    )


def map_table(graph: GraphMap, lang: Lang, status: DiagnosisStatus | None = None) -> Html:
    """Write the same boxes as a table: layer, component, state, and what it depends on."""
    names = {node.id: node for node in graph.nodes}
    head = [say(lang, f"map.{c}") for c in ("layer", "component", "state", "needs")]
    rows = [
        element("tr", *(element("td", cell) for cell in _cells(node, graph, names, lang, status)))
        for row in arrange(graph)
        for node in row[1]
    ]
    header = element("tr", *(element("th", cell, scope="col") for cell in head))
    return wrap(
        lang, element("table", element("thead", header), element("tbody", *rows), cls="eg-table")
    )


def arrange(graph: GraphMap) -> list[tuple[Layer, list[MapNode]]]:
    """Order the boxes of each band by the mean place of their neighbours; ties by id.

    Returns rows top to bottom of at most eight boxes; a full band takes several rows.
    """
    layers = {layer: [n for n in graph.nodes if n.layer is layer] for layer in _ORDER}
    place = {n.id: (i + 0.5) / len(ns) for ns in layers.values() for i, n in enumerate(ns)}
    near: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for source, target in graph.edges:
        near[source].append(target)
        near[target].append(source)
    for _ in range(_SWEEPS):
        for layer in _ORDER[1:]:
            layers[layer].sort(key=lambda n: (_mean(n.id, near, place), n.id))
            for i, node in enumerate(layers[layer]):
                place[node.id] = (i + 0.5) / len(layers[layer])
    return [row for layer in _ORDER for row in _rows(layer, layers[layer])]


def legible(graph: GraphMap) -> list[tuple[str, str]]:
    """Thin the ordinary lines: neighbouring bands only, few at each box, alerting ends first.

    The table has them all; sixty boxes with every line would show none.
    """
    nodes = {node.id: node for node in graph.nodes}
    present = [layer for layer in _ORDER if any(n.layer is layer for n in graph.nodes)]
    band = {node.id: present.index(node.layer) for node in graph.nodes}
    calm = StepState.CLEAR
    ranked = sorted(
        (e for e in graph.edges if abs(band[e[0]] - band[e[1]]) == 1),
        key=lambda e: ((nodes[e[0]].state is calm) + (nodes[e[1]].state is calm), e),
    )
    ends: Counter[str] = Counter()
    kept = []
    for source, target in ranked:
        if ends[source] < _MOST_LINES and ends[target] < _MOST_LINES:
            ends.update((source, target))
            kept.append((source, target))
    return sorted(kept)


def _rows(layer: Layer, nodes: list[MapNode]) -> list[tuple[Layer, list[MapNode]]]:
    many = -(-len(nodes) // _PER_ROW)
    if not many:
        return []
    size = -(-len(nodes) // many)
    return [(layer, nodes[i : i + size]) for i in range(0, len(nodes), size)]


def _mean(node_id: str, near: dict[str, list[str]], place: dict[str, float]) -> float:
    others = near[node_id]
    if not others:
        return place[node_id]
    return round(sum(place[other] for other in others) / len(others), 9)


def _tops(rows: Sequence[tuple[Layer, list[MapNode]]]) -> list[int]:
    tops, y, last = [], 0, None
    for layer, _ in rows:
        y += _GAP_PX if last is not None and layer is not last else 0
        tops.append(y)
        y, last = y + _ROW_PX, layer
    return tops


def _height(rows: Sequence[tuple[Layer, list[MapNode]]]) -> int:
    tops = _tops(rows)
    return tops[-1] + _ROW_PX if tops else 0


def _spots(rows: Sequence[tuple[Layer, list[MapNode]]]) -> dict[str, Point]:
    """Give every box its middle: x in percent of the plane, y in px from the top."""
    return {
        node.id: (100 * (i + 0.5) / len(nodes), top + _ROW_PX / 2)
        for top, (_, nodes) in zip(_tops(rows), rows, strict=True)
        for i, node in enumerate(nodes)
    }


def _share(node: MapNode, rows: Sequence[tuple[Layer, list[MapNode]]]) -> int:
    return next(len(nodes) for _, nodes in rows if node in nodes)


def _band(layer: Layer, rows: Sequence[tuple[Layer, list[MapNode]]], lang: Lang) -> Html:
    mine = [top for top, (of, _) in zip(_tops(rows), rows, strict=True) if of is layer]
    style = f"top:{mine[0]}px;height:{mine[-1] - mine[0] + _ROW_PX}px"
    return div("eg-band", inline("", say(lang, f"layer.{layer.value}")), style=style)


def _node(
    node: MapNode, spot: Point, neighbours: int, lang: Lang, status: DiagnosisStatus | None
) -> Html:
    width = 94 / max(neighbours, 5)
    style = f"left:{spot[0]:.2f}%;top:{spot[1]:.0f}px;width:{width:.2f}%"
    cls = f"eg-node eg-node-{node.state.value}"
    if node.layer is Layer.STEP:
        cls += " eg-node-step"
    sign = "" if node.state is StepState.CLEAR else f"{SIGNS[node.state]} "
    if node.top:
        name = inline("", status_dot(status, settling=False), _shown(node, lang))
        return div(f"{cls} eg-node-top", name, style=style)
    return div(cls, f"{sign}{_shown(node, lang)}", style=style)


def _shown(node: MapNode, lang: Lang) -> str:
    return pick(node.name, lang) if node.layer is Layer.STEP else short_id(node.id)


def _lines(graph: GraphMap, spots: dict[str, Point], height: int) -> list[Html]:
    strong = [set(pairwise(path)) for path in graph.paths[:2]]
    taken = {frozenset(edge) for edges in strong for edge in edges}
    faint = [e for e in legible(graph) if frozenset(e) not in taken]
    first = sorted(strong[0]) if strong else []
    seen = {frozenset(edge) for edge in first}
    second = [e for e in sorted(strong[1])] if len(strong) > 1 else []
    drawn = [
        _mask("eg-edges-faint", faint, spots, height=height, width=1.0),
        _mask("eg-edges-path", first, spots, height=height, width=2.4),
        _mask(
            "eg-edges-path",
            [e for e in second if frozenset(e) not in seen],
            spots,
            height=height,
            width=2.4,
            dash="7 5",
        ),
    ]
    return [line for line in drawn if line]


def _mask(
    cls: str,
    edges: Sequence[tuple[str, str]],
    spots: dict[str, Point],
    *,
    height: int,
    width: float,
    dash: str = "",
) -> Html:
    known = [(a, b) for a, b in edges if a in spots and b in spots]
    if not known:
        return Html("")
    data = "".join(_curve(spots[a], spots[b]) for a, b in known)
    dashed = f" stroke-dasharray='{dash}'" if dash else ""
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 {height}' "
        f"preserveAspectRatio='none'><path d='{data}' fill='none' stroke='black' "
        f"stroke-width='{width}'{dashed} vector-effect='non-scaling-stroke'/></svg>"
    )
    url = "data:image/svg+xml," + urllib.parse.quote(picture, safe="")
    style = f"mask-image:url({url});mask-size:100% 100%;mask-repeat:no-repeat"
    return element("div", cls=f"eg-edges {cls}", style=style, aria_hidden="true")


def _curve(start: Point, end: Point) -> str:
    """Leave and enter upright; boxes of one row are joined by a shallow bow below them."""
    (x1, y1), (x2, y2) = (start, end) if start[1] <= end[1] else (end, start)
    if y1 == y2:
        return f"M{x1:.2f} {y1:.1f}C{x1:.2f} {y1 + 30:.1f} {x2:.2f} {y2 + 30:.1f} {x2:.2f} {y2:.1f}"
    middle = (y1 + y2) / 2
    return f"M{x1:.2f} {y1:.1f}C{x1:.2f} {middle:.1f} {x2:.2f} {middle:.1f} {x2:.2f} {y2:.1f}"


def _cells(
    node: MapNode,
    graph: GraphMap,
    names: dict[str, MapNode],
    lang: Lang,
    status: DiagnosisStatus | None,
) -> tuple[str, str, Html, str]:
    state = state_sign(node.state, lang)
    if node.top:
        state = join([state, " ", status_dot(status, settling=False), say(lang, "map.top")])
    name = pick(node.name, lang)
    shown = name if node.layer is Layer.STEP else f"{short_id(node.id)} {name}"
    needs = [_shown(names[b], lang) for a, b in graph.edges if a == node.id]
    return say(lang, f"layer.{node.layer.value}"), shown, state, listed(needs, lang)
