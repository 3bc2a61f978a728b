"""A diagnosis as text for a terminal, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from api.reports.words import OUTCOMES, RULES, SECTIONS
from api.schemas.incidents import IncidentDetail
from graph.model.base import Text
from graph.model.diagnosis import (
    Diagnosis,
    DiagnosisStatus,
    HypothesisKind,
    HypothesisResult,
    NextCheck,
)
from graph.model.knowledge import CaseOutcome, SopSectionName
from reasoning.answer.naming import standing_name

Lang = Literal["zh", "en"]
_CAUSES: Final = 5
_WEIGHTS: Final = 4
_LIKELIER_THAN_NOT: Final = 0.5
# Where every step stands at `<1%` none is hit, and nothing is said of steps.
_HIT_FROM: Final = 0.01

_STATUS: Final = {
    DiagnosisStatus.CONCLUSIVE: Text(zh="结论明确", en="conclusive"),
    DiagnosisStatus.LIKELY: Text(zh="较可能", en="likely"),
    DiagnosisStatus.INCONCLUSIVE: Text(zh="证据不足", en="inconclusive"),
    DiagnosisStatus.HEALTHY: Text(zh="未发现故障", en="no fault found"),
}
_WORDS: Final[dict[str, Text]] = {
    "first": Text(zh="排在首位：{0}，把握 {1}", en="First: {0}, posterior {1}"),
    "settling": Text(zh="仍在变化", en="still changing"),
    "alerts": Text(zh="已计入 {0} 条告警，第 {1} 版", en="{0} alerts included, revision {1}"),
    "causes": Text(zh="可能原因（把握 / 平时概率）", en="Causes (posterior / prior)"),
    "for": Text(zh="支持", en="for"),
    "against": Text(zh="反对", en="against"),
    "unobserved": Text(zh="没看到 {0} 项，例如：{1}", en="{0} not observed, for example: {1}"),
    "impact": Text(zh="受影响的流程步骤：{0}", en="Flow steps hit: {0}"),
    "people": Text(zh="{0} 人（{1}），{2} 个区域", en="{0} people ({1}), {2} regions"),
    "known": Text(zh="已知", en="known"),
    "estimated": Text(zh="估计", en="estimated"),
    "urgency": Text(zh="紧急程度：{0}", en="Urgency: {0}"),
    "sops": Text(zh="SOP 步骤", en="SOP steps"),
    "sole": Text(zh="仅来源 {0} 支持这个结论", en="This verdict rests on source {0} alone"),
    "entered": Text(
        zh="其中 {0} 靠人工填写（{1} 条，{2}），没有这些是 {3}",
        en="{0} of it rests on what people entered by hand ({1}, by {2}); without it {3}",
    ),
    "entered_no": Text(
        zh="不靠人工填写（{0} 条，{1}），没有这些是 {2}",
        en="None of it rests on what people entered by hand ({0}, by {1}); without it {2}",
    ),
    "ruled_out": Text(zh="已排除", en="Ruled out"),
    "steps": Text(zh="先做什么（故障库）：{0}", en="First steps (fault library): {0}"),
    "checks": Text(zh="下一步检查", en="Next checks"),
    "yes": Text(zh="是", en="yes"),
    "no": Text(zh="否", en="no"),
    "tells": Text(
        zh="分清是它的哪一种故障；无论回答如何，把握都是 {0}",
        en="tells which of its faults it is; whatever the answer, confidence stays at {0}",
    ),
    "leads": Text(zh="{0}：把握变为 {1}", en="{0}: confidence becomes {1}"),
    "minutes": Text(zh="约 {0:g} 分钟", en="about {0:g} min"),
    "cases": Text(zh="相似案例", en="Similar cases"),
}


def report(detail: IncidentDetail, diagnosis: Diagnosis, lang: Lang) -> Iterator[str]:
    """Yield the lines of the report: verdict, causes, impact, urgency, SOP steps, checks."""
    yield from _verdict(detail, diagnosis, lang)
    yield from _causes(detail, diagnosis, lang)
    yield from _ruled_out(diagnosis, lang)
    yield from _impact(detail, diagnosis, lang)
    yield from _urgency(diagnosis, lang)
    yield from _sops(detail, lang)
    yield from _checks(detail, diagnosis, lang)
    yield from _cases(detail, diagnosis, lang)


def percent(probability: float) -> str:
    """Write a probability as people read it; nothing is certain.

    >>> percent(0.824), percent(0.0004), percent(0.999)
    ('82%', '<1%', '>99%')
    """
    if probability < 0.01:
        return "<1%"
    return ">99%" if probability > 0.99 else f"{min(99, int(probability * 100 + 0.5))}%"


def _say(key: str, lang: Lang, *values: object) -> str:
    return _of(_WORDS[key], lang).format(*values)


def _of(text: Text, lang: Lang) -> str:
    return text.zh if lang == "zh" else text.en


def _prior(probability: float) -> str:
    return "<0.1%" if probability < 0.001 else f"{probability:.1%}"


def _verdict(detail: IncidentDetail, diagnosis: Diagnosis, lang: Lang) -> Iterator[str]:
    top = diagnosis.hypotheses[0]
    status = _of(_STATUS[diagnosis.status], lang)
    if diagnosis.settling:
        status += "；" if lang == "zh" else "; "
        status += _say("settling", lang)
    yield f"{diagnosis.urgency.level.value}  {_of(detail.title, lang)}  [{diagnosis.incident_id}]"
    told = diagnosis.sentence
    said = (
        _of(told, lang)
        if told
        else _say("first", lang, _of(top.name, lang), percent(top.posterior))
    )
    yield said
    yield f"({status})" if lang == "en" else f"（{status}）"
    yield _say("alerts", lang, diagnosis.as_of.alerts_included, diagnosis.revision)
    for source in diagnosis.sole_sources:
        yield _say("sole", lang, source)
    if (hand := diagnosis.entered) is not None:
        by = ("、" if lang == "zh" else ", ").join(hand.by) or "-"
        part = (percent(hand.share),) if hand.matters else ()
        rest = hand.items, by, percent(hand.posterior_without)
        yield _say("entered" if hand.matters else "entered_no", lang, *part, *rest)
    if top.first_steps is not None:
        yield _say("steps", lang, _of(top.first_steps, lang))


def _ruled_out(diagnosis: Diagnosis, lang: Lang) -> Iterator[str]:
    """Name what was ruled out, with the fact or the person that did it."""
    names = {h.component_id: h.name for h in diagnosis.hypotheses}
    found = [r for r in diagnosis.ruled_out if isinstance(r, dict)]
    if found:
        yield ""
        yield _say("ruled_out", lang)
    for entry in found:
        told = Text.model_validate(entry["text"])
        name = names.get(str(entry["component_id"])) if entry["by"] == "evidence" else None
        apart = "：" if lang == "zh" else ": "
        yield f"  {_of(name, lang)}{apart}{_of(told, lang)}" if name else f"  {_of(told, lang)}"


def _causes(detail: IncidentDetail, diagnosis: Diagnosis, lang: Lang) -> Iterator[str]:
    yield ""
    yield _say("causes", lang)
    shown = list(diagnosis.hypotheses[:_CAUSES])
    shown += [h for h in diagnosis.hypotheses[_CAUSES:] if h.kind is not HypothesisKind.COMPONENT]
    for cause in shown:
        odds = f"{percent(cause.posterior):>4} / {_prior(cause.prior)}"
        name = standing_name(cause, detail.component_names.get(cause.component_id or ""))
        yield f"  {cause.rank:>2}  {odds}  {_of(name, lang)}"
    yield from _evidence(shown[0], diagnosis, lang)


def _evidence(cause: HypothesisResult, diagnosis: Diagnosis, lang: Lang) -> Iterator[str]:
    for key, weights in (("for", cause.evidence_for), ("against", cause.evidence_against)):
        for item in weights[:_WEIGHTS]:
            sign = f"{item.log10_bayes_factor:+.1f}".replace("-", "−")
            yield f"      {_say(key, lang)} {sign}  {_of(item.text, lang)}"
    if diagnosis.unobserved:
        first = _of(diagnosis.unobserved[0].text, lang)
        yield "      " + _say("unobserved", lang, len(diagnosis.unobserved), first)


def _impact(detail: IncidentDetail, diagnosis: Diagnosis, lang: Lang) -> Iterator[str]:
    if detail.flow is None:
        return
    impacts = {(i.flow_id, i.step_id): i for i in diagnosis.impact}
    told = [impacts.get((step.flow_id, step.step_id)) for step in detail.flow.steps]
    if not any(i is not None and i.probability_degraded >= _HIT_FROM for i in told):
        return
    yield ""
    yield _say("impact", lang, _of(detail.flow.name, lang))
    for step in detail.flow.steps:
        impact = impacts.get((step.flow_id, step.step_id))
        if impact is None:
            continue
        basis = _say(impact.basis, lang)
        people = _say("people", lang, f"{impact.users:,}", basis, len(impact.regions))
        yield f"  {percent(impact.probability_degraded):>4}  {_of(step.name, lang)}  {people}"


def _urgency(diagnosis: Diagnosis, lang: Lang) -> Iterator[str]:
    yield ""
    yield _say("urgency", lang, diagnosis.urgency.level.value)
    for rule in diagnosis.urgency.rules_fired:
        name = f"{_of(RULES[rule.rule], lang)}{'：' if lang == 'zh' else ': '}"
        yield f"  {name}{_of(rule.why, lang)}"


def _sops(detail: IncidentDetail, lang: Lang) -> Iterator[str]:
    if not detail.sop_passages:
        return
    yield ""
    yield _say("sops", lang)
    for passage in detail.sop_passages:
        section = _of(SECTIONS[SopSectionName(passage.section)], lang)
        yield f"  {_of(passage.title, lang)}  [{passage.sop_id} {section}]"
        for step in passage.steps:
            yield f"    {step.number}. {_of(step.text, lang)}"


def _checks(detail: IncidentDetail, diagnosis: Diagnosis, lang: Lang) -> Iterator[str]:
    if not diagnosis.next_checks:
        return
    yield ""
    yield _say("checks", lang)
    for check in diagnosis.next_checks[:3]:
        minutes = _say("minutes", lang, check.minutes)
        span = f"（{minutes}）" if lang == "zh" else f"  ({minutes})"
        name = detail.component_names.get(check.check_id.partition("@")[2])
        named = name is not None and name.zh not in check.text.zh
        apart = "：" if lang == "zh" else ": "
        place = f"{_of(name, lang)}{apart}" if name is not None and named else ""
        yield f"  {place}{_of(check.text, lang)}{span}"
        yield from _answers(check, lang)
        if check.command:
            yield f"    $ {check.command}"


def _answers(check: NextCheck, lang: Lang) -> Iterator[str]:
    """Say where yes and no lead, and what the library says that they mean.

    An answer that leaves the cause as likely as it is tells its faults apart, and says so.
    """
    after = {percent(a.posterior) for a in check.answers if a.probability is not None}
    same = len(after) == 1 and check.answers[0].posterior >= _LIKELIER_THAN_NOT
    if same:
        yield f"    {_say('tells', lang, *after)}"
    for answer in check.answers:
        if answer.probability is None:
            continue
        word = _say("yes" if answer.result == "positive" else "no", lang)
        apart, colon = ("；", "：") if lang == "zh" else ("; ", ": ")
        if same:
            yield from [f"    {word}{colon}{_of(answer.means, lang)}"] if answer.means else []
            continue
        means = f"{apart}{_of(answer.means, lang)}" if answer.means else ""
        yield f"    {_say('leads', lang, word, percent(answer.posterior))}{means}"


def _cases(detail: IncidentDetail, diagnosis: Diagnosis, lang: Lang) -> Iterator[str]:
    titles = {case.case_id: case.title for case in detail.cases}
    if not titles:
        return
    yield ""
    yield _say("cases", lang)
    for similar in diagnosis.similar_cases:
        if similar.case_id in titles:
            minutes = _say("minutes", lang, similar.minutes_to_repair)
            title, fix = _of(titles[similar.case_id], lang), _of(similar.fix, lang)
            outcome = _of(OUTCOMES[CaseOutcome(similar.outcome)], lang)
            apart = "，" if lang == "zh" else ", "
            yield f"  {title}  {outcome}{apart}{minutes}  {fix}"
