"""Incidents as screens need them: the record, its newest diagnosis, and names for every id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from api.incidents.life import etag_of
from api.incidents.waits import waits_of
from api.packs.told_cases import told_cases
from api.schemas.catalogue import ActionWords
from api.schemas.incidents import (
    CaseView,
    FlowView,
    IncidentDetail,
    IncidentView,
    Mark,
    SopPassage,
    SopStepView,
    StepView,
    TimelineView,
    TopCause,
)
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis, Impact, SopMatch
from graph.model.document import VersionStatus
from graph.model.incident import Incident
from graph.model.knowledge import Sop, SopSectionName
from graph.model.pack import DomainPack, may_see_case
from graph.model.remediation import Remediation
from graph.model.signals import AlertStatus
from graph.model.topology import BusinessFlow
from graph.ports import Store
from reasoning.answer.naming import standing_name

# A step counts as broken from even odds on; below, the board says that none is.
BROKEN_FROM = 0.5
_IN_FORCE = frozenset({VersionStatus.PUBLISHED})


def view_incident(store: Store, incident: Incident, now: datetime) -> IncidentView:
    """Show one incident as a row of the duty board."""
    pack = store.pack(incident.pack_id)
    return IncidentView.model_validate(_row(store, pack, incident, now))


def detail_incident(
    store: Store, principal: Principal, incident: Incident, *, now: datetime
) -> IncidentDetail:
    """Show one incident with a name for every id of its newest diagnosis."""
    pack = store.pack(incident.pack_id)
    row = _row(store, pack, incident, now) | {"ledger_length": len(store.ledger(incident.id))}
    diagnosis = store.diagnosis(incident.id)
    if diagnosis is None:
        row |= {"components_total": len(pack.components)}
        return IncidentDetail.model_validate(row)
    components = {c.id: c for c in pack.components}
    named = [components[i] for i in sorted(_component_ids(diagnosis)) if i in components]
    flows = _flows(pack, diagnosis)
    return IncidentDetail.model_validate(
        row
        | {
            "flow": _worst_flow(flows),
            "flows": flows,
            "component_names": {c.id: c.name for c in named},
            "component_kinds": {c.id: c.kind for c in named},
            "region_names": _region_names(pack, diagnosis),
            "sop_passages": tuple(_passages(store, pack, principal, diagnosis)),
            "cases": _cases(store, pack, principal, diagnosis),
            "action_words": action_words(pack, diagnosis),
            "components_total": len(components),
        }
    )


def view_timeline(store: Store, principal: Principal, incident: Incident) -> TimelineView:
    """Show the ledger, the onsets of firing alerts and the changes, each in order of time."""
    alerts = store.alerts_of(incident.id)
    onsets = sorted(r.alert.starts_at for r in alerts if r.alert.status is AlertStatus.FIRING)
    changes = tuple(
        Mark(
            at=record.change.at,
            name=_plain(record.change.summary or record.change.kind),
            ids=record.component_ids,
        )
        for record in store.changes_of(incident.id)
        if record.retracted_at is None
    )
    ledger = store.ledger(incident.id)
    page = store.remediations(principal, incident_id=incident.id, limit=200)
    acts = [item for item in page.items if isinstance(item, Remediation)]
    tops = store.revision_tops(incident.id)
    return TimelineView(
        items=ledger,
        alert_onsets=tuple(onsets),
        changes=changes,
        tops=tops,
        waits=waits_of(incident, onsets, tops, ledger, acts),
    )


def worst_step(diagnosis: Diagnosis) -> Impact | None:
    """Find the most affected step; ties by flow and step id."""
    return min(
        diagnosis.impact,
        key=lambda i: (-i.probability_degraded, i.flow_id, i.step_id),
        default=None,
    )


def _row(store: Store, pack: DomainPack, incident: Incident, now: datetime) -> dict[str, object]:
    diagnosis = store.diagnosis(incident.id)
    clock = diagnosis.as_of.now if diagnosis else incident.last_alert_at
    until = clock if incident.replay_only else now
    row: dict[str, object] = {
        **incident.model_dump(),
        "etag": etag_of(incident),
        "timezone": pack.calendar.timezone,
        "age_s": max(0.0, (until - incident.began_at).total_seconds()),
    }
    if diagnosis is None:
        return row | {"alerts": _firing(store, incident.id)}
    return row | _diagnosed(pack, diagnosis)


def _diagnosed(pack: DomainPack, diagnosis: Diagnosis) -> dict[str, object]:
    top, worst = diagnosis.hypotheses[0], worst_step(diagnosis)
    place = next((c.name for c in pack.components if c.id == top.component_id), None)
    broken = worst if worst and worst.probability_degraded >= BROKEN_FROM else None
    return {
        "alerts": diagnosis.as_of.alerts_included + diagnosis.as_of.alerts_pending,
        "status": diagnosis.status,
        "settling": diagnosis.settling,
        "top": TopCause(
            kind=top.kind,
            component_id=top.component_id,
            fault_mode_id=top.fault_mode_id,
            name=standing_name(top, place),
            posterior=top.posterior,
            prior=top.prior,
        ),
        "broken_step": _step_of(pack, broken) if broken else None,
        "users": worst.users if worst else None,
        "users_basis": worst.basis if worst else None,
        "regions": worst.regions if worst else (),
    }


def _firing(store: Store, incident_id: str) -> int:
    alerts = store.alerts_of(incident_id)
    return sum(record.alert.status is AlertStatus.FIRING for record in alerts)


def _step_of(pack: DomainPack, impact: Impact) -> StepView | None:
    for flow in pack.flows:
        if flow.id == impact.flow_id:
            return next(
                (s for s in _flow_view(flow, (impact,)).steps if s.step_id == impact.step_id), None
            )
    return None


def _flow_view(flow: BusinessFlow, impacts: Iterable[Impact]) -> FlowView:
    known = {(i.flow_id, i.step_id): i.probability_degraded for i in impacts}
    steps = tuple(
        StepView(
            flow_id=flow.id,
            step_id=step.id,
            name=step.name,
            probability=known.get((flow.id, step.id)),
        )
        for step in flow.steps
    )
    return FlowView(id=flow.id, name=flow.name, steps=steps)


def _flows(pack: DomainPack, diagnosis: Diagnosis) -> tuple[FlowView, ...]:
    """Order the flows: the main one first, then the most affected; ties in the pack's order."""
    worst: dict[str, float] = {}
    for impact in diagnosis.impact:
        worst[impact.flow_id] = max(worst.get(impact.flow_id, 0.0), impact.probability_degraded)
    main = max(pack.flows, key=_weight, default=None)
    ordered = sorted(pack.flows, key=lambda flow: (flow is not main, -worst.get(flow.id, 0.0)))
    return tuple(_flow_view(flow, diagnosis.impact) for flow in ordered)


def _weight(flow: BusinessFlow) -> int:
    """Count the steps on which exam, credits or study depend; the main flow has most of them."""
    return sum(s.affects_exam or s.affects_credits or s.affects_study for s in flow.steps)


def _worst_flow(flows: tuple[FlowView, ...]) -> FlowView | None:
    """Pick the flow with the most affected step; ties to the first."""
    return max(flows, key=lambda f: max(s.probability or 0.0 for s in f.steps), default=None)


def _component_ids(diagnosis: Diagnosis) -> set[str]:
    ids = {h.component_id for h in diagnosis.hypotheses if h.component_id}
    ids |= {component_id for h in diagnosis.hypotheses for component_id in h.path}
    return ids | {u.component_id for u in diagnosis.unobserved}


def _region_names(pack: DomainPack, diagnosis: Diagnosis) -> Mapping[str, Text]:
    hit = {region for impact in diagnosis.impact for region in impact.regions}
    return {p.region: p.name for p in pack.regions if p.region in hit}


def _passages(
    store: Store, pack: DomainPack, principal: Principal, diagnosis: Diagnosis
) -> Iterable[SopPassage]:
    """Quote the matched sections; commands of gated actions stay folded (safety rule 8)."""
    from reasoning.remediation.commands import fold_text

    sops = _sops(store, pack, diagnosis.sops)
    for match in diagnosis.sops:
        sop = sops.get(match.sop_id)
        if sop is None or not principal.may_see(site=sop.site, visibility=sop.visibility):
            continue
        steps = [
            s for section in sop.sections if section.name == match.section for s in section.steps
        ]
        yield SopPassage(
            sop_id=sop.id,
            title=sop.title,
            section=match.section,
            score=match.score,
            steps=tuple(
                SopStepView(
                    number=s.number,
                    text=fold_text(s.text, pack.actions, SopSectionName(match.section)),
                )
                for s in steps
            ),
        )


def _sops(store: Store, pack: DomainPack, matches: Iterable[SopMatch]) -> dict[str, Sop]:
    """Give the SOPs of the pack, and what was published of the matched ones it did not bring."""
    sops = {sop.id: sop for sop in pack.sops}
    for sop_id in {match.sop_id for match in matches} - set(sops):
        sops |= {v.sop_id: v.sop for v in store.sop_versions(sop_id=sop_id, statuses=_IN_FORCE)}
    return sops


def _cases(
    store: Store, pack: DomainPack, principal: Principal, diagnosis: Diagnosis
) -> tuple[CaseView, ...]:
    """Name the similar cases that the principal may see, those of the pack and imported ones."""
    cases = {case.id: case for case in pack.cases}
    if any(similar.case_id not in cases for similar in diagnosis.similar_cases):
        cases |= {one.case.id: one.case for one in store.imported_cases()}
    found = (cases.get(similar.case_id) for similar in diagnosis.similar_cases)
    owners = {component.id: component for component in pack.components}
    seen = [
        case
        for case in found
        if case is not None and may_see_case(principal, case, owners.get(case.component_id))
    ]
    return tuple(
        CaseView(case_id=case.id, title=case.title, opened_at=case.opened_at)
        for case in told_cases(store, seen)
    )


def action_words(pack: DomainPack, diagnosis: Diagnosis) -> Mapping[str, ActionWords]:
    """Say of each proposed action what its request would say, by action id."""
    from reasoning.remediation.wording import wording_of

    catalogue, told = {action.id: action for action in pack.actions}, {}
    for proposed in diagnosis.proposed_actions:
        action = catalogue.get(proposed.action_id)
        if action is None:
            continue
        words = wording_of(
            pack, diagnosis, target_ids=proposed.target_ids, parameters=proposed.parameters
        )
        told[action.id] = ActionWords(
            effects=words.fill(action.effects),
            if_nothing=words.fill(action.if_nothing),
            undo_text=words.fill(action.undo_text),
        )
    return told


def _plain(text: str) -> Text:
    """Show outside text as it came, the same in both languages."""
    return Text(zh=text, en=text)
