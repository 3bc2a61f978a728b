"""What people entered, with the words of each question, and what else can be entered."""

from __future__ import annotations

from api.incidents.observing import checks_of
from api.schemas.feedback import feedback_of
from api.schemas.observations import CheckView, ObservationsPage, ObservationView
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.incident import Incident
from graph.model.library import Check
from graph.model.observation import CONFIRM, RULE_OUT, Observation, standing
from graph.model.pack import DomainPack
from graph.model.topology import Component
from graph.ports import Store
from reasoning.answer.words import check_text

_VERDICTS = {
    RULE_OUT: Text(zh="人工排除", en="Ruled out by hand"),
    CONFIRM: Text(zh="人工确认", en="Confirmed by hand"),
}


def view_observations(store: Store, principal: Principal, incident: Incident) -> ObservationsPage:
    """Show every entry, those taken back too, and the checks of each listed cause."""
    pack = store.pack(incident.pack_id)
    components = {
        c.id: c for c in pack.components if principal.may_see(site=c.site, visibility=c.visibility)
    }
    entered = store.observations_of(incident.id)
    diagnosis = store.diagnosis(incident.id)
    answers = standing(entered)
    over = {o.evidence_id for o in answers if diagnosis and o.is_over(diagnosis.as_of.now)}
    holding = {o.evidence_id for o in answers} - over
    suspects = [h.component_id for h in diagnosis.hypotheses] if diagnosis else []
    return ObservationsPage(
        items=tuple(
            _entry(
                pack,
                components[o.component_id],
                o,
                holds=o.evidence_id in holding,
                expired=o.evidence_id in over,
            )
            for o in entered
            if o.component_id in components
        ),
        checks={
            c: tuple(_check(check, components[c]) for check in checks_of(pack, components[c]))
            for c in suspects
            if c is not None and c in components
        },
        feedback=feedback_of(store.ledger(incident.id)),
    )


def _entry(
    pack: DomainPack, component: Component, entry: Observation, *, holds: bool, expired: bool
) -> ObservationView:
    check = next((c for c in pack.library.checks if c.id == entry.check), None)
    plain = Text(zh=entry.check, en=entry.check)
    asked = check_text(check, component) if check else _VERDICTS.get(entry.check, plain)
    return ObservationView(
        **entry.model_dump(),
        text=asked,
        component_name=component.name,
        holds=holds,
        expired=expired,
    )


def _check(check: Check, component: Component) -> CheckView:
    local = component.id.partition(":")[2] or component.id
    return CheckView(
        check_id=f"{check.id}@{component.id}",
        text=check_text(check, component),
        minutes=check.minutes,
        command=check.command.replace("{component}", local) if check.command else None,
    )
