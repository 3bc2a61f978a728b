"""Reports from people -> alerts: the same road as any monitoring, with rates of their own.

A report speaks through an alert type of the library that only speaks (`PeopleReport*` for a call or
two, `PeopleReports*` from `SEVERAL` people on), so that nobody's silence counts. It names one
component: the client group of a region and a carrier, or the region. Where the library has one, the
type is that of the facet that the step is about: the exam, the lesson, else the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from graph.errors import Detail, InputError
from graph.model.access import Principal
from graph.model.library import AlertType
from graph.model.pack import DomainPack
from graph.model.people import PEOPLE, PeopleReport
from graph.model.signals import Alert, AlertStatus
from graph.model.topology import Component, FlowStep
from ingest.context import PackContext

SEVERAL: Final = 3
_ONE: Final = "PeopleReport"
_MANY: Final = "PeopleReports"


def report_alert(
    contexts: Mapping[str, PackContext],
    principal: Principal,
    report: PeopleReport,
    *,
    received_at: datetime,
) -> Alert:
    """Write a report as an alert on the one component that it speaks of.

    Raises: InputError naming the field: a step or place that nobody knows, more than one place, or
        a library without a type for it.
    """
    pack, step = _step(contexts, report.flow_step)
    place = _place(pack, principal, report)
    rule = _rule(pack, place, step, several=report.count >= SEVERAL)
    return Alert(
        source=PEOPLE,
        fingerprint=f"{rule.alertname}-{step.id}-{place.id}",
        status=AlertStatus.FIRING,
        alertname=rule.alertname,
        labels={
            "alertname": rule.alertname,
            "component": place.id,
            "count": str(report.count),
            "flow_step": step.id,
            "severity": "warning",
            "site_tier": report.site_tier or "",
            "taken_by": principal.name,
        },
        starts_at=min(report.at or received_at, received_at),
        received_at=received_at,
    )


def _step(contexts: Mapping[str, PackContext], name: str) -> tuple[DomainPack, FlowStep]:
    for context in contexts.values():
        for flow in context.pack.flows:
            for step in flow.steps:
                if name in (step.id, step.id.partition(":")[2]):
                    return context.pack, step
    raise _wrong(
        "/flow_step", f"no flow has a step {name!r}; take the id of a step of the pack's flows"
    )


def _place(pack: DomainPack, principal: Principal, report: PeopleReport) -> Component:
    kind = "region" if report.carrier is None else "client_group"
    found = [
        c
        for c in pack.components
        if c.kind == kind
        and c.attributes.get("region") == report.region
        and (report.carrier is None or c.attributes.get("carrier") == report.carrier)
        and principal.may_see(site=c.site, visibility=c.visibility)
    ]
    if len(found) != 1:
        where = f"region {report.region!r}" + (
            f", carrier {report.carrier!r}" * bool(report.carrier)
        )
        raise _wrong("/region", f"{where} names {len(found)} components; name exactly one place")
    return found[0]


def _rule(pack: DomainPack, place: Component, step: FlowStep, *, several: bool) -> AlertType:
    start = _MANY if several else _ONE
    types = [
        t
        for t in pack.library.alert_types
        if t.speaks_only and place.kind in t.kinds and t.alertname.startswith(start)
        and t.alertname.startswith(_MANY) is several
    ]  # fmt: skip
    for facet in (_facet(step), None):
        rule = next((t for t in types if t.facet == facet), None)
        if rule is not None:
            return rule
    what = f"the library has no {start}* type of {_facet(step)!r} on {place.kind!r}; add one"
    raise _wrong("/flow_step", what)


def _facet(step: FlowStep) -> str:
    if step.affects_exam:
        return "exam"
    return "playback" if step.affects_study else "page"


def _wrong(pointer: str, detail: str) -> InputError:
    return InputError(f"{pointer}: {detail}; nothing was stored", [Detail(pointer, detail)])
