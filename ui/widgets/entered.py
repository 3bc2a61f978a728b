"""How far the verdict rests on what people entered by hand, in one line."""

from __future__ import annotations

from graph.model.diagnosis import HandShare
from ui.format import Lang, percent
from ui.markup import Html, div
from ui.text import listed, say


def entered_line(entered: HandShare | None, lang: Lang) -> list[Html]:
    """Say which part, whose entries, and what would be without; nothing where nobody entered."""
    if entered is None:
        return []
    word = "entered.part" if entered.matters else "entered.no"
    by = listed(list(entered.by), lang)
    word += "" if by else ".nobody"
    fields = {"n": str(entered.items), "without": percent(entered.posterior_without)}
    fields |= {"p": percent(entered.share)} if entered.matters else {}
    return [div("eg-entered", say(lang, word, **fields, **({"by": by} if by else {})))]
