"""What people do to an incident: take it, hand it on, move it through its life."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from api.doorway.auth import Ability, abilities_of_roles
from api.doorway.preconditions import read_if_match
from api.schemas.incidents import IncidentPatch
from graph.errors import ConflictError, Detail, InputError
from graph.model.access import Principal, Role
from graph.model.incident import Incident, IncidentState, LedgerEntry
from graph.ports import Store, Transaction

# A person moves an incident one step along its life, or from watching back to work. Closing needs
# a cause and reopening a reason: both are calls of their own.
MOVES: Final[Mapping[IncidentState, frozenset[IncidentState]]] = {
    IncidentState.OPEN: frozenset({IncidentState.ACKNOWLEDGED}),
    IncidentState.ACKNOWLEDGED: frozenset({IncidentState.MITIGATING, IncidentState.WATCHING}),
    IncidentState.MITIGATING: frozenset({IncidentState.WATCHING}),
    IncidentState.WATCHING: frozenset({IncidentState.MITIGATING, IncidentState.RESOLVED}),
    IncidentState.RESOLVED: frozenset(),
    IncidentState.CLOSED: frozenset(),
}


def etag_of(incident: Incident) -> str:
    """Digest what people decide (owner, state, merge); new alerts leave it as it is.

    So a click in the middle of a storm collides only with another person's, or with a move that
    the engine made.
    """
    parts = (incident.id, incident.state.value, incident.owner or "", incident.merged_into or "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def change_incident(
    store: Store,
    principal: Principal,
    incident_id: str,
    *,
    patch: IncidentPatch,
    if_match: Sequence[str],
    at: datetime,
) -> Incident:
    """Set owner and state as `patch` says, with a ledger line for each change.

    Acknowledging an incident that nobody owns makes the caller its owner. `if_match` holds
    the header's lines: etags or versions that the caller saw, or `*`.

    Raises: NotFoundError; ConflictError when the incident moved on or the state may not follow;
        InputError for an owner who has no account or may not work incidents, and for an If-Match
        that is missing or cannot be read.
    """
    seen = read_if_match(if_match)

    def work(tx: Transaction) -> Incident:
        incident = tx.incident(principal, incident_id)
        if not seen.met_by(etag_of(incident), str(incident.version)):
            raise ConflictError(
                f"incident {incident_id!r} has changed (owner {incident.owner!r}, state "
                f"{incident.state.value!r}); read it again and decide anew"
            )
        changes = _changes(tx, incident, patch, principal)
        if not changes:
            return incident
        return _replace(tx, incident, changes, actor=principal.name, at=at)

    return store.write(work)


def _changes(
    tx: Transaction, incident: Incident, patch: IncidentPatch, principal: Principal
) -> dict[str, str | IncidentState | None]:
    changes: dict[str, str | IncidentState | None] = {}
    if "owner" in patch.model_fields_set and patch.owner != incident.owner:
        if patch.owner is not None:
            _check_owner(tx, patch.owner)
        changes["owner"] = patch.owner
    if patch.state is not None and patch.state is not incident.state:
        _check_move(incident, patch.state)
        changes["state"] = patch.state
        unowned = "owner" not in patch.model_fields_set and incident.owner is None
        if patch.state is IncidentState.ACKNOWLEDGED and unowned:
            changes["owner"] = principal.name
    return changes


def _check_owner(tx: Transaction, name: str) -> None:
    """Refuse an owner who could not take the incident himself."""
    user = tx.user(name)
    if user is None:
        detail = f"no user {name!r}; give the name of an account"
    elif Ability.OPERATE not in abilities_of_roles(frozenset(user.roles)):
        able = ", ".join(role for role in Role if Ability.OPERATE in abilities_of_roles({role}))
        detail = f"{name!r} only looks on; give somebody who has one of the roles {able}"
    else:
        return
    raise InputError(f"/owner: {detail}", [Detail("/owner", detail)])


def _check_move(incident: Incident, wanted: IncidentState) -> None:
    allowed = sorted(state.value for state in MOVES[incident.state])
    if wanted not in MOVES[incident.state]:
        raise ConflictError(
            f"incident {incident.id!r} is {incident.state.value} and cannot become {wanted.value}; "
            f"from here it goes to: {', '.join(allowed) or 'nothing by this call'}"
        )


def _replace(
    tx: Transaction,
    incident: Incident,
    changes: Mapping[str, str | IncidentState | None],
    *,
    actor: str,
    at: datetime,
) -> Incident:
    update: dict[str, object] = {**changes, "version": incident.version + 1}
    if changes.get("state") is IncidentState.ACKNOWLEDGED:
        update["acknowledged_at"] = at
    changed = incident.model_copy(update=update)
    tx.put_incident(changed, expected_version=incident.version)
    before = {"owner": incident.owner, "state": incident.state.value}
    for key, value in sorted(changes.items()):
        tx.add_ledger(
            incident.id,
            at=at,
            kind=f"{key}_changed",
            actor=actor,
            detail={"from": before[key], "to": value},
        )
    return changed


def note_first_opened(store: Store, incident_id: str, *, actor: str, at: datetime) -> None:
    """Write down who looked at an incident first; later looks change nothing."""

    def work(tx: Transaction) -> None:
        if not _was_opened(tx.ledger(incident_id)):
            tx.add_ledger(incident_id, at=at, kind="first_opened", actor=actor, detail={})

    if not _was_opened(store.ledger(incident_id)):
        store.write(work)


def _was_opened(ledger: Iterable[LedgerEntry]) -> bool:
    return any(entry.kind == "first_opened" for entry in ledger)
