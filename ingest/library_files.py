"""The library folder -> `FaultLibrary`: kinds, alert types, modes, checks, and their families.

kinds.yaml, alert_types.yaml, modes.yaml and checks.yaml hold the common part; each file of
`families/` may add to all four. Loaded ids of modes and checks carry the prefix `lib:`; kinds and
alertnames stand as they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph.model.library import (
    AlertType,
    Check,
    Direction,
    FaultLibrary,
    FaultMode,
)
from ingest.library_shapes import (
    AlertTypesFile,
    ChecksFile,
    CheckShape,
    FamilyFile,
    KindsFile,
    ModesFile,
    ModeShape,
)
from ingest.yaml_source import Loc, SourceFile, read_yaml

PREFIX: Final = "lib:"
FAMILIES: Final = "families"
LAYERS: Final = ("flow", "service", "data", "node", "network")
_BRACE: Final = re.compile(r"[{}]")


@dataclass(frozen=True)
class _Part:
    """One file of the library and what it adds; a file of one list leaves the others empty."""

    source: SourceFile
    adds: FamilyFile


def library_id(reference: str) -> str:
    """Write a reference to a mode or check as its loaded id; `kind/mode` is taken too.

    >>> library_id("cdn_node/origin-link-down")
    'lib:cdn_node.origin-link-down'
    """
    return PREFIX + reference.replace("/", ".")


def read_library(folder: Path) -> FaultLibrary:
    """Read the fault library of a folder; every tuple in id (alertname) order.

    A file of `families/` may name what stands in any other file of the folder.

    Raises: InputError naming file, line and key: unknown field, wrong range, repeated id, or a
        reference to an unknown kind, alertname or check.
    """
    parts = tuple(_parts(folder))
    for key, field in (
        ("kinds", "id"),
        ("alert_types", "alertname"),
        ("modes", "id"),
        ("checks", "id"),
    ):
        _refuse_repeats(parts, key, field)
    kinds = tuple(kind for part in parts for kind in part.adds.kinds)
    alert_types = tuple(item for part in parts for item in part.adds.alert_types)
    known = frozenset(kind.id for kind in kinds)
    kinds_of = {item.alertname: frozenset(item.kinds) for item in alert_types}
    checks = frozenset(check.id for part in parts for check in part.adds.checks)
    _refuse_shared_aliases(parts)
    for part in parts:
        _check_kinds(part)
        _check_alert_types(part, known)
        _check_checks(part)
        _check_modes(part, kinds_of, checks)
        for index, mode in enumerate(part.adds.modes):
            _refuse_unknown(mode.kind, known, part.source, ("modes", index, "kind"))
    return FaultLibrary(
        kinds=tuple(sorted(kinds, key=lambda kind: kind.id)),
        alert_types=tuple(sorted(map(_ordered, alert_types), key=lambda item: item.alertname)),
        modes=tuple(sorted((_mode(m) for p in parts for m in p.adds.modes), key=lambda m: m.id)),
        checks=tuple(sorted((_check(c) for p in parts for c in p.adds.checks), key=lambda c: c.id)),
    )


def _parts(folder: Path) -> Iterator[_Part]:
    """Read the four common files, then the families in order of their names."""
    source = read_yaml(folder / "kinds.yaml")
    yield _Part(source, FamilyFile(kinds=source.parse(KindsFile).kinds))
    source = read_yaml(folder / "alert_types.yaml")
    yield _Part(source, FamilyFile(alert_types=source.parse(AlertTypesFile).alert_types))
    source = read_yaml(folder / "modes.yaml")
    yield _Part(source, FamilyFile(modes=source.parse(ModesFile).modes))
    source = read_yaml(folder / "checks.yaml")
    yield _Part(source, FamilyFile(checks=source.parse(ChecksFile).checks))
    for path in sorted((folder / FAMILIES).glob("*.yaml")):
        source = read_yaml(path)
        yield _Part(source, source.parse(FamilyFile))


def refuse_repeats(ids: Iterable[str], source: SourceFile, key: str, *, field: str) -> None:
    """Raise InputError at the second entry of a list that bears an id already seen."""
    seen = dict[str, int]()
    for index, name in enumerate(ids):
        if name in seen:
            first, _ = source.place((key, seen[name], field))
            raise source.fault((key, index, field), f"duplicate {name!r}, first on line {first}")
        seen[name] = index


def _refuse_repeats(parts: Sequence[_Part], key: str, field: str) -> None:
    """Refuse an id that stands twice, in one file or in two."""
    seen = dict[str, SourceFile]()
    for part in parts:
        names = [str(getattr(item, field)) for item in getattr(part.adds, key)]
        refuse_repeats(names, part.source, key, field=field)
        for index, name in enumerate(names):
            if name in seen:
                what = f"duplicate {name!r}, first in {seen[name].name}"
                raise part.source.fault((key, index, field), what)
        seen |= dict.fromkeys(names, part.source)


def _refuse_unknown(name: str, known: Collection[str], source: SourceFile, at: Loc) -> None:
    if name not in known:
        raise source.fault(at, f"unknown {name!r}; define it or correct the name")


def _check_kinds(part: _Part) -> None:
    for index, kind in enumerate(part.adds.kinds):
        if kind.layer not in LAYERS:
            what = f"must be one of {', '.join(LAYERS)}, is {kind.layer!r}"
            raise part.source.fault(("kinds", index, "layer"), what)


def _check_alert_types(part: _Part, kinds: Collection[str]) -> None:
    for index, item in enumerate(part.adds.alert_types):
        for kind in item.kinds:
            _refuse_unknown(kind, kinds, part.source, ("alert_types", index, "kinds"))
        if item.direction is Direction.HEARTBEAT and item.detection != 0:
            what = "must be 0 for `heartbeat`: proof of life is no symptom"
            raise part.source.fault(("alert_types", index, "detection"), what)
        if item.facet is not None and item.direction is not Direction.DEPENDANT:
            what = "only a `dependant` rule watches a facet; leave it out"
            raise part.source.fault(("alert_types", index, "facet"), what)


def _refuse_shared_aliases(parts: Sequence[_Part]) -> None:
    """Refuse an alias that already names another alert type on one of the same kinds."""
    named = {
        (kind, item.alertname): item.alertname
        for part in parts
        for item in part.adds.alert_types
        for kind in item.kinds
    }
    for part in parts:
        for index, item in enumerate(part.adds.alert_types):
            for kind, alias in ((k, a) for k in item.kinds for a in item.aliases):
                other = named.setdefault((kind, alias), item.alertname)
                if other != item.alertname or alias == item.alertname:
                    what = f"{alias!r} already means {other!r} on {kind!r}; take one of them out"
                    raise part.source.fault(("alert_types", index, "aliases"), what)


def _check_checks(part: _Part) -> None:
    for index, check in enumerate(part.adds.checks):
        if _BRACE.search((check.command or "").replace("{component}", "")):
            what = "may hold {component} and no brace else"
            raise part.source.fault(("checks", index, "command"), what)


def _check_modes(part: _Part, kinds_of: dict[str, frozenset[str]], checks: Collection[str]) -> None:
    source = part.source
    for index, mode in enumerate(part.adds.modes):
        if not mode.id.startswith(f"{mode.kind}."):
            what = f"must begin with its kind, {mode.kind + '.'!r}"
            raise source.fault(("modes", index, "id"), what)
        for number, signature in enumerate(mode.signatures):
            at = ("modes", index, "signatures", number, "alertname")
            _refuse_unknown(signature.alertname, kinds_of, source, at)
            if mode.kind not in kinds_of[signature.alertname]:
                raise source.fault(at, f"{signature.alertname!r} does not exist on {mode.kind!r}")
        for check in mode.checks:
            _refuse_unknown(check, checks, source, ("modes", index, "checks"))


def _ordered(item: AlertType) -> AlertType:
    aliases = tuple(sorted(set(item.aliases)))
    return item.model_copy(update={"kinds": tuple(sorted(set(item.kinds))), "aliases": aliases})


def _mode(shape: ModeShape) -> FaultMode:
    return FaultMode(
        id=library_id(shape.id),
        kind=shape.kind,
        name=shape.name,
        base_rate=shape.base_rate,
        basis=shape.basis,
        source=shape.source,
        signatures=tuple(sorted(shape.signatures, key=lambda item: item.alertname)),
        check_ids=tuple(sorted(map(library_id, shape.checks))),
        change_kinds=tuple(sorted(shape.change_kinds)),
        mutes=shape.mutes,
        by_change=shape.by_change,
        first_steps=shape.first_steps,
    )


def _check(shape: CheckShape) -> Check:
    return Check(
        id=library_id(shape.id),
        text=shape.text,
        minutes=shape.minutes,
        detection=shape.detection,
        false_alarm=shape.false_alarm,
        command=shape.command,
        valid_for_s=shape.valid_for_s,
        if_yes=shape.if_yes,
        if_no=shape.if_no,
    )
