"""Pack folder -> `DomainPack`: read, expand, check, namespace; all or nothing.

Ids become `pack:slug`; sites, regions and carriers stay plain, as alert labels carry them.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from pydantic import JsonValue

from graph.model.actions import ActionTemplate, PolicyRule
from graph.model.knowledge import PastCase, Sop
from graph.model.library import FaultLibrary
from graph.model.pack import DomainPack, PackSettings
from graph.model.topology import Calendar, RegionProfile
from ingest.action_files import read_actions
from ingest.expand import expand
from ingest.expansion import Expansion
from ingest.flows import read_flows
from ingest.library_files import library_id, read_library
from ingest.pack_checks import (
    check_absent_rules,
    check_calendar,
    check_cases,
    check_regions,
    check_sops,
    check_topology,
)
from ingest.pack_files import CasesFile, CaseShape, FlowsFile, PackFile, TopologyFile
from ingest.policy_files import read_policies
from ingest.sops import ReadSop, read_sops
from ingest.yaml_source import SourceFile, read_yaml


@dataclass(frozen=True)
class _Knowledge:
    """What was read beside the topology, with the files it came from."""

    sops: tuple[ReadSop, ...]
    cases: tuple[CaseShape, ...]
    cases_source: SourceFile | None


def load_pack(folder: Path, *, library_folder: Path) -> DomainPack:
    """Read and check a whole pack; nothing is written, and equal content gives an equal value.

    Args:
        folder: holds pack.yaml, topology.yaml, flows.yaml; incidents.yaml, actions.yaml,
            policies.yaml and sops/ are optional.
        library_folder: holds kinds, alert_types, modes and checks (.yaml), and families/.

    Raises: InputError `FILE:LINE: key: what` for the first faulty place, or for all faulty places
        of a file whose shape is wrong.
    """
    header_source = read_yaml(folder / "pack.yaml")
    header = header_source.parse(PackFile)
    library = read_library(library_folder)
    topology = read_topology(folder, pack_id=header.id)
    check_topology(topology, {kind.id for kind in library.kinds})
    check_calendar(header.calendar, header_source)
    check_regions(header.regions, topology, header_source)
    check_absent_rules(header.settings.absent_rules, library, topology, header_source)
    knowledge = _read_knowledge(folder, header.id)
    sops = tuple(read.sop for read in knowledge.sops)
    check_sops(knowledge.sops, library, topology)
    if knowledge.cases_source is not None:
        known = topology.with_source(knowledge.cases_source)
        check_cases(knowledge.cases, library, known, sop_ids={sop.id for sop in sops})
    pack = _assemble(folder, header, topology, _with_sops(library, sops), knowledge)
    actions = _read_actions(folder, library, header.id)
    return pack.model_copy(
        update={"actions": actions, "policies": _read_policies(folder, library, header.id)}
    )


def read_topology(folder: Path, *, pack_id: str) -> Expansion:
    """Read and expand topology.yaml of a pack folder; not yet checked against a library."""
    source = read_yaml(folder / "topology.yaml")
    return expand(source.parse(TopologyFile), source, pack_id=pack_id)


def _read_knowledge(folder: Path, pack_id: str) -> _Knowledge:
    sops = read_sops(folder / "sops", pack_id=pack_id)
    path = folder / "incidents.yaml"
    if not path.exists():
        return _Knowledge(sops, (), None)
    source = read_yaml(path)
    return _Knowledge(sops, source.parse(CasesFile).cases, source)


def _read_actions(folder: Path, library: FaultLibrary, pack_id: str) -> tuple[ActionTemplate, ...]:
    path = folder / "actions.yaml"
    return read_actions(read_yaml(path), library, pack_id=pack_id) if path.exists() else ()


def _read_policies(folder: Path, library: FaultLibrary, pack_id: str) -> tuple[PolicyRule, ...]:
    path = folder / "policies.yaml"
    return read_policies(read_yaml(path), library, pack_id=pack_id) if path.exists() else ()


def _assemble(
    folder: Path,
    header: PackFile,
    topology: Expansion,
    library: FaultLibrary,
    knowledge: _Knowledge,
) -> DomainPack:
    flows_source = read_yaml(folder / "flows.yaml")
    return DomainPack(
        id=header.id,
        title=header.title,
        source=header.source,
        components=tuple(sorted(topology.components.values(), key=lambda item: item.id)),
        relations=tuple(
            sorted(topology.relations.values(), key=lambda r: (r.source, r.type, r.target))
        ),
        flows=read_flows(flows_source.parse(FlowsFile), flows_source, topology),
        regions=tuple(sorted(map(_in_key_order, header.regions), key=attrgetter("region"))),
        calendar=_calendar(header, topology),
        library=library,
        sops=tuple(sorted((read.sop for read in knowledge.sops), key=lambda sop: sop.id)),
        cases=tuple(
            sorted((_case(case, topology) for case in knowledge.cases), key=lambda case: case.id)
        ),
        settings=_settings(header.settings, topology),
    )


def _in_key_order(profile: RegionProfile) -> RegionProfile:
    """Sort the shares: files in another order make an equal pack, byte for byte."""
    return profile.model_copy(update={"tier_shares": dict(sorted(profile.tier_shares.items()))})


def _settings(settings: PackSettings, topology: Expansion) -> PackSettings:
    rules = tuple(
        rule.model_copy(update={"components": tuple(sorted(map(topology.full, rule.components)))})
        for rule in settings.absent_rules
    )
    return settings.model_copy(update={"absent_rules": rules})


def _calendar(header: PackFile, topology: Expansion) -> Calendar:
    windows = [
        window.model_copy(
            update={"id": topology.full(window.id), "weekdays": tuple(sorted(window.weekdays))}
        )
        for window in header.calendar.windows
    ]
    ordered = tuple(sorted(windows, key=lambda window: window.id))
    return Calendar(timezone=header.calendar.timezone, windows=ordered)


def _with_sops(library: FaultLibrary, sops: tuple[Sop, ...]) -> FaultLibrary:
    """Name in each mode the SOPs of this pack that apply to it."""
    modes = tuple(
        mode.model_copy(
            update={"sop_ids": tuple(sop.id for sop in sops if mode.id in sop.fault_mode_ids)}
        )
        for mode in library.modes
    )
    return library.model_copy(update={"modes": modes})


def _case(shape: CaseShape, topology: Expansion) -> PastCase:
    return PastCase(
        id=topology.full(shape.id),
        title=shape.title,
        opened_at=shape.opened_at,
        component_id=topology.full(shape.component_id),
        fault_mode_id=library_id(shape.fault_mode_id),
        symptoms=shape.symptoms,
        cause=shape.cause,
        fix=shape.fix,
        outcome=shape.outcome,
        minutes_to_detect=shape.minutes_to_detect,
        minutes_to_repair=shape.minutes_to_repair,
        alertnames=tuple(sorted(shape.alertnames)),
        sop_ids=tuple(sorted(topology.full(name) for name in shape.sop_ids)),
        source=shape.source,
        site=shape.site,
        visibility=shape.visibility,
    )


def expand_to_json(pack: DomainPack) -> dict[str, JsonValue]:
    """Write the whole graph as `etiograph load --expand --json` prints it, in id order."""
    return {
        "components": [
            item.model_dump(mode="json", exclude={"visibility"}) for item in pack.components
        ],
        "relations": [item.model_dump(mode="json") for item in pack.relations],
        "flows": [
            {
                "id": flow.id,
                "steps": [
                    {"id": step.id, "components": [use.component_id for use in step.uses]}
                    for step in flow.steps
                ],
            }
            for flow in pack.flows
        ],
        "alert_types": [
            {
                "alertname": item.alertname,
                "kinds": list(item.kinds),
                "direction": item.direction.value,
            }
            for item in pack.library.alert_types
        ],
    }


def ambiguous_aliases(pack: DomainPack) -> dict[str, tuple[str, ...]]:
    """Return each case-folded alias of several components: alerts by it are quarantined."""
    bearers = dict[str, list[str]]()
    for component in pack.components:
        for alias in {alias.casefold() for alias in component.aliases}:
            bearers.setdefault(alias, []).append(component.id)
    return {alias: tuple(ids) for alias, ids in sorted(bearers.items()) if len(ids) > 1}
