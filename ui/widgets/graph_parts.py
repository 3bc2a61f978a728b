"""What stands round the drawn graph: heading, legend, and the boxes and rows made of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlencode

from graph.model.diagnosis import DiagnosisStatus
from ui.canvas.layout import Item
from ui.canvas.mount import Box, Line
from ui.format import Lang, count, percent
from ui.graph_scene import MOST_BOXES, DrawnNode, Picture, troubled_first
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.scene import Layer, StepState
from ui.text import pick, say
from ui.widgets.frame import wrap
from ui.widgets.knowledge import short_id
from ui.widgets.node_card import state_words
from ui.widgets.ribbon import SIGNS

_DOTS: Final[Mapping[DiagnosisStatus, str]] = {
    DiagnosisStatus.CONCLUSIVE: "●",
    DiagnosisStatus.LIKELY: "◐",
    DiagnosisStatus.INCONCLUSIVE: "○",
    DiagnosisStatus.HEALTHY: "◇",
}
_SINGLE_SIGN: Final = "1"
_NO_SIGN: Final = "–"


def items_of(picture: Picture, lang: Lang) -> list[Item]:
    """Give every box its label: sign and id; a step by its name."""
    return [Item(node.id, node.layer, _label(node, picture, lang)) for node in picture.nodes]


def boxes_of(picture: Picture, lang: Lang, *, singles: bool) -> dict[str, Box]:
    """Tell how each box looks; single points carry a badge where they are asked for."""
    return {
        node.id: Box(
            id=node.id,
            layer=node.layer,
            state=node.state,
            title=f"{_called(node, lang)}{'，' if lang == 'zh' else ', '}"
            f"{state_words(node, picture, lang)}",
            top=node.top,
            badge=_SINGLE_SIGN if singles and node.single else "",
        )
        for node in picture.nodes
    }


def lines_of(picture: Picture, lang: Lang) -> list[Line]:
    """Write the boxes as rows, troubled ones first."""
    return [
        Line(
            id=node.id,
            name=_called(node, lang),
            second=pick(node.name, lang) if node.layer is not Layer.STEP else "",
            layer=say(lang, f"graph.layer.{node.layer.value}"),
            share=percent(node.share) if node.share is not None else "—",
            look="top" if node.top else node.state.value,
            sign=_sign(node, picture) or (_NO_SIGN if picture.judged else ""),
            says=state_words(node, picture, lang),
        )
        for node in troubled_first(picture.nodes)
    ]


def counts(picture: Picture, lang: Lang) -> Html:
    """Say how many components are drawn, how many did not fit, and how many are folded."""
    drawn = sum(node.layer is not Layer.STEP for node in picture.nodes)
    more = max(0, picture.found - drawn)
    key = "graph.count.cut" if more else "graph.count"
    fields = {"more": count(more)} if more else {}
    parts = [say(lang, key, n=count(drawn), most=count(MOST_BOXES), **fields)]
    if picture.folded:
        parts.append(say(lang, "graph.folded", n=count(picture.folded)))
    return wrap(lang, div("eg-note", ("；" if lang == "zh" else "; ").join(parts)))


def graph_heading(picture: Picture, lang: Lang) -> Html:
    """Say round what the graph is drawn."""
    if picture.root is not None:
        text = say(lang, "graph.centre", name=short_id(picture.root))
    else:
        flow = pick(picture.flow.name, lang) if picture.flow else ""
        text = say(lang, "graph.start", name=flow)
    note = pick(picture.incident.title, lang) if picture.incident else ""
    parts = [element("b", text)] + ([inline("eg-note", note)] if note else [])
    return wrap(lang, div("eg-h", *parts))


def found_line(text: str, lang: Lang) -> Html:
    """Say what a search found."""
    return wrap(lang, div("eg-second", text))


def table_heading(picture: Picture, lang: Lang) -> Html:
    """Draw the heading of the table with the number of its rows."""
    note = say(lang, "graph.table.note", n=count(len(picture.nodes)))
    title = element("b", say(lang, "graph.table"))
    return wrap(lang, div("eg-h", title, inline("eg-note", note)))


def legend(picture: Picture, lang: Lang, *, singles: bool, paths: bool) -> Html:
    """Explain the lines and signs that are in the drawing, and the keys."""
    marks: list[Html] = []
    for place, key in enumerate(("first", "second")):
        if paths and len(picture.paths) > place and len(picture.paths[place]) > 1:
            marks.append(_mark(inline(f"eg-way eg-way-{key}"), say(lang, f"graph.legend.{key}")))
    marks.append(_mark(inline("eg-way"), say(lang, "graph.legend.edge")))
    seen = {node.state for node in picture.nodes}
    if any(node.top for node in picture.nodes):
        sign = _DOTS.get(picture.status, "○") if picture.status else "○"
        marks.append(_mark(inline("eg-sign", sign), say(lang, "graph.state.top")))
    for state in (StepState.BROKEN, StepState.DEGRADED, StepState.UNSURE):
        if state in seen:
            sign = inline(f"eg-sign eg-{state.value}", SIGNS[state])
            marks.append(_mark(sign, say(lang, f"graph.state.{state.value}")))
    if singles and any(node.single for node in picture.nodes):
        marks.append(_mark(inline("eg-badge", _SINGLE_SIGN), say(lang, "graph.legend.single")))
    keys = div("eg-note", say(lang, "graph.keys"))
    return wrap(lang, div("eg-legend", *marks), keys)


def graph_link(incident_id: str, node_id: str | None, lang: Lang) -> Html:
    """Draw the way from the map of an incident to the graph page, at a component."""
    query = {"incident": incident_id, "lang": lang} | ({"node": node_id} if node_id else {})
    link = element("a", say(lang, "map.explore"), href=f"/graph?{urlencode(query)}")
    return wrap(lang, div("eg-foot-link", link))


def band_names(lang: Lang) -> dict[Layer, str]:
    """Name the bands."""
    return {layer: say(lang, f"layer.{layer.value}") for layer in Layer}


def single_count(nodes: Iterable[DrawnNode]) -> int:
    """Count the single points among boxes."""
    return sum(node.single for node in nodes)


def _mark(sign: Html, text: str) -> Html:
    return element("span", sign, text)


def _called(node: DrawnNode, lang: Lang) -> str:
    return pick(node.name, lang) if node.layer is Layer.STEP else short_id(node.id)


def _label(node: DrawnNode, picture: Picture, lang: Lang) -> str:
    sign = _sign(node, picture)
    return f"{sign} {_called(node, lang)}" if sign else _called(node, lang)


def _sign(node: DrawnNode, picture: Picture) -> str:
    if node.top:
        return _DOTS.get(picture.status, "○") if picture.status else "○"
    return "" if node.state is StepState.CLEAR else SIGNS[node.state]
