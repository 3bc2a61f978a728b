"""Words of a diagnosis, in both languages: names, evidence, reasons, titles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from graph.model.base import Text
from graph.model.library import AlertType, Check, FaultMode
from graph.model.observation import CONFIRM, Observation, Result
from graph.model.signals import ChangeKind
from graph.model.topology import Component
from graph.words import spaced
from reasoning.network.evidence import Quiet

# Number, letters and what stands in brackets at the end of a component's name.
_TAIL: Final = re.compile(r"(?:[（(][^）)]*[）)]|[\s\d]|(?<=\s)[A-Za-z]+-?\d+)+$")
# What ends in a letter, and more than one number after it.
_COUNTED: Final = re.compile(r"(.*?[A-Za-z]) (\d+[–,].*)")
# So many rules of a silence are named.
_NAMED: Final = 3
EXTERNAL_NAME = Text(zh="图外原因", en="External cause")
CROWD_NAME = Text(zh="大型直播人流高峰", en="Crowd of the live event")
CALM_EDGE = Text(zh="其余用户端都没有告警", en="All other client groups are quiet")
HEALTHY_NAME = Text(zh="未发现故障", en="No fault found")

_QUIET = {
    Quiet.TOO_EARLY: Text(zh="时间还不够，规则来不及响", en="too early for the rule to have fired"),
    Quiet.MONITORING_LOST: Text(
        zh="监控失联，不代表正常", en="monitoring lost, which is not healthy"
    ),
    Quiet.NEVER_HEARD: Text(zh="从未收到心跳", en="no heartbeat was ever received"),
    Quiet.STANDBY: Text(zh="备用站点，安静不算正常", en="standby site, whose silence is no health"),
    Quiet.MAINTENANCE: Text(zh="在维护窗口内", en="inside a maintenance window"),
    Quiet.NO_RULE: Text(zh="这里没有配这条规则", en="this rule is not loaded here"),
}
_CHANGES = {
    ChangeKind.DEPLOY: Text(zh="发布", en="deployment"),
    ChangeKind.CONFIG: Text(zh="下发配置", en="configuration change"),
    ChangeKind.SCALE: Text(zh="扩缩容", en="scaling"),
    ChangeKind.SWITCH: Text(zh="切换", en="switch-over"),
    ChangeKind.MAINTENANCE: Text(zh="维护", en="maintenance"),
    ChangeKind.OTHER: Text(zh="变更", en="change"),
}


_ANSWERS = {
    Result.POSITIVE: Text(zh="是", en="Yes"),
    Result.NEGATIVE: Text(zh="否", en="No"),
    Result.UNKNOWN: Text(zh="看不了", en="Could not look"),
}


def percent(probability: float) -> str:
    """Write a probability for people: whole, `<1%`, `>99%`, never 0% or 100%.

    >>> percent(0.823), percent(0.001), percent(0.9999)
    ('82%', '<1%', '>99%')
    """
    if probability < 0.01:
        return "<1%"
    if probability > 0.99:
        return ">99%"
    return f"{min(99, int(probability * 100 + 0.5))}%"


def cause_name(component: Component, mode: FaultMode) -> Text:
    """Name a cause: the component, then what broke in it; a word of both is said once."""
    zh, en = component.name.zh, component.name.en
    apart = ": " if _jars(en, mode.name.en) else " "
    return Text(
        zh=spaced(zh, _beyond(zh, mode.name.zh)),
        en=f"{en}{apart}{inside(_rest(en, mode.name.en))}",
    )


def _beyond(name: str, fault: str) -> str:
    """Leave out of a fault's Chinese name what the component's ends with, or begins with.

    >>> _beyond("播放缓存", "缓存宕机"), _beyond("区域 2 县级边缘节点 3", "边缘节点宕机")
    ('宕机', '宕机')
    >>> _beyond("统一身份节点 1", "统一身份宕机"), _beyond("学分数据库（主）", "数据盘写满")
    ('宕机', '数据盘写满')
    """
    bare = _TAIL.sub("", name)
    for size in range(len(fault) - 1, 1, -1):
        word = fault[:size]
        if bare.endswith(word) or (name.startswith(word) and (size > 3 or fault[size] == " ")):
            return fault[size:].strip()
    return fault


def _rest(name: str, fault: str) -> str:
    """Leave out of a fault's English name the words that the component's ends or begins with.

    >>> _rest("Playback cache", "Cache down"), _rest("Identity node 1", "Identity down")
    ('down', 'down')
    >>> _rest("Exam database (primary)", "Database disk full")
    'disk full'
    """
    said = [w.lower() for w in _TAIL.sub("", name).split()]
    while said and any(c.isdigit() for c in said[-1]):
        said.pop()
    words = fault.split()
    for size in range(len(words) - 1, 0, -1):
        first = [w.lower() for w in words[:size]]
        if said[-size:] == first or said[:size] == first:
            return " ".join(words[size:])
    return fault


def _jars(name: str, fault: str) -> bool:
    """Tell whether name and fault have to be kept apart: a comma, or a word said twice."""
    said = {w.lower()[:5] for w in name.replace(",", " ").split() if len(w) > 3}
    rest = {w.lower()[:5] for w in _rest(name, fault).split() if len(w) > 3}
    return "," in name or bool(said & rest)


def inside(name: str) -> str:
    """Begin a name small inside a sentence; an abbreviation keeps its capitals.

    >>> inside("Node down"), inside("CPU overload")
    ('node down', 'CPU overload')
    """
    abbreviated = name[:2].isupper()
    return name if abbreviated else name[:1].lower() + name[1:]


def alert_text(component: Component, alert_type: AlertType | None, alertname: str) -> Text:
    """Say that an alert is active; an unknown alertname stands as it came, shortened."""
    shown = alertname if len(alertname) <= 80 else alertname[:79] + "…"
    name = alert_type.name if alert_type else Text(zh=shown, en=shown)
    return Text(zh=f"{component.name.zh}：{name.zh}", en=f"{component.name.en}: {name.en}")


def silence_text(component: Component, rules: Sequence[Text] = ()) -> Text:
    """Say that a component, or only these rules of it, stayed silent although they could speak.

    Of many rules the first three are named.
    """
    zh, en = spaced(component.name.zh, "该响未响"), f"{component.name.en} stayed silent"
    if not rules:
        return Text(zh=zh, en=en)
    named = Text(
        zh="、".join(r.zh for r in rules[:_NAMED]), en=", ".join(r.en for r in rules[:_NAMED])
    )
    if len(rules) > _NAMED:
        more = len(rules) - _NAMED
        named = Text(zh=spaced(named.zh, f"等 {len(rules)} 条"), en=f"{named.en} and {more} more")
    return Text(zh=f"{zh}（{named.zh}）", en=f"{en} ({named.en})")


def change_text(component: Component, kind: ChangeKind, clock: str) -> Text:
    """Say that a change touched a component; `clock` is HH:MM in the pack's timezone."""
    name = _CHANGES[kind]
    return Text(
        zh=spaced(clock, component.name.zh, name.zh),
        en=f"{clock} {name.en} on {component.name.en}",
    )


def check_text(check: Check, component: Component) -> Text:
    """Ask what a check asks of this component."""
    return Text(
        zh=check.text.zh.replace("{component}", component.name.zh),
        en=check.text.en.replace("{component}", component.name.en),
    )


def observed_text(
    component: Component, check: Check | None, observation: Observation, clock: str
) -> Text:
    """Say what somebody saw or judged, who and when; `clock` as in `change_text`."""
    by = f"{observation.by}，{clock}", f"{observation.by}, {clock}"
    if check is None:
        confirmed = observation.check == CONFIRM
        zh = spaced("人工确认" if confirmed else "人工排除", component.name.zh)
        en = f"{component.name.en} {'confirmed' if confirmed else 'ruled out'} by hand"
        return Text(zh=f"{zh}（{by[0]}）", en=f"{en} ({by[1]})")
    asked = check_text(check, component)
    said = _ANSWERS[observation.result]
    zh = f"{component.name.zh}：{spaced(asked.zh, said.zh)}（{by[0]}）"
    return Text(zh=zh, en=f"{component.name.en}: {asked.en} {said.en} ({by[1]})")


def ruled_out_text(fact: Text, times: int) -> Text:
    """Name the fact that rules a cause out, and how many times less likely it makes it."""
    return Text(
        zh=f"{fact.zh}（仅此一条就使它的可能性降到约 1/{times}）",
        en=f"{fact.en} (this alone makes it about {times} times less likely)",
    )


def expired_text(clock: str) -> Text:
    """Say that an answer's time has passed; `clock` as in `change_text`."""
    return Text(
        zh=f"检查结果 {clock} 已过期，不再计入",
        en=f"the answer expired at {clock} and counts no more",
    )


def quiet_text(reason: Quiet) -> Text:
    """Say why a channel was not observed."""
    return _QUIET[reason]


def unseen_text(component: Component, alert_type: AlertType | None, alertname: str) -> Text:
    """Name a channel that was not observed."""
    return alert_text(component, alert_type, alertname)


def storm_title(step: Text, regions: Sequence[Text]) -> Text:
    """Name an incident by the step that suffers most, and where."""
    name = f'"{step.en}"' if " " in step.en else step.en  # "Enter the room" is no subject by itself
    if not regions:
        return Text(zh=f"{step.zh}受损", en=f"{name} degraded")
    where = listed(regions)
    return Text(zh=spaced(where.zh, f"{step.zh}受损"), en=f"{name} degraded in {where.en}")


def listed(names: Sequence[Text]) -> Text:
    """List names, at least one; those that count up stand as a range."""
    return Text(
        zh="、".join(_runs([name.zh for name in names], comma="、")),
        en=", ".join(map(_several, _runs([name.en for name in names], comma=", "))),
    )


def _several(run: str) -> str:
    """Put the word before several numbers in the plural.

    >>> _several("Region 1–3, 7"), _several("Region 7"), _several("Region 2 edge node 1, 3")
    ('Regions 1–3, 7', 'Region 7', 'Region 2 edge nodes 1, 3')
    """
    found = _COUNTED.fullmatch(run)
    return run if found is None else f"{found[1]}s {found[2]}"


def _runs(names: Sequence[str], *, comma: str) -> list[str]:
    """Write names that count up as a range, and numbers of one stem after it.

    >>> _runs(["Region 1", "Region 2", "Region 3", "Region 7", "Capital"], comma=", ")
    ['Region 1–3, 7', 'Capital']
    """
    shown: list[str] = []
    start = last = ("", 0)
    for name in names:
        stem, number = _numbered(name)
        follows = bool(shown) and number > 0 and stem.endswith(" ") and stem == last[0]
        if follows and number == last[1] + 1:
            first = shown[-1].removesuffix(f"–{last[1]}") if start != last else shown[-1]
            shown[-1] = f"{first}–{number}"
        elif follows:
            shown[-1] += f"{comma}{number}"
            start = (stem, number)
        else:
            shown.append(name)
            start = (stem, number)
        last = (stem, number)
    return shown


def _numbered(name: str) -> tuple[str, int]:
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    return stem, int(digits) if digits else 0
