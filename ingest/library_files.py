"""The library folder (kinds, alert_types, modes, checks) -> `FaultLibrary`.

Loaded ids of modes and checks carry the prefix `lib:`; kinds and alertnames stand as they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from graph.model.base import Id, Probability, Text
from graph.model.library import (
    CHECK_VALID_S,
    AlertType,
    Check,
    ComponentKind,
    Direction,
    FaultLibrary,
    FaultMode,
    Signature,
)
from graph.model.topology import Basis
from ingest.pack_files import Shape, Words
from ingest.yaml_source import Loc, SourceFile, read_yaml

PREFIX: Final = "lib:"
_BRACE: Final = re.compile(r"[{}]")
LAYERS: Final = ("flow", "service", "data", "node", "network")


class KindsFile(Shape):
    """kinds.yaml."""

    kinds: tuple[ComponentKind, ...]


class AlertTypesFile(Shape):
    """alert_types.yaml."""

    alert_types: tuple[AlertType, ...]


class ModeShape(Shape):
    """A fault mode as written; its id is `kind.mode`."""

    id: Id
    kind: Id
    name: Text
    base_rate: Probability
    basis: Basis
    source: Words
    signatures: tuple[Signature, ...] = ()
    checks: tuple[Id, ...] = ()
    change_kinds: tuple[
        Literal["deploy", "config", "scale", "switch", "maintenance", "other"], ...
    ] = ()
    mutes: bool = False
    by_change: bool = False


class ModesFile(Shape):
    """modes.yaml."""

    modes: tuple[ModeShape, ...]


class CheckShape(Shape):
    """A check as written; all its numbers are assumed unless `basis` says otherwise."""

    id: Id
    text: Text
    minutes: float = Field(gt=0)
    detection: Probability
    false_alarm: Probability
    command: Words | None = None
    valid_for_s: int = Field(default=CHECK_VALID_S, gt=0)
    basis: Basis = Basis.ASSUMED


class ChecksFile(Shape):
    """checks.yaml."""

    checks: tuple[CheckShape, ...]


@dataclass(frozen=True)
class _Files:
    kinds: SourceFile
    alert_types: SourceFile
    modes: SourceFile
    checks: SourceFile


def library_id(reference: str) -> str:
    """Write a reference to a mode or check as its loaded id; `kind/mode` is taken too.

    >>> library_id("cdn_node/origin-link-down")
    'lib:cdn_node.origin-link-down'
    """
    return PREFIX + reference.replace("/", ".")


def read_library(folder: Path) -> FaultLibrary:
    """Read the four files of the fault library; every tuple in id (alertname) order.

    Raises: InputError naming file, line and key: unknown field, wrong range, repeated id, or a
        reference to an unknown kind, alertname or check.
    """
    files = _Files(
        *(read_yaml(folder / f"{n}.yaml") for n in ("kinds", "alert_types", "modes", "checks"))
    )
    kinds = files.kinds.parse(KindsFile).kinds
    alert_types = files.alert_types.parse(AlertTypesFile).alert_types
    modes = files.modes.parse(ModesFile).modes
    checks = files.checks.parse(ChecksFile).checks
    _check_kinds(kinds, files.kinds)
    _check_alert_types(alert_types, {kind.id for kind in kinds}, files.alert_types)
    _check_checks(checks, files.checks)
    _check_modes(modes, alert_types, {check.id for check in checks}, files.modes)
    known = {kind.id for kind in kinds}
    for index, mode in enumerate(modes):
        _refuse_unknown(mode.kind, known, files.modes, ("modes", index, "kind"))
    return FaultLibrary(
        kinds=tuple(sorted(kinds, key=lambda kind: kind.id)),
        alert_types=tuple(sorted(map(_ordered, alert_types), key=lambda item: item.alertname)),
        modes=tuple(sorted(map(_mode, modes), key=lambda mode: mode.id)),
        checks=tuple(sorted(map(_check, checks), key=lambda check: check.id)),
    )


def refuse_repeats(ids: Iterable[str], source: SourceFile, key: str, *, field: str) -> None:
    """Raise InputError at the second entry of a list that bears an id already seen."""
    seen = dict[str, int]()
    for index, name in enumerate(ids):
        if name in seen:
            first, _ = source.place((key, seen[name], field))
            raise source.fault((key, index, field), f"duplicate {name!r}, first on line {first}")
        seen[name] = index


def _refuse_unknown(name: str, known: Collection[str], source: SourceFile, at: Loc) -> None:
    if name not in known:
        raise source.fault(at, f"unknown {name!r}; define it or correct the name")


def _check_kinds(kinds: tuple[ComponentKind, ...], source: SourceFile) -> None:
    refuse_repeats((kind.id for kind in kinds), source, "kinds", field="id")
    for index, kind in enumerate(kinds):
        if kind.layer not in LAYERS:
            what = f"must be one of {', '.join(LAYERS)}, is {kind.layer!r}"
            raise source.fault(("kinds", index, "layer"), what)


def _check_alert_types(
    alert_types: tuple[AlertType, ...], kinds: Collection[str], source: SourceFile
) -> None:
    names = (item.alertname for item in alert_types)
    refuse_repeats(names, source, "alert_types", field="alertname")
    for index, item in enumerate(alert_types):
        for kind in item.kinds:
            _refuse_unknown(kind, kinds, source, ("alert_types", index, "kinds"))
        if item.direction is Direction.HEARTBEAT and item.detection != 0:
            what = "must be 0 for `heartbeat`: proof of life is no symptom"
            raise source.fault(("alert_types", index, "detection"), what)
        if item.facet is not None and item.direction is not Direction.DEPENDANT:
            what = "only a `dependant` rule watches a facet; leave it out"
            raise source.fault(("alert_types", index, "facet"), what)


def _check_checks(checks: tuple[CheckShape, ...], source: SourceFile) -> None:
    refuse_repeats((check.id for check in checks), source, "checks", field="id")
    for index, check in enumerate(checks):
        if _BRACE.search((check.command or "").replace("{component}", "")):
            raise source.fault(
                ("checks", index, "command"), "may hold {component} and no brace else"
            )


def _check_modes(
    modes: tuple[ModeShape, ...],
    alert_types: tuple[AlertType, ...],
    checks: Collection[str],
    source: SourceFile,
) -> None:
    refuse_repeats((mode.id for mode in modes), source, "modes", field="id")
    kinds_of = {item.alertname: frozenset(item.kinds) for item in alert_types}
    for index, mode in enumerate(modes):
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
    return item.model_copy(update={"kinds": tuple(sorted(set(item.kinds)))})


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
    )
