"""The shapes of the fault library's YAML files, as people write them (docs/howto-pack.md)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from graph.model.base import Id, Probability, Text
from graph.model.library import CHECK_VALID_S, AlertType, ComponentKind, Signature
from graph.model.topology import Basis
from ingest.pack_files import Shape, Words


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
    first_steps: Text | None = None


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
    if_yes: Text | None = None
    if_no: Text | None = None
    basis: Basis = Basis.ASSUMED


class ChecksFile(Shape):
    """checks.yaml."""

    checks: tuple[CheckShape, ...]


class FamilyFile(Shape):
    """families/NAME.yaml: what one family of kinds adds; a list that adds nothing is left out."""

    kinds: tuple[ComponentKind, ...] = ()
    alert_types: tuple[AlertType, ...] = ()
    modes: tuple[ModeShape, ...] = ()
    checks: tuple[CheckShape, ...] = ()
