"""The four-line report for those who call: hit, known and unknown, being done, next news at.

From a template over stored facts alone (operations.md 11). A recovery time is told only as the
range of at least two similar cases, never as a promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from api.incidents.views import BROKEN_FROM, worst_step
from api.schemas.handover import Briefing
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis, HypothesisKind, Impact
from graph.model.incident import Incident, Urgency
from graph.model.pack import DomainPack
from graph.model.remediation import Remediation, RemediationStatus
from graph.words import spaced
from reasoning.answer.naming import standing_name
from reasoning.answer.words import percent

# How long callers wait for the next news, by urgency: a quarter of an hour while exams suffer.
NEWS_EVERY_MIN: Final = {Urgency.P0: 15, Urgency.P1: 30, Urgency.P2: 60, Urgency.P3: 120}
_FEWEST_CASES: Final = 2

_UNDER_WAY: Final[dict[RemediationStatus, Text]] = {
    RemediationStatus.REQUESTED: Text(zh="已申请，等待同意", en="requested, waiting for agreement"),
    RemediationStatus.APPROVED: Text(zh="已获同意，即将执行", en="agreed, about to run"),
    RemediationStatus.RUNNING: Text(zh="正在执行", en="running"),
    RemediationStatus.VERIFIED: Text(zh="已执行，验证通过", en="done and verified"),
    RemediationStatus.ROLLED_BACK: Text(zh="没有变好，已撤销", en="not better, undone"),
    RemediationStatus.HELD: Text(zh="没有变好，由人决定", en="not better, a person decides"),
    RemediationStatus.ESCALATED: Text(zh="已升级", en="escalated"),
    RemediationStatus.UNKNOWN: Text(zh="结果不明，正在核实", en="outcome unknown, being checked"),
}


def brief(
    pack: DomainPack,
    incident: Incident,
    diagnosis: Diagnosis | None,
    remediations: Sequence[Remediation],
    *,
    now: datetime,
) -> Briefing:
    """Tell the four lines; `remediations` newest first."""
    level = diagnosis.urgency.level if diagnosis else Urgency.P0
    due = now + timedelta(minutes=NEWS_EVERY_MIN[level])
    clock = due.astimezone(ZoneInfo(pack.calendar.timezone)).strftime("%H:%M")
    return Briefing(
        hit=_hit(pack, diagnosis),
        known=_known(pack, diagnosis),
        doing=_doing(incident, remediations),
        next_news=_next_news(diagnosis, clock),
        next_news_at=due,
    )


def _hit(pack: DomainPack, diagnosis: Diagnosis | None) -> Text:
    worst = worst_step(diagnosis) if diagnosis else None
    if worst is None or worst.probability_degraded < BROKEN_FROM:
        return Text(
            zh="受影响：目前没有确认受影响的业务步骤。",
            en="Affected: no business step is known to be affected so far.",
        )
    step = _step_name(pack, worst)
    regions = {p.region: p.name for p in pack.regions}
    names = [regions.get(r, Text(zh=r, en=r)) for r in worst.regions]
    basis = ("已知", "known") if worst.basis == "known" else ("估计", "estimated")
    least = ("至少 ", "at least ") if diagnosis and diagnosis.settling else ("约 ", "about ")
    people = f"{worst.users:,}"
    place_zh = f"，{'、'.join(n.zh for n in names)}" if names else ""
    place_en = f", {', '.join(n.en for n in names)}" if names else ""
    return Text(
        zh=f"受影响：{step.zh}{place_zh}，{least[0]}{people} 人（{basis[0]}）。",
        en=f"Affected: {step.en}{place_en}, {least[1]}{people} people ({basis[1]}).",
    )


def _step_name(pack: DomainPack, impact: Impact) -> Text:
    return next(
        step.name
        for flow in pack.flows
        for step in flow.steps
        if (flow.id, step.id) == (impact.flow_id, impact.step_id)
    )


def _known(pack: DomainPack, diagnosis: Diagnosis | None) -> Text:
    if diagnosis is None:
        return Text(zh="原因：正在诊断。", en="Cause: being diagnosed.")
    top = diagnosis.hypotheses[0]
    place = next((c.name for c in pack.components if c.id == top.component_id), None)
    name, sure = standing_name(top, place), percent(top.posterior)
    if diagnosis.settling:
        return Text(
            zh=spaced("原因：还不能定论，目前最可能是", name.zh, f"，把握 {sure}。"),
            en=f"Cause: not settled yet; most probably {name.en}, {sure} sure, so far.",
        )
    if top.kind is HypothesisKind.HEALTHY:
        return Text(zh="原因：未发现故障。", en="Cause: no fault found.")
    unseen = _unseen(diagnosis)
    return Text(
        zh=spaced("原因：最可能是", name.zh, f"，把握 {sure}{unseen.zh}"),
        en=f"Cause: most probably {name.en}, {sure} sure{unseen.en}",
    )


def _unseen(diagnosis: Diagnosis) -> Text:
    """Say how much could not be seen; silence of lost monitoring is no health."""
    count = len(diagnosis.unobserved)
    if not count:
        return Text(zh="。", en=".")
    return Text(zh=f"；还有 {count} 处看不到。", en=f"; {count} places cannot be seen.")


def _doing(incident: Incident, remediations: Sequence[Remediation]) -> Text:
    owner = Text(
        zh=f"{incident.owner} 在处理" if incident.owner else "还没有人认领",
        en=f"{incident.owner} is on it" if incident.owner else "nobody owns it yet",
    )
    under_way = next((r for r in remediations if r.status in _UNDER_WAY), None)
    if under_way is None:
        return Text(zh=f"正在做：{owner.zh}。", en=f"Being done: {owner.en}.")
    name, state = under_way.plan.name, _UNDER_WAY[under_way.status]
    return Text(
        zh=f"正在做：{owner.zh}；「{name.zh}」{state.zh}。",
        en=f"Being done: {owner.en}; {name.en}: {state.en}.",
    )


def _next_news(diagnosis: Diagnosis | None, clock: str) -> Text:
    took = sorted(c.minutes_to_repair for c in diagnosis.similar_cases) if diagnosis else []
    if len(took) < _FEWEST_CASES:
        return Text(zh=f"下次通报：{clock}。", en=f"Next news: {clock}.")
    low, high, count = round(took[0]), round(took[-1]), len(took)
    return Text(
        zh=f"下次通报：{clock}。类似的 {count} 次用了 {low}–{high} 分钟恢复。",
        en=f"Next news: {clock}. {count} similar cases took {low}–{high} minutes to repair.",
    )
