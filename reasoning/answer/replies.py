"""Answers to questions about an incident, from its newest `diag/v1` alone, with evidence ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from graph.model.base import Text
from graph.model.diagnosis import (
    CheckAnswer,
    Diagnosis,
    DiagnosisStatus,
    EvidenceWeight,
    HypothesisKind,
    HypothesisResult,
    Impact,
    NextCheck,
)
from graph.model.incident import Incident
from graph.model.pack import DomainPack
from graph.model.why import Why
from graph.words import spaced
from reasoning import parameters
from reasoning.answer.naming import standing_name
from reasoning.answer.questions import Topic
from reasoning.answer.sentence import asked_of, sentence_of
from reasoning.answer.title import harm_of
from reasoning.answer.words import listed, percent

_ITEMS = 3
# What to do first is only said of a cause that is worth looking at first.
_TOLD = (DiagnosisStatus.CONCLUSIVE, DiagnosisStatus.LIKELY)


@dataclass(frozen=True)
class Reply:
    """One sentence of an answer, and the evidence that it rests on."""

    text: Text
    evidence_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """What is asked about: an incident, its newest diagnosis, and the pack that names things."""

    pack: DomainPack
    incident: Incident
    diagnosis: Diagnosis

    @property
    def names(self) -> Mapping[str, Text]:
        """Name every component."""
        return {component.id: component.name for component in self.pack.components}

    def clock(self, at: datetime) -> str:
        """Write an instant as HH:MM in the pack's timezone."""
        return f"{at.astimezone(ZoneInfo(self.pack.calendar.timezone)):%H:%M}"


def reply_to(subject: Subject, topic: Topic) -> tuple[Reply, ...]:
    """Answer a question about what leads, never empty; why not X is answered by `why_not`."""
    answers = {
        Topic.STATUS: _status,
        Topic.WHY: _why,
        Topic.WHY_NOT: _why,
        Topic.SINCE_WHEN: _since_when,
        Topic.NEXT: _next,
        Topic.WHO: _who,
    }
    return answers[topic](subject)


def why_not(why: Why) -> tuple[Reply, ...]:
    """Put an account of one cause into sentences: its text, then its single items that decide."""
    parts = [g for g in why.groups if g.kind != "all"]
    told = [i for group in parts[:_ITEMS] for i in group.evidence_ids[:_ITEMS]]
    found = [Reply(why.text, tuple(told))]
    for item in why.decisive[:_ITEMS]:
        found.append(Reply(_weighed(item.text, item.log10_bayes_factor), (item.evidence_id,)))
    return tuple(found)


def _status(subject: Subject) -> tuple[Reply, ...]:
    diagnosis = subject.diagnosis
    told = diagnosis.sentence or sentence_of(
        diagnosis, subject.names, harm_of(subject.pack, diagnosis)
    )
    as_of = diagnosis.as_of
    at, count = subject.clock(as_of.now), as_of.alerts_included
    basis = Text(
        zh=f"截至 {at}，已计入 {count} 条告警，第 {diagnosis.revision} 版。",
        en=f"As of {at}, {count} alerts are included; revision {diagnosis.revision}.",
    )
    return Reply(told, _ids(diagnosis.hypotheses[0])), Reply(basis)


def _why(subject: Subject) -> tuple[Reply, ...]:
    """Tell the strongest items for the top, the strongest against it, and its way to people."""
    top = subject.diagnosis.hypotheses[0]
    found = [_stands(top, subject.names)]
    found += [_item("支持", "for", item) for item in top.evidence_for[:_ITEMS]]
    found += [_item("反对", "against", item) for item in top.evidence_against[: _ITEMS - 1]]
    if len(top.path) > 1:
        names = [subject.names.get(c, Text(zh=c, en=c)) for c in top.path]
        way = Text(zh=" → ".join(n.zh for n in names), en=" → ".join(n.en for n in names))
        found.append(Reply(Text(zh=f"路径：{way.zh}。", en=f"Path: {way.en}.")))
    return tuple(found)


def _stands(top: HypothesisResult, names: Mapping[str, Text]) -> Reply:
    sure, usual = percent(top.posterior), percent(top.prior)
    name = standing_name(top, names.get(top.component_id or ""))
    if top.kind is HypothesisKind.HEALTHY:
        name = Text(zh="「未发现故障」", en='"No fault found"')
    text = Text(
        zh=spaced(name.zh, f"排在首位，把握 {sure}，平时概率 {usual}。"),
        en=f"{name.en} stands first, confidence {sure}, usually {usual}.",
    )
    return Reply(text, _ids(top))


def _item(zh: str, en: str, item: EvidenceWeight) -> Reply:
    told = _weighed(item.text, item.log10_bayes_factor)
    return Reply(
        Text(zh=f"{zh}：{told.zh}", en=f"{en.capitalize()}: {told.en}"), (item.evidence_id,)
    )


def _weighed(text: Text, factor: float) -> Text:
    sign = f"{factor:+.1f}".replace("-", "−")
    return Text(zh=f"{text.zh}（{sign}）。", en=f"{text.en} ({sign}).")


def _since_when(subject: Subject) -> tuple[Reply, ...]:
    diagnosis, began = subject.diagnosis, subject.incident.began_at
    now, top = diagnosis.as_of.now, diagnosis.hypotheses[0]
    minutes = _minutes(now - began)
    first = Text(
        zh=f"最早的告警在 {subject.clock(began)}，到 {subject.clock(now)} 已有 {minutes} 分钟。",
        en=f"The first alert began at {subject.clock(began)}; by {subject.clock(now)} that is "
        f"{minutes} minutes.",
    )
    since = subject.clock(diagnosis.stability.top_since)
    name = standing_name(top, subject.names.get(top.component_id or ""))
    found = [
        Reply(first),
        Reply(
            Text(
                zh=f"{spaced(f'首位从 {since} 起一直是', name.zh)}。",
                en=f"Since {since} the first has been {name.en}.",
            ),
            _ids(top),
        ),
    ]
    last = diagnosis.as_of.last_alert_at
    if last is not None:
        at = subject.clock(last)
        found.append(
            Reply(Text(zh=f"最后一条告警在 {at} 收到。", en=f"The last alert came at {at}."))
        )
    return tuple(found)


def _next(subject: Subject) -> tuple[Reply, ...]:
    checks = subject.diagnosis.next_checks[:_ITEMS]
    if not checks:
        return (Reply(Text(zh="没有更好的检查可做。", en="No check would tell more.")),)
    found = [Reply(_check(check, subject.names)) for check in checks]
    first = subject.diagnosis.hypotheses[0].first_steps
    if first is not None and subject.diagnosis.status in _TOLD:
        told = Text(zh=f"先做什么（故障库）：{first.zh}", en=f"First steps (library): {first.en}")
        found.append(Reply(told, _ids(subject.diagnosis.hypotheses[0])))
    return tuple(found)


def _check(check: NextCheck, names: Mapping[str, Text]) -> Text:
    """Ask a check, with its minutes and where each answer leads."""
    asked, minutes = asked_of(check, names), f"{check.minutes:g}"
    yes, no = (_leads_to(check.answers, said) for said in ("positive", "negative"))
    if yes is None or no is None:
        return Text(zh=f"{asked.zh}（约 {minutes} 分钟）", en=f"{asked.en} (about {minutes} min)")
    if yes == no and (check.answers[0].posterior >= parameters.TOGETHER_FROM):
        return Text(
            zh=f"{asked.zh}（约 {minutes} 分钟；分清是哪一种故障，无论回答如何，把握都是 {yes}）",
            en=f"{asked.en} (about {minutes} min; tells which of its faults it is, whatever the "
            f"answer its confidence stays at {yes})",
        )
    if yes == no:
        return Text(
            zh=f"{asked.zh}（约 {minutes} 分钟；无论回答如何，它的把握都是 {yes}）",
            en=f"{asked.en} (about {minutes} min; whatever the answer, its confidence stays at "
            f"{yes})",
        )
    return Text(
        zh=f"{asked.zh}（约 {minutes} 分钟；是：它的把握变为 {yes}，否：{no}，看不了：不变）",
        en=f"{asked.en} (about {minutes} min; yes: its confidence becomes {yes}, no: {no}, cannot "
        "look: unchanged)",
    )


def _leads_to(answers: Sequence[CheckAnswer], said: str) -> str | None:
    return next((percent(a.posterior) for a in answers if a.result == said), None)


def _who(subject: Subject) -> tuple[Reply, ...]:
    hit = [i for i in subject.diagnosis.impact if i.probability_degraded >= parameters.P2_ANY]
    if not hit:
        none = Text(
            zh="目前没有确认受影响的业务步骤。", en="No business step is known to be hit so far."
        )
        return (Reply(none),)
    worst = sorted(hit, key=lambda i: (-i.probability_degraded, -i.users, i.flow_id, i.step_id))
    return tuple(Reply(_harmed(subject, impact)) for impact in worst[: _ITEMS + 1])


def _harmed(subject: Subject, impact: Impact) -> Text:
    step = next(
        s.name
        for flow in subject.pack.flows
        for s in flow.steps
        if (flow.id, s.id) == (impact.flow_id, impact.step_id)
    )
    known = {r.region: r.name for r in subject.pack.regions}
    known |= {r.region.partition(":")[2] or r.region: r.name for r in subject.pack.regions}
    regions = [known.get(r, Text(zh=r, en=r)) for r in sorted(impact.regions, key=_by_number)]
    place = listed(regions) if regions else None
    basis = ("已知", "known") if impact.basis == "known" else ("估计", "estimated")
    sure, people = percent(impact.probability_degraded), f"{impact.users:,}"
    zh = f"「{step.zh}」受损概率 {sure}，{people} 人（{basis[0]}）"
    en = f"{step.en}: P(degraded) {sure}, {people} people ({basis[1]})"
    return Text(
        zh=f"{zh}，{place.zh}。" if place else f"{zh}。",
        en=f"{en}, {place.en}." if place else f"{en}.",
    )


def _by_number(region: str) -> tuple[str, int]:
    stem = region.rstrip("0123456789")
    return stem, int(region[len(stem) :] or 0)


def _ids(hypothesis: HypothesisResult) -> tuple[str, ...]:
    """Name the items that speak loudest, for and against."""
    items = (*hypothesis.evidence_for[:_ITEMS], *hypothesis.evidence_against[:1])
    return tuple(item.evidence_id for item in items)


def _minutes(span: timedelta) -> int:
    return max(0, round(span.total_seconds() / 60.0))
