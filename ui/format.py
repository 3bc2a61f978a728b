"""Numbers, instants and spans as people read them, in Chinese and English.

A probability is never shown as 0% or 100%: nothing here is certain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

Lang = Literal["zh", "en"]

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86400


def percent(probability: float) -> str:
    """Write a probability in [0, 1] as whole percent, `<1%` and `>99%` at the ends.

    >>> percent(0.824), percent(0.004), percent(0.996)
    ('82%', '<1%', '>99%')
    """
    if probability < 0.01:
        return "<1%"
    if probability > 0.99:
        return ">99%"
    return f"{_whole(probability)}%"


def prior_percent(probability: float) -> str:
    """Write a prior with one decimal below 10%, whole above; `<0.1%` and `>99%` at the ends.

    >>> prior_percent(0.003), prior_percent(0.88), prior_percent(0.0001)
    ('0.3%', '88%', '<0.1%')
    """
    if probability < 0.001:
        return "<0.1%"
    if probability < 0.0995:
        return f"{probability * 100:.1f}%"
    return percent(probability)


def rate_percent(probability: float) -> str:
    """Write a rate with two digits that say something, `<0.01%` and `>99%` at the ends.

    >>> rate_percent(0.00152), rate_percent(0.0308), rate_percent(0.417), rate_percent(0.00002)
    ('0.15%', '3.1%', '42%', '<0.01%')
    """
    if probability < 0.0001:
        return "<0.01%"
    if probability < 0.00995:
        return f"{probability * 100:.2f}%"
    return prior_percent(probability)


def cases(number: float) -> str:
    """Write counted cases: whole ones plain, shared ones with one decimal.

    >>> cases(12.0), cases(0.9), cases(2.4), cases(11700.0)
    ('12', '0.9', '2.4', '11,700')
    """
    return count(round(number)) if abs(number - round(number)) < 0.05 else f"{number:,.1f}"


def share(value: float) -> str:
    """Write a share of a counted whole in whole percent; here 0% and 100% are facts.

    >>> share(0.0), share(0.999), share(1.0)
    ('0%', '99%', '100%')
    """
    return f"{int(value * 100 + 1e-9)}%"


def points(before: float, after: float) -> str:
    """Write the change of a probability in points of its shown percent: ▲ 21, ▼ 18, 0.

    >>> points(0.17, 0.38), points(0.42, 0.24), points(0.301, 0.302)
    ('▲ 21', '▼ 18', '0')
    """
    change = _whole(after) - _whole(before)
    if change == 0:
        return "0"
    return f"{'▲' if change > 0 else '▼'} {abs(change)}"


def weight(log10_factor: float) -> str:
    """Write a weight of evidence with one decimal and a true minus; never `−0.0`.

    >>> weight(2.04), weight(-0.31), weight(-0.01)
    ('+2.0', '−0.3', '0.0')
    """
    text = f"{abs(log10_factor):.1f}"
    if text == "0.0":
        return text
    return f"{'+' if log10_factor > 0 else '−'}{text}"


def count(number: int) -> str:
    """Write a count with thousands separators.

    >>> count(23106)
    '23,106'
    """
    return f"{number:,}"


def clock(instant: datetime, zone: str, *, seconds: bool = True) -> str:
    """Write the time of day of an aware instant in an IANA zone."""
    local = instant.astimezone(ZoneInfo(zone))
    return local.strftime("%H:%M:%S" if seconds else "%H:%M")


def day(instant: datetime, zone: str) -> str:
    """Write the calendar day of an aware instant in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d")


def span(seconds: float, lang: Lang) -> str:
    """Write a span in its two largest units; a negative one counts as none.

    >>> span(260, "zh"), span(260, "en"), span(7380, "zh"), span(8, "en")
    ('4 分 20 秒', '4 min 20 s', '2 小时 3 分', '8 s')
    """
    whole = max(0, int(seconds))
    names = ("天", "小时", "分", "秒") if lang == "zh" else ("d", "h", "min", "s")
    sizes = (_DAY_S, _HOUR_S, _MINUTE_S, 1)
    first = next((i for i, size in enumerate(sizes) if whole >= size), 3)
    parts = []
    for i in range(first, min(first + 2, 4)):
        amount, whole = divmod(whole, sizes[i])
        if amount or i == first:
            parts.append(f"{amount} {names[i]}")
    return " ".join(parts)


def age(seconds: float, lang: Lang) -> str:
    """Write how long something has lasted in its largest unit, at least a minute.

    >>> age(560, "zh"), age(20, "en"), age(90000, "en")
    ('9 分', '<1 min', '1 d')
    """
    whole = max(0, int(seconds))
    if whole < _MINUTE_S:
        return "<1 分" if lang == "zh" else "<1 min"
    return span(whole - whole % _unit_of(whole), lang)


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Give the names by id, with the id where two are the same; the order stays.

    A list that people choose from goes by what it shows: of two entries that read the same, the
    browser always takes the last.

    >>> told_apart({"inc-1": "播放中断", "inc-2": "播放中断", "inc-3": "登录失败"})
    {'inc-1': '播放中断 · inc-1', 'inc-2': '播放中断 · inc-2', 'inc-3': '登录失败'}
    """
    times = Counter(names.values())
    return {i: f"{name} · {i}" if times[name] > 1 else name for i, name in names.items()}


def minutes(number: float, lang: Lang) -> str:
    """Write whole minutes, at least one.

    >>> minutes(14.2, "zh"), minutes(0.2, "en")
    ('14 分', '1 min')
    """
    whole = max(1, round(number))
    return f"{whole} 分" if lang == "zh" else f"{whole} min"


def _whole(probability: float) -> int:
    return min(99, max(1, int(probability * 100 + 0.5)))


def _unit_of(whole: int) -> int:
    return next(size for size in (_DAY_S, _HOUR_S, _MINUTE_S, 1) if whole >= size)
