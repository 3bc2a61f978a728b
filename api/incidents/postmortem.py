"""The draft of a postmortem: Markdown from the ledger, the same bytes for the same record.

Nothing is judged here and nothing invented; what nobody recorded is a question that is left.
Texts from outside are escaped, so that they stay plain text in whatever renders the draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from api.incidents.postmortem_words import WORDS
from api.incidents.views import BROKEN_FROM
from api.moving.redaction import redacted
from api.schemas.by_hand import ActionTakenView, actions_of
from api.schemas.feedback import FeedbackState, FeedbackView, Outcome, feedback_of
from api.schemas.incidents import TimelineView
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis, EvidenceWeight
from graph.model.incident import Incident
from graph.model.pack import DomainPack
from graph.model.remediation import Remediation
from graph.words import visible
from reasoning.answer.naming import standing_name
from reasoning.answer.words import percent

Lang = Literal["zh", "en"]
_CAUSES: Final = 5
_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#!|<>~$&]|^[-+])")


@dataclass(frozen=True)
class Record:
    """All that a draft is made of; `remediations` oldest first."""

    pack: DomainPack
    incident: Incident
    timeline: TimelineView
    diagnosis: Diagnosis | None
    remediations: tuple[Remediation, ...]


def draft(record: Record, lang: Lang) -> str:
    """Write the draft in one language; it ends with a newline."""
    return "\n".join(_Draft(record, lang).lines()) + "\n"


def plain(text: str) -> str:
    r"""Make outside text safe in Markdown: credentials masked, marks escaped, one line.

    >>> plain("a <b>[x](y)\n# z")
    'a \\<b\\>\\[x\\]\\(y\\) \\# z'
    """
    masked = redacted(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    return _MARKS.sub(r"\\\1", visible(masked)).replace("://", ":\\//")


@dataclass(frozen=True)
class _Draft:
    record: Record
    lang: Lang

    def lines(self) -> Iterator[str]:
        """Yield the lines, part by part."""
        incident = self.record.incident
        yield f"# {self._word('title')}{self._colon}{self._text(incident.title)}"
        yield ""
        yield f"- {self._word('id')}{self._colon}`{incident.id}`"
        yield f"- {self._word('urgency')}{self._colon}{incident.urgency or '—'}"
        yield f"- {self._word('state')}{self._colon}{self._word(f'state.{incident.state.value}')}"
        yield f"- {self._word('owner')}{self._colon}{plain(incident.owner or '—')}"
        parts = ("course", "cause", "impact", "done", "open", "evidence", "questions")
        for part in parts:
            yield ""
            yield f"## {self._word(part)}"
            yield ""
            found = list(getattr(self, f"_{part}")())
            yield from found or [self._word("none")]

    def _course(self) -> Iterator[str]:
        for stage in self.record.timeline.waits:
            who = f"{self._comma}{plain(stage.who)}" if stage.who else ""
            waited = ""
            if stage.wait_s is not None:
                waited = self._comma + self._word("waited", n=f"{stage.wait_s:.0f}")
            yield f"- {self._at(stage.at)} {self._word(f'stage.{stage.stage}')}{who}{waited}"
        for change in self.record.timeline.changes:
            told = f"{self._word('change')}{self._colon}{self._text(change.name)}"
            yield f"- {self._at(change.at)} {told}"

    def _cause(self) -> Iterator[str]:
        told = feedback_of(self.record.timeline.items)
        for view in told.items:
            sure = told.state is FeedbackState.CONFIRMED
            key = "confirmed" if sure else "provisional"
            said = f"{self._outcome(view)}{self._comma}{plain(view.by)}"
            yield f"- {self._word(key)}{self._colon}{said}"
            if view.note:
                yield f"  - {plain(view.note)}"
        diagnosis = self.record.diagnosis
        names = {c.id: c.name for c in self.record.pack.components}
        for cause in diagnosis.hypotheses[:_CAUSES] if diagnosis else ():
            name = standing_name(cause, names.get(cause.component_id or ""))
            odds = self._word("odds", p=percent(cause.posterior), q=f"{cause.prior:.1%}")
            yield f"- {self._text(name)}{self._comma}{odds}"

    def _impact(self) -> Iterator[str]:
        names = {(f.id, s.id): s.name for f in self.record.pack.flows for s in f.steps}
        diagnosis = self.record.diagnosis
        hits = diagnosis.impact if diagnosis else ()
        worst_first = sorted(hits, key=lambda hit: -hit.probability_degraded)
        for hit in (one for one in worst_first if one.probability_degraded >= BROKEN_FROM):
            name = names.get((hit.flow_id, hit.step_id), Text(zh=hit.step_id, en=hit.step_id))
            told = self._word(
                "people",
                p=percent(hit.probability_degraded),
                n=f"{hit.users:,}",
                basis=self._word(hit.basis),
            )
            yield f"- {self._text(name)}{self._comma}{told}"

    def _done(self) -> Iterator[str]:
        for one in self.record.remediations:
            status = self._word(f"status.{one.status.value}")
            name, who = self._text(one.plan.name), plain(one.requester)
            yield f"- {self._at(one.requested_at)} {name}{self._comma}{who}{self._colon}{status}"
            agreed = [plain(a.user) for a in one.approvals if a.decision.value == "approve"]
            if agreed:
                yield f"  - {self._word('agreed')}{self._colon}{self._list.join(agreed)}"
            if one.verified is not None:
                yield f"  - {self._at(one.verified.at)} {self._text(one.verified.text)}"
            if one.resolution:
                yield f"  - {plain(one.resolution)}"
        for act in actions_of(self.record.timeline.items):
            told = f"{self._word('by_hand')}{self._colon}{plain(act.what)}"
            place, who = self._text(act.name), plain(act.by)
            told = f"{self._at(act.at)} {told}{self._comma}{place}{self._comma}{who}"
            yield f"- {told}{self._comma}{self._afterwards(act)}"

    def _afterwards(self, act: ActionTakenView) -> str:
        """Say that an entry was taken back, or who vouched for it, or that nobody did."""
        if act.withdrawn_by is not None:
            return self._word("withdrawn", name=plain(act.withdrawn_by))
        if act.verified_by is not None:
            return self._word("verified", name=plain(act.verified_by))
        return self._word("unverified")

    def _open(self) -> Iterator[str]:
        from reasoning.remediation.course import is_measure, keeper_of

        for one in self.record.remediations:
            if is_measure(one):
                kept = self._word("keeper", name=plain(keeper_of(one)))
                yield f"- {self._text(one.plan.name)}{self._comma}{kept}"

    def _evidence(self) -> Iterator[str]:
        diagnosis = self.record.diagnosis
        if diagnosis is None:
            return
        top = diagnosis.hypotheses[0]
        for key, items in (("for", top.evidence_for), ("against", top.evidence_against)):
            yield from (f"- {self._word(key)} {self._weighed(item)}" for item in items)
        for unseen in diagnosis.unobserved:
            reason = self._text(unseen.reason)
            yield f"- {self._word('unseen')} {self._text(unseen.text)}{self._comma}{reason}"

    def _questions(self) -> Iterator[str]:
        told = feedback_of(self.record.timeline.items)
        if told.state is not FeedbackState.CONFIRMED:
            yield f"- {self._word('question.cause')}"
        if self.record.diagnosis is not None and self.record.diagnosis.unobserved:
            yield f"- {self._word('question.unseen')}"
        if any(one.status.value == "unknown" for one in self.record.remediations):
            yield f"- {self._word('question.unknown')}"
        yield f"- {self._word('question.prevent')}"

    def _weighed(self, item: EvidenceWeight) -> str:
        weight = f"{item.log10_bayes_factor:+.1f}".replace("-", "−")
        return f"{weight} {self._text(item.text)} `{item.evidence_id.replace('`', '')}`"

    def _outcome(self, view: FeedbackView) -> str:
        names = {c.id: c.name for c in self.record.pack.components}
        shown = [
            self._text(names[c.component_id]) if c.component_id in names else plain(c.component_id)
            for c in view.causes
        ]
        if view.cause is Outcome.MODELLED:
            return self._list.join(shown)
        return self._word(f"outcome.{view.cause.value}")

    def _word(self, key: str, **fields: str) -> str:
        return WORDS[key][0 if self.lang == "zh" else 1].format(**fields)

    def _text(self, text: Text) -> str:
        return plain(text.zh if self.lang == "zh" else text.en)

    def _at(self, at: datetime) -> str:
        zone = ZoneInfo(self.record.pack.calendar.timezone)
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    @property
    def _colon(self) -> str:
        return "：" if self.lang == "zh" else ": "

    @property
    def _comma(self) -> str:
        return "，" if self.lang == "zh" else ", "

    @property
    def _list(self) -> str:
        return "、" if self.lang == "zh" else ", "
