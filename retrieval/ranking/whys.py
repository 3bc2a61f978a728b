"""Why something was found: what each arm says of it, in both languages."""

from __future__ import annotations

from typing import Final

from graph.model.base import Text
from retrieval.documents import HEADINGS
from retrieval.ranking.fusion import Ranked

_LINKED: Final = Text(
    zh="与当前诊断、相似案例或所问部件相关",
    en="linked to the diagnosis, a similar case, or what was asked about",
)
_PREFERRED: Final = Text(
    zh="较新、处置有效或在所问部件附近", en="newer, its fix worked, or near what was asked about"
)


def why(found: Ranked) -> Text:
    """Say how many of the question's words it holds, how near it is in meaning, what lifted it."""
    told = [_words(found)]
    if found.cosine is not None and found.dense:
        near = f"{found.cosine:.2f}"
        told.append(Text(zh=f"语义相近 {near}", en=f"near in meaning: {near}"))
    if found.graph:
        told.append(_PREFERRED if found.document.kind == "case" else _LINKED)
    zh, en = "，".join(one.zh for one in told), ", ".join(one.en for one in told)
    headings = {name.value: text for name, text in HEADINGS.items()}
    heading = headings.get(found.section)
    if heading is None:
        return Text(zh=zh, en=en)
    return Text(zh=f"{zh}，最近的一节是「{heading.zh}」", en=f"{en}, nearest section: {heading.en}")


def _words(found: Ranked) -> Text:
    share = f"{round(100 * found.coverage)}%"
    return Text(zh=f"问题用词的 {share} 在文中出现", en=f"holds {share} of the question's words")
