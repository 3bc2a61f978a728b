"""What must hold across the files of a pack; every breach names FILE:LINE: key."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from graph.model.library import FaultLibrary
from graph.model.pack import ANY_RULE, AbsentRule
from graph.model.topology import (
    ACYCLIC_TYPES,
    CalendarWindow,
    Component,
    RegionProfile,
    RelationType,
)
from ingest.expansion import Expansion
from ingest.library_files import library_id, refuse_repeats
from ingest.pack_files import CalendarShape, CaseShape
from ingest.sops import ReadSop
from ingest.yaml_source import Loc, SourceFile

_BOOLEANS: Final = ("affects_exam", "affects_credits", "standby")
_TEXTS: Final = ("region", "carrier", "system", "tier")
_SHARES_TOLERANCE: Final = 1e-6


def check_topology(topology: Expansion, kinds: Collection[str]) -> None:
    """Refuse an unknown kind, a wrong attribute, an alias that is an id, or a forbidden cycle."""
    members = Counter(
        target for _, verb, target in topology.relations if verb == RelationType.PART_OF
    )
    for local_id, component in topology.components.items():
        at = topology.places[local_id]
        if component.kind not in kinds:
            place = (*at[:-1], "kind")
            raise topology.source.fault(place, f"unknown kind {component.kind!r}; see kinds.yaml")
        _check_attributes(component, members[local_id], topology, at)
        _check_aliases(local_id, component, topology, at)
    for verb in sorted(ACYCLIC_TYPES):
        _refuse_cycle(verb, topology)


def _check_attributes(component: Component, members: int, topology: Expansion, at: Loc) -> None:
    def refuse(name: str, what: str) -> None:
        value = component.attributes[name]
        raise topology.source.fault((*at[:-1], "attributes", name), f"{what}, is {value!r}")

    for name, value in component.attributes.items():
        if name in _BOOLEANS and not isinstance(value, bool):
            refuse(name, "must be true or false")
        if name in _TEXTS and not isinstance(value, str):
            refuse(name, "must be text")
        if name == "min_healthy" and not _within(value, members):
            refuse(name, f"must be a whole number in 1..{members} (what is PART_OF it)")


def _within(value: object, members: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= members


def _check_aliases(local_id: str, component: Component, topology: Expansion, at: Loc) -> None:
    for alias in component.aliases:
        name = alias.casefold().removeprefix(f"{topology.pack_id}:")
        if name in topology.components and name != local_id:
            what = f"alias {alias!r} of {local_id!r} is the id of another component"
            raise topology.source.fault((*at[:-1], "aliases"), what)


def _refuse_cycle(verb: RelationType, topology: Expansion) -> None:
    targets = defaultdict[str, list[str]](list)
    for source, kind, target in sorted(topology.relations):
        if kind == verb:
            targets[source].append(target)
    cycle = find_cycle(targets)
    if cycle:
        at = topology.places[cycle[0], verb.value, cycle[1]]
        what = f"cycle of {verb}: {' -> '.join(cycle)}; remove one of these relations"
        raise topology.source.fault(at, what)


def find_cycle(targets: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Find one directed cycle, first node repeated at the end; empty if there is none.

    Iterative, so that a long chain cannot exhaust the stack.

    >>> find_cycle({"a": ["b"], "b": ["c"], "c": ["b"]})
    ('b', 'c', 'b')
    """
    done = set[str]()
    for start in targets:
        path, on_path = [start], {start}
        branches = [iter(targets[start])] if start not in done else []
        while branches:
            step = next(branches[-1], None)
            if step is None:
                branches.pop()
                done.add(path[-1])
                on_path.discard(path.pop())
            elif step in on_path:
                return (*path[path.index(step) :], step)
            elif step not in done:
                path.append(step)
                on_path.add(step)
                branches.append(iter(targets.get(step, ())))
    return ()


def check_calendar(calendar: CalendarShape, source: SourceFile) -> None:
    """Refuse an unknown timezone, a repeated id, half a span, or a span that ends too early."""
    try:
        ZoneInfo(calendar.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        what = f"unknown timezone {calendar.timezone!r}; take an IANA name like Asia/Shanghai"
        raise source.fault(("calendar", "timezone"), what) from None
    seen = set[str]()
    for index, window in enumerate(calendar.windows):
        at = ("calendar", "windows", index)
        if window.id in seen:
            raise source.fault((*at, "id"), f"duplicate id {window.id!r}")
        seen.add(window.id)
        _check_window(window, source, at)


def _check_window(window: CalendarWindow, source: SourceFile, at: Loc) -> None:
    if (window.first_day is None) != (window.last_day is None):
        raise source.fault((*at, "first_day"), "first_day and last_day come together")
    if (window.from_time is None) != (window.to_time is None):
        raise source.fault((*at, "from_time"), "from_time and to_time come together")
    if window.first_day and window.last_day and window.last_day < window.first_day:
        raise source.fault((*at, "last_day"), "lies before first_day")
    if window.from_time and window.to_time and window.to_time <= window.from_time:
        what = "must come after from_time; split a window that spans midnight"
        raise source.fault((*at, "to_time"), what)


def check_regions(
    regions: tuple[RegionProfile, ...], topology: Expansion, source: SourceFile
) -> None:
    """Refuse a repeated region, one that no component carries, or tiers that do not sum to 1."""
    refuse_repeats((item.region for item in regions), source, "regions", field="region")
    carried = {item.attributes.get("region") for item in topology.components.values()}
    for index, profile in enumerate(regions):
        at = ("regions", index)
        if profile.region not in carried:
            what = f"no component has the attribute region: {profile.region}"
            raise source.fault((*at, "region"), what)
        total = math.fsum(profile.tier_shares.values())
        if profile.tier_shares and abs(total - 1) > _SHARES_TOLERANCE:
            raise source.fault((*at, "tier_shares"), f"must sum to 1, sum to {total:g}")


def check_absent_rules(
    rules: tuple[AbsentRule, ...], library: FaultLibrary, topology: Expansion, source: SourceFile
) -> None:
    """Refuse an absent rule that names a rule, kind or component that does not exist."""
    known: dict[str, Collection[str]] = {
        "alertname": {ANY_RULE, *(item.alertname for item in library.alert_types)},
        "kinds": {kind.id for kind in library.kinds},
        "components": topology.components.keys(),
    }
    for index, rule in enumerate(rules):
        named = {"alertname": (rule.alertname,), "kinds": rule.kinds, "components": rule.components}
        for field, names in named.items():
            _refuse_unknown(names, known[field], source, ("settings", "absent_rules", index, field))


def check_sops(sops: tuple[ReadSop, ...], library: FaultLibrary, topology: Expansion) -> None:
    """Refuse an SOP that applies to a kind, mode, alert or component that does not exist."""
    modes = {mode.id for mode in library.modes}
    alerts = {item.alertname for item in library.alert_types}
    kinds = {kind.id for kind in library.kinds}
    components = {component.id for component in topology.components.values()}
    for read in sops:
        for key, names, known in (
            ("kinds", read.sop.kinds, kinds),
            ("fault_modes", read.sop.fault_mode_ids, modes),
            ("alerts", read.sop.alertnames, alerts),
            ("components", read.sop.component_ids, components),
        ):
            _refuse_unknown(names, known, read.source, ("applies_to", key))


def _refuse_unknown(
    names: Iterable[str], known: Collection[str], source: SourceFile, at: Loc
) -> None:
    for name in names:
        if name not in known:
            local = name.partition(":")[2] or name
            raise source.fault(at, f"unknown {local!r}; define it or correct the name")


def check_cases(
    cases: tuple[CaseShape, ...],
    library: FaultLibrary,
    topology: Expansion,
    *,
    sop_ids: Collection[str],
) -> None:
    """Refuse a repeated case or one that names what does not exist; `topology` names its file."""
    source = topology.source
    refuse_repeats((case.id for case in cases), source, "cases", field="id")
    modes = {mode.id: mode.kind for mode in library.modes}
    alerts = {item.alertname for item in library.alert_types}
    for index, case in enumerate(cases):
        at = ("cases", index)
        topology.matching(case.component_id, (*at, "component_id"))
        mode = library_id(case.fault_mode_id)
        _refuse_unknown([mode], modes, source, (*at, "fault_mode_id"))
        kind = topology.components[case.component_id].kind
        if modes[mode] != kind:
            what = f"{case.fault_mode_id!r} is no fault of {case.component_id!r} ({kind})"
            raise source.fault((*at, "fault_mode_id"), what)
        _refuse_unknown(case.alertnames, alerts, source, (*at, "alertnames"))
        full = [topology.full(name) for name in case.sop_ids]
        _refuse_unknown(full, sop_ids, source, (*at, "sop_ids"))
