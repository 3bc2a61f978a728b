"""Whole pages of widgets drawn from samples, and what people read of them."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Final

from graph.model.observation import Result
from tests.ui import samples
from ui.format import Lang
from ui.markup import Html, join
from ui.scene import Scene
from ui.widgets import (
    board_table,
    causes,
    check_card,
    frame,
    knowledge,
    map,
    ribbon,
    timeline,
    verdict,
)

LANGS: Final[tuple[Lang, ...]] = ("zh", "en")


class _Words(HTMLParser):
    """Collects the text that people read."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        """Keep the text between tags."""
        self.text += data + "\n"


def read(markup: str) -> str:
    """Return what people read of a piece of markup."""
    parser = _Words()
    parser.feed(markup)
    return parser.text


def everything(scene: Scene, lang: Lang) -> Html:
    """Draw every part of the diagnosis page."""
    assert scene.map is not None and scene.timeline is not None
    graph, status = scene.map, scene.diagnosis.status
    return Html(
        frame.brand(lang)
        + frame.incident_heading(scene, lang)
        + ribbon.ribbon(scene.steps, scene.people, lang)
        + frame.lost_banner(scene.lost, scene.zone, lang)
        + verdict.verdict_card(scene, lang)
        + verdict.coverage_row(scene, lang)
        + verdict.changes_card(scene.reigns, 3, scene.zone, lang)
        + causes.causes_heading(lang, deltas=True)
        + "".join(causes.cause_bar(c, lang, deltas=True) for c in scene.causes)
        + "".join(causes.evidence_panel(c, lang) for c in scene.causes)
        + causes.others_line(7, 0.03, lang)
        + check_card.check_card(scene.checks[0], lang, total=len(scene.checks))
        + "".join(check_card.recorded_line(result, lang) for result in (None, *Result))
        + check_card.role_line(lang)
        + check_card.entries_heading(lang)
        + "".join(check_card.entry_line(e, scene.zone, lang, named=True) for e in samples.entries())
        + sop_steps_of(scene, lang)
        + knowledge.cases_card(scene.cases, scene.case_days, scene.zone, lang)
        + map.map_heading(graph, lang)
        + map.map_picture(graph, lang, status)
        + map.map_table(graph, lang, status)
        + timeline.timeline_card(scene.timeline, scene.zone, lang)
        + frame.engine_line(scene.diagnosis.engine, lang)
    )


def sop_steps_of(scene: Scene, lang: Lang) -> Html:
    """Draw the heading, the titles and every step of the SOPs beside a diagnosis."""
    steps = [
        knowledge.sop_step(place, step, passage, "", lang)
        for passage in scene.sops
        for place, step in enumerate(passage.steps, 1)
    ]
    titles = [knowledge.sop_title(passage, lang) for passage in scene.sops]
    return join([knowledge.sop_heading(lang), *titles, *steps])


def whole_board(lang: Lang) -> Html:
    """Draw every part of the duty board."""
    board = samples.board()
    return Html(
        board_table.strip(board, lang)
        + board_table.board_heading(board, lang)
        + board_table.column_names(lang)
        + "".join(
            board_table.row_badge(row, lang)
            + board_table.row_second_line(row, lang)
            + board_table.row_cells(row, lang)
            for row in board.rows
        )
        + board_table.noise_line(board, lang)
        + board_table.board_foot(board, lang)
    )


PAGES: Final[dict[str, Callable[[Lang], Html]]] = {
    "settled": lambda lang: everything(samples.scene(), lang),
    "settling": lambda lang: everything(samples.settling_scene(), lang),
    "board": whole_board,
}
