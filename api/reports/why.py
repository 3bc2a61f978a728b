"""Why a cause, or why not, as text for a terminal, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from api.reports.diagnosis import percent
from graph.model.base import Text
from graph.model.why import RateOfMode, Why

Lang = Literal["zh", "en"]
_MOST: Final = 6
_WORDS: Final[dict[str, Text]] = {
    "groups": Text(zh="按组（没有这一组会是多少）", en="By group (what it would be without)"),
    "decisive": Text(zh="单条就能定的", en="Single items that decide"),
    "near": Text(
        zh="本次诊断是近似计算，权重也是近似的", en="The answer is approximate, and so are these"
    ),
    "rates": Text(
        zh="平时概率的依据（故障库的次数，已确认 {n} 起事件的次数）",
        en="What the usual probability rests on (the library's counts, those of {n} confirmed)",
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
    if why.rates:
        yield ""
        yield _of(_WORDS["rates"], lang).format(n=why.confirmed)
    for rate in why.rates:
        yield _rate(rate, lang)


def _rate(rate: RateOfMode, lang: Lang) -> str:
    told = f"{rate.told_cases:.1f}/{rate.told_trials:.0f}"
    seen = f"{rate.seen_cases:.1f}/{rate.seen_trials:.0f}"
    return f"  {rate.rate * 100:.2f}%  {told} + {seen}  {_of(rate.name, lang)}"


def _line(name: Text, factor: float, without: float, lang: Lang) -> str:
    sign = f"{factor:+.1f}".replace("-", "−")
    if abs(factor) > _MOST:
        sign = f"{'>+' if factor > 0.0 else '<−'}{_MOST}"
    return f"  {sign:>6}  {percent(without):>4}  {_of(name, lang)}"


def _of(text: Text, lang: Lang) -> str:
    return text.zh if lang == "zh" else text.en
