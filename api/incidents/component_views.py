"""One component with all that the stores tell of it: flows, relations, incidents, knowledge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from api.incidents.graph_views import Atlas
from api.packs.told_cases import folded_cases
from api.schemas.graph import (
    CaseMention,
    ChangeMention,
    ComponentDetail,
    GroupView,
    IncidentMention,
    ModeView,
    Neighbour,
    SinglePointView,
    SopMention,
    StepRef,
)
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.incident import Incident
from graph.model.pack import may_see_case
from graph.model.signals import AlertStatus
from graph.model.topology import Component, RelationType
from graph.ports import Store

_MOST_INCIDENTS: Final = 100
_MOST_CHANGES: Final = 20
_PAGE: Final = 100
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def view_component(
    store: Store, principal: Principal, atlas: Atlas, component_id: str, *, now: datetime
) -> ComponentDetail:
    """Show a visible component; what else the principal may not see is left out."""
    component = atlas.components[component_id]
    return ComponentDetail.model_validate(
        atlas.box(component_id)
        | {
            "pack_id": atlas.pack.id,
            "timezone": atlas.pack.calendar.timezone,
            "aliases": component.aliases,
            "site": component.site,
            "attributes": component.attributes,
            "region": _region(atlas, component),
            "steps": tuple(_steps(atlas, component_id)),
            "upstream": _neighbours(atlas, component_id, causes=True),
            "downstream": _neighbours(atlas, component_id, causes=False),
            "groups": tuple(_groups(atlas, component_id)),
            "single": _single(atlas, component_id),
            "modes": _modes(atlas, component),
            "incidents": tuple(_incidents(store, principal, component_id)),
            "changes": _changes(store, atlas.pack.id, component_id, until=now),
            "sops": _sops(atlas, principal, component),
            "cases": _cases(atlas, principal, component),
        }
    )


def _region(atlas: Atlas, component: Component) -> Text | None:
    wanted = {str(component.attributes.get("region", "")), component.id} - {""}
    return next(
        (r.name for r in atlas.pack.regions if wanted & {r.region, r.region.rpartition(":")[2]}),
        None,
    )


def _steps(atlas: Atlas, component_id: str) -> Iterable[StepRef]:
    """List the steps that use the component, in the order of the pack."""
    for flow in atlas.pack.flows:
        for step in flow.steps:
            for use in step.uses:
                if use.component_id == component_id:
                    yield StepRef(
                        flow_id=flow.id,
                        flow_name=flow.name,
                        step_id=step.id,
                        step_name=step.name,
                        strength=use.strength,
                    )


def _neighbours(atlas: Atlas, component_id: str, *, causes: bool) -> tuple[Neighbour, ...]:
    """List what stands next to the component: its causes or what it harms, strongest first."""
    found = []
    for relation in atlas.pack.relations:
        cause, effect = relation.target, relation.source
        if relation.type is RelationType.PART_OF:
            cause, effect = effect, cause
        mine, other = (effect, cause) if causes else (cause, effect)
        seen = atlas.components.get(other)
        if mine == component_id and seen is not None:
            found.append(
                Neighbour(
                    id=other,
                    name=seen.name,
                    kind=seen.kind,
                    type=relation.type,
                    strength=relation.strength,
                    confidence=relation.confidence,
                    basis=relation.basis,
                    discovered_from=relation.discovered_from,
                )
            )
    return tuple(sorted(found, key=lambda n: (-n.strength * n.confidence, n.id, n.type)))


def _groups(atlas: Atlas, component_id: str) -> Iterable[GroupView]:
    """List the redundant groups that the component is, or is a member of, by id."""
    graph = atlas.walks.graph
    for group, members in sorted(graph.members.items()):
        if group in atlas.components and (group == component_id or component_id in members):
            yield GroupView(
                id=group,
                name=atlas.components[group].name,
                members=len(members),
                min_healthy=graph.min_healthy[group],
                is_member=group != component_id,
            )


def _single(atlas: Atlas, component_id: str) -> SinglePointView | None:
    points = atlas.walks.single_points.get(component_id, ())
    if not points:
        return None
    worst = points[0]
    name = next(s.name for f in atlas.pack.flows for s in f.steps if s.id == worst.step_id)
    replicas = tuple(
        relation.target
        for relation in atlas.pack.relations
        if relation.type is RelationType.REPLICATES_TO
        and relation.source == component_id
        and relation.target in atlas.components
    )
    return SinglePointView(
        flow_id=worst.flow_id,
        step_id=worst.step_id,
        step_name=name,
        probability=worst.probability,
        steps=len(points),
        replicas=replicas,
        reason=_reason(name, worst.probability, len(replicas)),
    )


def _reason(step: Text, odds: float, replicas: int) -> Text:
    share = f"{round(min(odds, 0.99) * 100)}%"
    zh = f"它单独失效就会影响「{step.zh}」，约 {share}"
    en = f"Its failure alone harms the step {step.en}, about {share}"
    if replicas:
        return Text(
            zh=f"{zh}；有副本 {replicas} 个，切换之前顶不上。",
            en=f"{en}; its {replicas} replicas help only after a switch-over.",
        )
    return Text(zh=f"{zh}；没有冗余成员能顶上。", en=f"{en}; no redundant member stands in for it.")


def _modes(atlas: Atlas, component: Component) -> tuple[ModeView, ...]:
    modes = [m for m in atlas.pack.library.modes if m.kind == component.kind]
    modes.sort(key=lambda m: (-m.base_rate, m.id))
    return tuple(ModeView(id=m.id, name=m.name, base_rate=m.base_rate) for m in modes)


def _incidents(store: Store, principal: Principal, component_id: str) -> Iterable[IncidentMention]:
    """List the incidents that mention the component, newest first.

    At most 100 visible incidents are looked through, the newest of them.
    """
    seen = _all_incidents(store, principal)
    seen.sort(key=lambda incident: incident.id)
    seen.sort(key=lambda incident: incident.began_at, reverse=True)
    for incident in seen[:_MOST_INCIDENTS]:
        mention = _mention(store, incident, component_id)
        if mention.alerts or mention.top_cause:
            yield mention


def _all_incidents(store: Store, principal: Principal) -> list[Incident]:
    found: list[Incident] = []
    cursor: str | None = None
    while True:
        page = store.incidents(principal, cursor=cursor, limit=_PAGE)
        found += [item for item in page.items if isinstance(item, Incident)]
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


def _mention(store: Store, incident: Incident, component_id: str) -> IncidentMention:
    diagnosis = store.diagnosis(incident.id)
    hypotheses = diagnosis.hypotheses if diagnosis else ()
    cause = next((h for h in hypotheses if h.component_id == component_id), None)
    alerts = sum(
        record.component_id == component_id and record.alert.status is AlertStatus.FIRING
        for record in store.alerts_of(incident.id)
    )
    return IncidentMention(
        incident_id=incident.id,
        title=incident.title,
        state=incident.state,
        urgency=incident.urgency,
        began_at=incident.began_at,
        timezone=store.pack(incident.pack_id).calendar.timezone,
        alerts=alerts,
        top_cause=cause is not None and cause.rank == 1,
        posterior=cause.posterior if cause else None,
    )


def _changes(
    store: Store, pack_id: str, component_id: str, *, until: datetime
) -> tuple[ChangeMention, ...]:
    """List at most twenty changes of the component, newest first."""
    records = [
        record
        for record in store.changes_between(pack_id, since=_EVER, until=until)
        if component_id in record.component_ids and record.retracted_at is None
    ]
    return tuple(
        ChangeMention(
            change_id=record.change.id,
            source=record.change.source,
            at=record.change.at,
            kind=record.change.kind.value,
            actor=record.change.actor,
            summary=record.change.summary,
        )
        for record in reversed(records[-_MOST_CHANGES:])
    )


def _sops(atlas: Atlas, principal: Principal, component: Component) -> tuple[SopMention, ...]:
    """List SOPs that name the component, then those of its kind, each by id."""
    modes = {mode.id for mode in atlas.pack.library.modes if mode.kind == component.kind}
    found = [
        SopMention(
            sop_id=sop.id,
            title=sop.title,
            revision=sop.revision,
            named=component.id in sop.component_ids,
        )
        for sop in atlas.pack.sops
        if principal.may_see(site=sop.site, visibility=sop.visibility)
        and (
            component.id in sop.component_ids
            or (not sop.component_ids and component.kind in sop.kinds)
            or (not sop.component_ids and not modes.isdisjoint(sop.fault_mode_ids))
        )
    ]
    return tuple(sorted(found, key=lambda sop: (not sop.named, sop.sop_id)))


def _cases(atlas: Atlas, principal: Principal, component: Component) -> tuple[CaseMention, ...]:
    """List past cases of the component, then those of its kind, each newest first."""
    owners = {c.id: c for c in atlas.pack.components}
    folded = folded_cases(atlas.pack.cases, [atlas.pack])
    told = (folded.get(case.id, case) for case in atlas.pack.cases)
    held = [(case, owners.get(case.component_id)) for case in told]
    found = [
        CaseMention(
            case_id=case.id,
            title=case.title,
            opened_at=case.opened_at,
            outcome=case.outcome,
            minutes_to_repair=case.minutes_to_repair,
            same=case.component_id == component.id,
        )
        for case, owner in held
        if owner is not None
        and owner.kind == component.kind
        and may_see_case(principal, case, owner)
    ]
    found.sort(key=lambda case: case.case_id)
    found.sort(key=lambda case: case.opened_at, reverse=True)
    return tuple(sorted(found, key=lambda case: not case.same))
