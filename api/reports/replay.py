"""A replay as text for a terminal, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Final, Literal

from api.reports.diagnosis import percent
from graph.model.base import Text
from graph.model.diagnosis import DiagnosisStatus
from graph.model.replay import Replay, ReplayedMinute

Lang = Literal["zh", "en"]
_STATUS: Final = {
    DiagnosisStatus.CONCLUSIVE: Text(zh="结论明确", en="conclusive"),
    DiagnosisStatus.LIKELY: Text(zh="较可能", en="likely"),
    DiagnosisStatus.INCONCLUSIVE: Text(zh="证据不足", en="inconclusive"),
    DiagnosisStatus.HEALTHY: Text(zh="未发现故障", en="no fault found"),
}
_WORDS: Final[dict[str, Text]] = {
    "confirmed": Text(zh="人确认的原因：{0}", en="The cause, as people confirmed it: {0}"),
    "newest": Text(zh="最新一版诊断的首位：{0}", en="First in the newest diagnosis: {0}"),
    "without": Text(zh="假如没有来源 {0}", en="As if there were no source {0}"),
    "with": Text(zh="假如图里有关系 {0}", en="As if the graph had the relation {0}"),
    "known": Text(
        zh="从第 {0} 分钟起一直知道：它在首位，结论至少是较可能",
        en="Known from minute {0} on: it stood first and was told as at least likely",
    ),
    "top": Text(
        zh="第 {0} 分钟排到过首位，但没有站住", en="It stood first in minute {0}, not for good"
    ),
    "never": Text(zh="从来没有排到首位", en="It never stood first"),
    "wide": Text(zh="每步 {0} 分钟", en="Steps of {0} minutes"),
    "head": Text(
        zh="分钟  时刻   告警  把握  首位，结论", en="min  time   alerts   p   first, status"
    ),
    "settling": Text(zh="仍在变化", en="still changing"),
    "external": Text(zh="图外原因", en="an external cause"),
    "no_fault": Text(zh="没有故障", en="no fault"),
}


def replay_lines(found: Replay, lang: Lang, zone: tzinfo) -> Iterator[str]:
    """Yield what was asked and when it was known, then a line a minute in the zone's clock."""
    aims = ("、" if lang == "zh" else ", ").join(_named(aim, lang) for aim in found.aims)
    yield _say("confirmed" if found.confirmed else "newest", lang, aims)
    if found.without_source is not None:
        yield _say("without", lang, found.without_source)
    for relation in found.with_relations:
        yield _say("with", lang, relation)
    yield _known(found, lang)
    if found.step_s > 60:
        yield _say("wide", lang, found.step_s // 60)
    yield ""
    yield _say("head", lang)
    for minute in found.minutes:
        yield _line(minute, lang, zone)


def _known(found: Replay, lang: Lang) -> str:
    if found.known_from is not None:
        return _say("known", lang, found.known_from)
    if found.first_on_top is not None:
        return _say("top", lang, found.first_on_top)
    return _say("never", lang)


def _line(minute: ReplayedMinute, lang: Lang, zone: tzinfo) -> str:
    status = _of(_STATUS[minute.status], lang)
    if minute.settling:
        status += ("，" if lang == "zh" else ", ") + _say("settling", lang)
    clock = minute.at.astimezone(zone).strftime("%H:%M")
    figures = f"{minute.minute:>4}  {clock}  {minute.alerts:>5}  {percent(minute.posterior):>4}"
    return f"{figures}  {_of(minute.name, lang)}  {status}"


def _named(aim: str, lang: Lang) -> str:
    return _say(aim, lang) if aim in ("external", "no_fault") else aim.partition(":")[2] or aim


def _say(key: str, lang: Lang, *values: object) -> str:
    return _of(_WORDS[key], lang).format(*values)


def _of(text: Text, lang: Lang) -> str:
    return text.zh if lang == "zh" else text.en
