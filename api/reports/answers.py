"""An answer as text for a terminal, in the language that it is written in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import JsonValue

from api.incidents.answers import DIAGNOSIS
from api.reports.words import SECTIONS
from graph.model.access import Role
from graph.model.base import Text
from graph.model.knowledge import SopSectionName

_WORDS: Final[dict[str, Text]] = {
    "refused": Text(zh="没有匹配的 SOP。", en="No SOP fits."),
    "nearest": Text(zh="最接近的是：", en="Nearest:"),
    "empty": Text(
        zh="还没有载入任何领域包，没有 SOP 可答。请先执行 make run，或 etiograph load PACK。",
        en="No pack is loaded, so there is no SOP to quote. Run `make run` or `etiograph load PACK`"
        " first.",
    ),
    "agree": Text(zh="须{roles}同意：受控处置「{name}」", en="Must agree: {roles} (gated: {name})"),
    "agree.many": Text(
        zh="须{roles} {n} 人同意：受控处置「{name}」",
        en="Must agree, {n} people: {roles} (gated: {name})",
    ),
    "agree.uncovered": Text(
        zh="须{roles} {n} 人同意：会改动生产，目录里没有对应的处置",
        en="Must agree, {n} people: {roles} (changes production; no action stands for it)",
    ),
    "call": Text(zh="现在找谁：", en="Whom to call now:"),
    "owner": Text(zh="负责人", en="owner"),
    "on_call": Text(zh="值班", en="on call"),
    "vendor": Text(zh="厂商", en="vendor"),
    "carrier": Text(zh="运营商", en="carrier"),
    "model": Text(
        zh="语言模型 {model} 挑选了步骤，都是 SOP 原文；发出前去掉了 {n} 处。",
        en="The language model {model} chose the steps, all the SOP's own text; taken out before "
        "sending: {n}.",
    ),
    "model.failed": Text(
        zh="语言模型 {model} 没有帮上：{why}。下面按检索直接引用。",
        en="The language model {model} did not help: {why}. The steps are quoted as found.",
    ),
    "diagnosis": Text(zh="诊断第 {n} 版", en="diagnosis, revision {n}"),
    "more": Text(zh="；选定目标后可能还要更多人", en="; the target may demand more people"),
}


def answer_lines(found: dict[str, JsonValue], *, loaded: bool) -> Iterator[str]:
    """Yield the lines of an answer/v1: its steps, each with its places and who must agree.

    Args:
        loaded: whether any pack is loaded; without one there is nothing to refuse from.
    """
    english = found["lang"] == "en"
    yield from _model(found, english=english)
    if found["refused"]:
        yield _say("refused" if loaded else "empty", english=english)
        yield from _nearest(found, english=english)
        yield from _calls(found, english=english)
    for number, step in enumerate(_objects(found["steps"]), 1):
        yield f"{number}. {step['text']}"
        places = (_place(cited, english=english) for cited in _objects(step["citations"]))
        for place in dict.fromkeys(places):  # a folded step is quoted in pieces of one place
            yield f"   [{place}]"
        for gated in _objects(step.get("gated", [])):
            yield f"   {_demand(gated, english=english)}"


def _model(found: dict[str, JsonValue], *, english: bool) -> Iterator[str]:
    """Say which language model chose the steps, or why it did not; nothing where none is set."""
    llm = found.get("llm")
    if not isinstance(llm, dict):
        return
    name, why = str(llm["model"]), llm.get("fallback")
    if isinstance(why, dict):
        yield _say(
            "model.failed", english=english, model=name, why=_pick(why["text"], english=english)
        )
    else:
        yield _say("model", english=english, model=name, n=str(llm["redactions"]))


def _nearest(found: dict[str, JsonValue], *, english: bool) -> Iterator[str]:
    nearest = _objects(found["nearest"])
    if nearest:
        yield _say("nearest", english=english)
    for near in nearest:
        yield f"  {_pick(near['title'], english=english)}  [{near['doc_id']}]"


def _calls(found: dict[str, JsonValue], *, english: bool) -> Iterator[str]:
    calls = _objects(found.get("call", []))
    if calls:
        yield _say("call", english=english)
    for one in calls:
        role = _say(str(one["role"]), english=english)
        name, colon = _pick(one["name"], english=english), ": " if english else "："
        yield f"  {name}{', ' if english else '，'}{role}{colon}{one['who']}"


def _place(cited: dict[str, JsonValue], *, english: bool) -> str:
    if cited["section"] == DIAGNOSIS:
        return _say("diagnosis", english=english, n=str(cited["step"]))
    section = SECTIONS[SopSectionName(str(cited["section"]))]
    return f"{cited['doc_id']} {section.en if english else section.zh} {cited['step']}"


def _demand(gated: dict[str, JsonValue], *, english: bool) -> str:
    """Say who must agree before a folded command is run."""
    from reasoning.remediation.refusals import roles_named

    wanted = gated["required_roles"]
    roles = [Role(str(role)) for role in (wanted if isinstance(wanted, list) else [])]
    named = roles_named(roles)
    uncovered = gated["action_id"] is None
    said = _say(
        "agree.uncovered" if uncovered else "agree" if len(roles) == 1 else "agree.many",
        english=english,
        roles=named.en if english else named.zh,
        n=str(len(roles)),
        name=_pick(gated["name"], english=english),
    )
    return said if gated["proposed"] or uncovered else said + _say("more", english=english)


def _say(key: str, *, english: bool, **fields: str) -> str:
    text = _WORDS[key]
    return (text.en if english else text.zh).format(**fields)


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    found = value if isinstance(value, list) else []
    return [item for item in found if isinstance(item, dict)]


def _pick(value: JsonValue, *, english: bool) -> str:
    return str(value["en" if english else "zh"]) if isinstance(value, dict) else str(value)
