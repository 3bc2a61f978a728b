"""Go through an incident again: what would have been said each minute. Nothing is stored.

Evidence counts at a minute by when it was received. Two things are not known any more: which alerts
stood in another incident before they were merged or adopted (they count from their receipt), and
when a heartbeat fell silent and came back (until its last beat it counts as heard).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from graph.errors import Detail, InputError
from graph.model.diagnosis import Diagnosis, DiagnosisStatus, RevisionTop
from graph.model.incident import Incident
from graph.model.pack import DomainPack
from graph.model.replay import Replay, ReplayedMinute
from graph.model.topology import Relation, RelationType
from graph.ports import Store
from reasoning.answer.naming import standing_name
from reasoning.calibration.judging import name_of
from reasoning.diagnose import Analyst
from reasoning.network.confirmed import OutcomeLog
from reasoning.network.evidence import Evidence
from reasoning.network.gather import gather_evidence

MINUTE_S: Final = 60
# More minutes than this are taken in wider steps: an incident may last for days.
MOST_STEPS: Final = 180
# What a relation that nothing in the pack resembles is given (assumed).
STRENGTH: Final = 0.7
_TELLS: Final = frozenset(
    {DiagnosisStatus.CONCLUSIVE, DiagnosisStatus.LIKELY, DiagnosisStatus.HEALTHY}
)


@dataclass(frozen=True)
class Question:
    """What is asked: without one source, with relations that the pack lacks; and what it was."""

    aims: tuple[str, ...]
    confirmed: bool
    without_source: str | None = None
    with_relations: tuple[Relation, ...] = ()


def replay(
    store: Store,
    analyst: Analyst,
    incident: Incident,
    question: Question,
    *,
    computed_at: datetime,
    before_each: Callable[[], object] = lambda: None,
) -> Replay:
    """Diagnose an incident at each minute from its first receipt to its last.

    `analyst` is of the pack `with_relations`. Equal evidence gives an equal replay.
    `before_each` is called before each minute: it may hold on, or raise to end the replay.

    Raises: InputError for a source that sent nothing, or without which nothing is left.
    """
    log = OutcomeLog()
    known = _read(store, incident, None, log)
    whole = _without(known, question.without_source)
    instants, step_s = _instants(whole)
    minutes: list[ReplayedMinute] = []
    earlier: list[RevisionTop] = []
    for at in instants:
        before_each()
        seen = _read(store, incident, at, log)
        evidence = _as_of(_without(seen, question.without_source), at)
        diagnosis = analyst.diagnose(evidence, earlier, computed_at=computed_at)
        earlier.append(_top(diagnosis))
        minutes.append(_minute(diagnosis, analyst.pack, question.aims, start=instants[0]))
    return Replay(
        incident_id=incident.id,
        without_source=question.without_source,
        with_relations=tuple(f"{r.source}:{r.type}:{r.target}" for r in question.with_relations),
        step_s=step_s,
        aims=question.aims,
        confirmed=question.confirmed,
        first_on_top=next((m.minute for m in minutes if _is_aim(m, question.aims)), None),
        known_from=_known_from(minutes, question.aims),
        minutes=tuple(minutes),
        sources=_sources(known),
    )


def _read(store: Store, incident: Incident, at: datetime | None, log: OutcomeLog) -> Evidence:
    return store.read(lambda reader: gather_evidence(reader, incident, at=at, log=log))


def with_relations(pack: DomainPack, added: Sequence[Relation]) -> DomainPack:
    """Add relations to a pack, in the order of packs; one that is there already is replaced."""
    new = {(r.source, r.type, r.target): r for r in added}
    kept = [r for r in pack.relations if (r.source, r.type, r.target) not in new]
    ordered = sorted([*kept, *new.values()], key=lambda r: (r.source, r.type, r.target))
    return pack.model_copy(update={"relations": tuple(ordered)})


def like_others(pack: DomainPack, source: str, kind: RelationType, target: str) -> Relation:
    """Make a relation as strong as the middle one of its kind between such components.

    Where the pack has none between these kinds, as the middle one of its type; else `STRENGTH`.
    """
    kinds = {c.id: c.kind for c in pack.components}
    ends = (kinds.get(source), kinds.get(target))
    typed = [r for r in pack.relations if r.type is kind]
    alike = [r for r in typed if (kinds.get(r.source), kinds.get(r.target)) == ends] or typed
    strengths = sorted(r.strength for r in alike)
    middle = strengths[len(strengths) // 2] if strengths else STRENGTH
    return Relation(source=source, type=kind, target=target, strength=middle)


def _without(evidence: Evidence, source: str | None) -> Evidence:
    """Leave out all that a source sent, as if it had never been there."""
    if source is None:
        return evidence
    told = _sources(evidence)
    if source not in told:
        raise _refused(
            f"source {source!r} sent nothing about this incident; name one of: {', '.join(told)}",
            zh=f"来源「{source}」没有上报过这个事件，请从这些来源里选：{'、'.join(told)}。",
        )
    alerts = tuple(r for r in evidence.alerts if r.alert.source != source)
    if not alerts:
        raise _refused(
            f"without source {source!r} no alert of this incident is left; name another",
            zh=f"去掉来源「{source}」，这个事件就没有告警了，请换一个来源。",
        )
    return replace(
        evidence,
        alerts=alerts,
        changes=tuple(r for r in evidence.changes if r.change.source != source),
        heartbeats=tuple(b for b in evidence.heartbeats if b.source != source),
        revision=evidence.revision - len(evidence.alerts) + len(alerts),
    )


def _sources(evidence: Evidence) -> tuple[str, ...]:
    changes = {record.change.source for record in evidence.changes}
    return tuple(sorted(changes | {record.alert.source for record in evidence.alerts}))


def _refused(detail: str, *, zh: str) -> InputError:
    fault = Detail("/query/without_source", detail)
    return InputError(detail, [fault]).told(zh=zh, code="without_source")


def _as_of(evidence: Evidence, at: datetime) -> Evidence:
    """Keep what had been received by an instant; the incident began with what was known then."""
    alerts = tuple(r for r in evidence.alerts if r.alert.received_at <= at)
    changes = tuple(r for r in evidence.changes if r.change.received_at <= at)
    return replace(
        evidence,
        began_at=min(r.alert.starts_at for r in alerts),
        now=at,
        revision=len(alerts) + len(changes) + len(evidence.observations),
        alerts=alerts,
        changes=changes,
        heartbeats=tuple(
            beat.model_copy(update={"last_at": min(beat.last_at, at)})
            for beat in evidence.heartbeats
            if beat.first_at <= at
        ),
    )


def _instants(evidence: Evidence) -> tuple[list[datetime], int]:
    """List instants from the first receipt to the last, a minute apart or as wide as needed."""
    received = sorted(r.alert.received_at for r in evidence.alerts)
    last = max([received[-1], *(r.change.received_at for r in evidence.changes)])
    last = max([last, *(o.at for o in evidence.observations)])
    whole = -(-int((last - received[0]).total_seconds()) // MINUTE_S)
    wide = max(1, -(-whole // MOST_STEPS))
    steps = -(-whole // wide)
    step = timedelta(seconds=wide * MINUTE_S)
    return [received[0] + step * n for n in range(steps + 1)], wide * MINUTE_S


def _minute(
    diagnosis: Diagnosis, pack: DomainPack, aims: Sequence[str], *, start: datetime
) -> ReplayedMinute:
    top, at = diagnosis.hypotheses[0], diagnosis.as_of.now
    place = next((c.name for c in pack.components if c.id == top.component_id), None)
    aimed = (h.posterior for h in diagnosis.hypotheses if name_of(h.kind, h.component_id) in aims)
    return ReplayedMinute(
        minute=int((at - start).total_seconds()) // MINUTE_S,
        at=at,
        alerts=diagnosis.as_of.alerts_included,
        kind=top.kind,
        component_id=top.component_id,
        name=standing_name(top, place),
        posterior=top.posterior,
        status=diagnosis.status,
        settling=diagnosis.settling,
        aim=max(aimed, default=0.0),
    )


def _top(diagnosis: Diagnosis) -> RevisionTop:
    top = diagnosis.hypotheses[0]
    return RevisionTop(
        revision=diagnosis.revision,
        at=diagnosis.as_of.now,
        kind=top.kind,
        component_id=top.component_id,
        name=top.name,
        posterior=top.posterior,
        mode_name=top.mode_name,
        mode_posterior=top.mode_posterior,
    )


def _is_aim(minute: ReplayedMinute, aims: Sequence[str]) -> bool:
    return name_of(minute.kind, minute.component_id) in aims


def _known_from(minutes: Sequence[ReplayedMinute], aims: Sequence[str]) -> int | None:
    """Return the minute from which it stood first and was told as at least likely, to the end."""
    tail: Iterator[ReplayedMinute] = reversed(minutes)
    known: int | None = None
    for minute in tail:
        if not (_is_aim(minute, aims) and minute.status in _TELLS):
            break
        known = minute.minute
    return known
