"""Whether a language model helped, what was taken out before it was asked, and why it failed."""

from __future__ import annotations

from api.schemas.chat import AnswerView, LlmView
from ui.format import Lang
from ui.markup import Html, div
from ui.text import listed, pick, say
from ui.widgets.frame import wrap


def model_note(answer: AnswerView, lang: Lang) -> Html:
    """Say it in a line or two under the heading; nothing where no model is set."""
    lines = []
    if answer.llm is not None:
        lines.append(
            div("eg-second eg-model", ("" if lang == "zh" else " ").join(_told(answer.llm, lang)))
        )
    if answer.withheld:
        text = say(lang, "chat.withheld", n=str(answer.withheld))
        lines.append(div("eg-second eg-model", text))
    return wrap(lang, *lines) if lines else Html("")


def _told(llm: LlmView, lang: Lang) -> list[str]:
    if llm.fallback is None:
        first = say(lang, "chat.model.chose", model=llm.model)
    else:
        why = pick(llm.fallback.text, lang)
        first = say(lang, "chat.model.failed", model=llm.model, why=why)
    return [first, _taken(llm, lang)] if llm.sent else [first]


def _taken(llm: LlmView, lang: Lang) -> str:
    if not llm.taken_out:
        return say(lang, "chat.model.taken.none")
    kinds = [say(lang, f"taken.{item.kind}", n=str(item.count)) for item in llm.taken_out]
    return say(lang, "chat.model.taken", kinds=listed(kinds, lang))
