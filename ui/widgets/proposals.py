"""Relations that the graph may lack, as a table: what, why, how sure, and who leaned on it."""

from __future__ import annotations

from typing import Final

from api.schemas.proposals import ProposedRelations, ProposedRelationView
from ui.format import Lang, count, percent
from ui.markup import Html, div, element
from ui.text import listed, say
from ui.widgets.frame import wrap
from ui.widgets.knowledge import short_id

_MOST_ROWS: Final = 50
_MOST_NAMES: Final = 3


def proposals_table(found: ProposedRelations, lang: Lang) -> Html:
    """Draw at most fifty, the most certain first; the column of a diagnosis where one was asked."""
    asked = found.incident_id is not None
    columns = ["relation", "why", "sure", "strength", *(["used"] if asked else [])]
    head = element("tr", *(element("th", say(lang, f"proposed.{c}")) for c in columns))
    shown = found.items[:_MOST_ROWS]
    rows = [_row(one, lang, asked=asked) for one in shown]
    parts = [element("table", element("thead", head), element("tbody", *rows), cls="eg-list")]
    if more := len(found.items) - len(shown):
        parts.append(div("eg-small", say(lang, "proposed.more", n=count(more))))
    title = element("b", say(lang, "proposed.title", n=count(len(found.items))))
    how = div("eg-small", say(lang, "proposed.how"))
    return wrap(lang, div("eg-h", title), how, div("eg-scroll eg-proposed", *parts))


def relation_line(one: ProposedRelationView, lang: Lang) -> str:
    """Say a relation as a sentence of ids."""
    kind = say(lang, f"proposed.kind.{one.type.value}")
    source, target = short_id(one.source.id), short_id(one.target.id)
    return say(lang, "proposed.line", source=source, kind=kind, target=target)


def _row(one: ProposedRelationView, lang: Lang, *, asked: bool) -> Html:
    cells = [
        relation_line(one, lang),
        _why(one, lang),
        percent(one.confidence),
        percent(one.strength),
    ]
    if asked:
        used = {True: "yes", False: "no", None: "unknown"}[one.used]
        cells.append(say(lang, f"proposed.used.{used}"))
    return element("tr", *(element("td", cell) for cell in cells))


def _why(one: ProposedRelationView, lang: Lang) -> str:
    names = listed([short_id(w.id) for w in one.witnesses[:_MOST_NAMES]], lang)
    if one.having > _MOST_NAMES:
        names = say(lang, "proposed.names.more", names=names)
    fields = {"having": count(one.having), "of": count(one.siblings), "names": names}
    return say(lang, f"proposed.by.{one.kinship.value}", **fields)
