"""Put components of ours on a page: the drawn graph, its table, the finder; what they send back.

Their scripts lie beside this file, whole; `assets/CHECKSUMS` says which bytes they are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st

from ui.canvas import layout
from ui.canvas.layout import Edge, Layout
from ui.scene import Layer, StepState

ASSETS: Final = Path(__file__).with_name("assets")
_PROJECT: Final = "etiograph"
_CANVAS: Final = "canvas"
_TABLE: Final = "table"
_FINDER: Final = "finder"
_ALL: Final = (_CANVAS, _TABLE, _FINDER)
_CANVAS_HTML: Final = (
    '<div class="eg-canvas-frame"><div class="eg-canvas" tabindex="0" role="application"></div>'
    '</div><div class="eg-canvas-says" role="status"></div>'
)
_FINDER_HTML: Final = '<div class="eg-finder"></div>'
_TABLE_HTML: Final = '<div class="eg-canvas-rows" tabindex="-1"></div>'


@dataclass(frozen=True, slots=True)
class Box:
    """What is drawn of a box beside its place; `title` is read out, `top` marks the top cause."""

    id: str
    layer: Layer
    state: StepState
    title: str
    top: bool = False
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: name with a second line, layer, share, and state by sign and word.

    `look` colours the sign: a `StepState`, or `top`.
    """

    id: str
    name: str
    second: str
    layer: str
    share: str
    look: str
    sign: str
    says: str


def draw_canvas(
    laid: Layout,
    boxes: Mapping[str, Box],
    edges: Sequence[Edge],
    *,
    faint: Collection[Edge],
    names: Mapping[Layer, str],
    name: str,
    selected: str | None,
    choose: Callable[[str], None],
) -> None:
    """Draw placed boxes; `choose` hears which one a person picked, by mouse or keys.

    Of the edges the `faint` ones are always drawn, the others while one of their ends is chosen.
    """
    shown = frozenset(faint)
    data = {
        "left": layout.LEFT_PX,
        "right": layout.RIGHT_PX,
        "least": layout.LEAST_WIDTH_PX,
        "columns": layout.COLUMNS,
        "gutter": layout.GUTTER_PX,
        "height": laid.height,
        "name": name,
        "selected": selected,
        "bands": [
            {"label": "\n".join(layout.wrap(names[b.layer])), "y": b.y, "h": b.height}
            for b in laid.bands
        ],
        "nodes": [_node(place, boxes[place.id]) for place in laid.boxes],
        "edges": [[*edge, edge in shown] for edge in edges],
        "ways": [_way(way) for way in laid.ways],
    }
    _mount(_CANVAS, _CANVAS_HTML, data, choose)


def draw_table(
    lines: Sequence[Line],
    *,
    head: Sequence[str],
    name: str,
    height: int,
    selected: str | None,
    choose: Callable[[str], None],
) -> None:
    """Draw the same boxes as rows; `choose` hears which one a person picked."""
    rows = [
        {
            "id": line.id,
            "name": line.name,
            "second": line.second,
            "layer": line.layer,
            "share": line.share,
            "state": line.look,
            "sign": line.sign,
            "says": line.says,
        }
        for line in lines
    ]
    data = {"head": list(head), "rows": rows, "name": name, "height": height, "selected": selected}
    _mount(_TABLE, _TABLE_HTML, data, choose)


def draw_finder(
    words: Mapping[str, str],
    *,
    named: Mapping[str, Mapping[str, str]],
    choose: Callable[[str], None],
) -> None:
    """Draw a field that shows what the API finds while somebody types.

    `words`: `lang`, `hint`, `count` (its 0 becomes the number), `none`, `failed`, `flagged`, and
    `cases`, the page of past cases; `named`: the words of `kinds` and `sections`. `choose` hears
    which SOP was picked.
    """
    _mount(_FINDER, _FINDER_HTML, {**words, **named}, choose)


def canvas_styles() -> str:
    """Return the sheet of the components."""
    return (ASSETS / "canvas.css").read_text(encoding="utf-8")


def _mount(which: str, html: str, data: dict[str, Any], choose: Callable[[str], None]) -> None:
    """Mount one of them; the language of a page is that of the element round it."""
    _register(which)
    component = st.components.v2.component(
        f"{_PROJECT}.{which}", html=html, js=f"{which}.js", isolate_styles=False
    )
    key = f"graph-{which}"

    def chosen() -> None:
        picked = st.session_state[key].get("selected")
        if isinstance(picked, list) and picked and isinstance(picked[0], str):
            choose(picked[0])

    component(data=data, key=key, default={"selected": None}, on_selected_change=chosen)


def _register(which: str) -> None:
    """Tell the framework where the scripts lie, so that the browser fetches them by address.

    It finds by itself only what stands in a package of the project's own name.
    """
    from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
    from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{_PROJECT}.{which}") is None:
        parts = [ComponentConfig(name=name, asset_dir="assets") for name in _ALL]
        manifest = ComponentManifest(name=_PROJECT, version="1", components=parts)
        manager.register_from_manifest(manifest, Path(__file__).parent)


def _node(place: layout.Placed, box: Box) -> dict[str, Any]:
    return {
        "id": place.id,
        "x": place.x,
        "y": place.y,
        "h": place.height,
        "label": place.label,
        "layer": box.layer.value,
        "state": box.state.value,
        "top": box.top,
        "badge": box.badge,
        "title": box.title,
    }


def _way(way: layout.Way) -> dict[str, Any]:
    return {
        "source": way.source,
        "target": way.target,
        "kind": way.kind,
        "from": way.leaves,
        "to": way.enters,
        "points": [list(point) for point in way.points],
    }
