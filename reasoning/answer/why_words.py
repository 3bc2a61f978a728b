"""Why a component is or is not the cause, in words that follow from the figures."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model.base import Text
from graph.model.why import CauseStanding, WeightOfGroup, Why
from graph.words import spaced
from reasoning import parameters
from reasoning.answer.words import percent

_MOST_TIMES = 6.0


def words_of(why: Why, first: Text) -> Text:
    """Say where the cause stands, what moves it most, and what explains more; `first` leads."""
    if why.posterior is None or why.prior is None:
        return _outside(why, first)
    clauses: list[Text | None] = [_standing(why, why.posterior, why.prior)]
    sign = 1.0 if why.standing is CauseStanding.LEADS else -1.0
    clauses += [_strongest(why.groups, sign), _strongest(why.groups, -sign), _rival(why)]
    told = [clause for clause in clauses if clause is not None]
    return Text(zh="；".join(t.zh for t in told) + "。", en="; ".join(t.en for t in told) + ".")


def _outside(why: Why, first: Text) -> Text:
    """Say why there is no posterior at all."""
    name = why.name
    if why.standing is CauseStanding.FAULTLESS:
        return Text(
            zh=f"{spaced('故障库里没有', name.zh, '这类组件自己的故障')}，它只会被别的组件拖累；"
            f"{_first_zh(first)}",
            en=f"The library knows no fault of the kind of {name.en}: it only suffers from others; "
            f"first is {first.en}.",
        )
    if why.standing is CauseStanding.UNHEARD:
        return Text(
            zh=f"{spaced(name.zh, '考虑过')}，但没有任何告警或安静说得到它，只能按平时概率看；"
            f"{_first_zh(first)}",
            en=f"{name.en} was considered, but nothing that spoke or was silent can tell of it; "
            f"first is {first.en}.",
        )
    depth = parameters.CAUSE_DEPTH
    return Text(
        zh=f"{spaced(name.zh, '不在考虑的范围里')}：{depth} 步之内，告警的组件都不怎么依赖它；"
        f"{_first_zh(first)}",
        en=f"{name.en} was not considered: within {depth} steps nothing that alerts hangs on it to "
        f"speak of; first is {first.en}.",
    )


def _first_zh(first: Text) -> str:
    return f"{spaced('排在首位的是', first.zh)}。"


def _standing(why: Why, posterior: float, prior: float) -> Text:
    sure, usual = percent(posterior), _usual(prior)
    if why.standing is CauseStanding.LEADS:
        return Text(
            zh=spaced(why.name.zh, f"排在首位，把握 {sure}，平时概率 {usual}"),
            en=f"{why.name.en} stands first, confidence {sure}, usually {usual}",
        )
    return Text(
        zh=spaced(why.name.zh, f"的把握是 {sure}，平时概率 {usual}"),
        en=f"{why.name.en} has a confidence of {sure}, usually {usual}",
    )


def _strongest(groups: Sequence[WeightOfGroup], sign: float) -> Text | None:
    """Name the group that moves it most one way, and what it would be without.

    A part that is decisive, or half of the whole, stands for the whole.
    """
    side = [g for g in groups if g.log10_bayes_factor * sign > 0.0]
    if not side:
        if sign > 0.0:
            return Text(zh="没有什么支持它", en="nothing speaks for it")
        return Text(zh="没有什么反对它", en="nothing speaks against it")
    most = max(side, key=lambda g: abs(g.log10_bayes_factor))
    enough = min(parameters.DECISIVE, abs(most.log10_bayes_factor) / 2.0)
    parts = [g for g in side if g.kind != "all" and abs(g.log10_bayes_factor) >= enough]
    group = max(parts, key=lambda g: abs(g.log10_bayes_factor), default=most)
    without, weight = percent(group.posterior_without), _weight(group.log10_bayes_factor)
    zh, en = ("最支持它的是", "most for it") if sign > 0.0 else ("最反对它的是", "most against it")
    return Text(
        zh=f"{spaced(zh, group.name.zh)}（{weight}，没有这一组会是 {without}）",
        en=f"{en}: {group.name.en} ({weight}; without them {without})",
    )


def _rival(why: Why) -> Text | None:
    """Name who explains it instead, or stands first, and how much better or worse it does."""
    rival = why.rival
    if rival is None:
        return None
    sure, likelier = percent(rival.posterior), rival.log10_likelier
    zh, en = f"{spaced('排在它前面的是', rival.name.zh)}，把握 {sure}", rival.name.en
    en = f"before it stands {en}, confidence {sure}"
    if rival.beside:
        return Text(zh=f"{zh}，两者可以同时成立", en=f"{en}; both may be true at once")
    if likelier is None:
        return Text(zh=zh, en=en)
    if abs(likelier) < parameters.SET_WITHIN:
        return Text(zh=f"{zh}，证据分不开两者", en=f"{en}; the evidence cannot tell the two apart")
    times = _times(abs(likelier))
    if likelier < 0.0:
        return Text(
            zh=f"{zh}，虽然若是它，这些证据出现的可能性只有 1/{times}",
            en=f"{en}, although the evidence is {times} times less likely under it",
        )
    return Text(
        zh=f"{zh}，若是它，这些证据出现的可能性是 {times} 倍",
        en=f"{en}, under which the evidence is {times} times likelier",
    )


def _usual(prior: float) -> str:
    """Write a prior with one decimal: it is often below one in a hundred.

    >>> _usual(0.0042), _usual(0.0001), _usual(0.2)
    ('0.4%', '<0.1%', '20%')
    """
    if prior < 0.001:
        return "<0.1%"
    return f"{prior:.1%}" if prior < 0.1 else percent(prior)


def _times(log10: float) -> str:
    """Write a factor with two figures at most.

    >>> _times(1.0), _times(2.4), _times(9.0)
    ('10', '250', '>1,000,000')
    """
    if log10 > _MOST_TIMES:
        return ">1,000,000"
    return f"{float(f'{10.0**log10:.2g}'):,.0f}"


def _weight(log10: float) -> str:
    if abs(log10) > _MOST_TIMES:
        return f"{'>+' if log10 > 0.0 else '<−'}{_MOST_TIMES:g}"
    return f"{log10:+.1f}".replace("-", "−")
