"""Why a cause, or why not, as text for a terminal, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from api.reports.diagnosis import percent
from graph.model.base import Text
from graph.model.why import Why

Lang = Literal["zh", "en"]
_MOST: Final = 6
_WORDS: Final[dict[str, Text]] = {
    "groups": Text(zh="按组（没有这一组会是多少）", en="By group (what it would be without)"),
    "decisive": Text(zh="单条就能定的", en="Single items that decide"),
    "near": Text(
        zh="本次诊断是近似计算，权重也是近似的", en="The answer is approximate, and so are these"
    ),
}


def why_lines(why: Why, lang: Lang) -> Iterator[str]:
    """Yield the answer in a sentence, then the weights, strongest first."""
    yield _of(why.text, lang)
    if why.groups:
        yield ""
        yield _of(_WORDS["groups"], lang)
    for group in why.groups:
        yield _line(group.name, group.log10_bayes_factor, group.posterior_without, lang)
    if why.decisive:
        yield ""
        yield _of(_WORDS["decisive"], lang)
    for item in why.decisive:
        line = _line(item.text, item.log10_bayes_factor, item.posterior_without, lang)
        yield f"{line}  [{item.evidence_id}]"
    if why.groups and not why.exact:
        yield ""
        yield _of(_WORDS["near"], lang)


def _line(name: Text, factor: float, without: float, lang: Lang) -> str:
    sign = f"{factor:+.1f}".replace("-", "−")
    if abs(factor) > _MOST:
        sign = f"{'>+' if factor > 0.0 else '<−'}{_MOST}"
    return f"  {sign:>6}  {percent(without):>4}  {_of(name, lang)}"


def _of(text: Text, lang: Lang) -> str:
    return text.zh if lang == "zh" else text.en
