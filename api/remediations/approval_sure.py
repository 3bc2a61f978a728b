"""How sure the diagnosis was that a request rests on, in one line for who has to agree."""

from __future__ import annotations

from api.remediations.approval_words import Lang, word
from graph.model.diagnosis import Diagnosis


def how_sure(diagnosis: Diagnosis | None, lang: Lang) -> str:
    """Say how sure the diagnosis was that the request rests on."""
    if diagnosis is None:
        return word("sure_none", lang)
    percent, status = _percent(diagnosis.hypotheses[0].posterior), f"status.{diagnosis.status}"
    said = word("sure_line", lang, percent=percent, status=word(status, lang))
    entered = diagnosis.entered
    if entered is None or not entered.matters:
        return said
    by = ("、" if lang == "zh" else ", ").join(entered.by) or "-"
    return said + word("sure_entered", lang, share=_percent(entered.share), by=by)


def _percent(share: float) -> str:
    whole = f"{min(99, max(1, int(share * 100 + 0.5)))}%"
    return ">99%" if share > 0.99 else "<1%" if share < 0.01 else whole
