"""What may be done about faults, and who must agree first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, may
from api.schemas.catalogue import ActionView, RuleView
from api.schemas.incidents import Items
from graph.model.pack import DomainPack

router = APIRouter(tags=["remediations"])
Reader = Annotated[Caller, may(Ability.READ, Ability.ADMIN)]


@router.get("/actions")
def actions(request: Request, _: Reader) -> Items[ActionView]:
    """List the actions of every pack's catalogue, by id."""
    return Items(items=tuple(view for pack in _packs(request) for view in _actions(pack)))


@router.get("/policies")
def policies(request: Request, _: Reader) -> Items[RuleView]:
    """List the rules of who must agree, by id; they change with their pack."""
    return Items(items=tuple(view for pack in _packs(request) for view in _rules(pack)))


def _packs(request: Request) -> Iterator[DomainPack]:
    store = assistant_of(request).store
    return (store.pack(header.id) for header in store.packs())


def _actions(pack: DomainPack) -> Iterator[ActionView]:
    kinds = {kind.id: kind.name for kind in pack.library.kinds}
    modes = {mode.id: mode.name for mode in pack.library.modes}
    for action in pack.actions:
        yield ActionView(
            **dict(action),
            pack_id=pack.id,
            kind_names={kind: kinds[kind] for kind in action.kinds},
            mode_names={mode: modes[mode] for mode in action.modes},
        )


def _rules(pack: DomainPack) -> Iterator[RuleView]:
    kinds = {kind.id: kind.name for kind in pack.library.kinds}
    for rule in pack.policies:
        names = {kind: kinds[kind] for kind in rule.kinds}
        yield RuleView(**dict(rule), pack_id=pack.id, kind_names=names)
