"""What makes the graph worth looking at: properties of their own, and relationships to the causes.

Every record's whole value stands in `body`; what is said here is drawn from it and never read back
by the store, but for `top` of a diagnosis.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from graph.stores import schema, sql
from graph.stores.shapes import Label

Properties = dict[str, sql.Value | list[str]]
Body = Mapping[str, JsonValue]

# Labels whose body a person may look at in Neo4j's own tools; the others are accounts and proofs.
_SHOWN: Final = frozenset(
    label.name
    for label in (
        *(schema.PACK, schema.COMPONENT, schema.RELATION, schema.FLOW, schema.REGION, schema.KIND),
        *(schema.ALERT_TYPE, schema.FAULT_MODE, schema.CHECK, schema.SOP, schema.PAST_CASE),
        *(schema.ACTION, schema.POLICY, schema.INCIDENT, schema.ALERT, schema.CHANGE, schema.TICK),
        *(schema.OBSERVATION, schema.DIAGNOSIS, schema.LEDGER_ENTRY, schema.REMEDIATION),
    )
)
# Fields whose own fields stand beside the others.
_OPENED: Final = frozenset({"alert", "change", "attributes"})
_LANGUAGES: Final = {"zh", "en"}


@dataclass(frozen=True)
class Sight:
    """A relationship that a body tells of: to `target` of this id, with these properties."""

    type: str
    target: str
    id: str
    told: Properties = field(default_factory=dict)


def properties_of(
    label: Label, row: Mapping[str, sql.Value], body: Body | None = None
) -> Properties:
    """Give a row's columns, and what its body says in single values, as properties.

    A text in two languages becomes two properties, `name_zh` and `name_en`. `body` is what
    `shown_body` gives, where that was read already.
    """
    body = shown_body(label, row) if body is None else body
    shown = _flat(body)
    if label is schema.DIAGNOSIS:
        shown["top"] = _top(body)
    return shown | dict(row)


def shown_body(label: Label, row: Mapping[str, sql.Value]) -> Body:
    """Read the body of a row of a label that people may look at; nothing of another."""
    return body_of(row) if label.name in _SHOWN else {}


def body_of(row: Mapping[str, sql.Value]) -> dict[str, JsonValue]:
    """Read the body of a row."""
    body: dict[str, JsonValue] = json.loads(str(row["body"]))
    return body


def sights_of(label: Label, body: Body) -> Iterator[Sight]:
    """Yield the relationships that a body of this label tells of."""
    if label is schema.ALERT:
        yield from _named(body, "component_id", type_="RAISED_ON", target="Component")
    elif label is schema.CHANGE:
        yield from _named(body, "component_ids", type_="CHANGED", target="Component")
    elif label is schema.DIAGNOSIS:
        yield from _suspects(body)
    elif label is schema.FAULT_MODE:
        yield from _named(body, "kind", type_="FAULT_OF", target="ComponentKind")
        yield from _named(body, "check_ids", type_="FOUND_BY", target="Check")
    elif label is schema.SOP:
        yield from _named(body, "component_ids", type_="COVERS", target="Component")
        yield from _named(body, "fault_mode_ids", type_="COVERS", target="FaultMode")
    elif label is schema.PAST_CASE:
        yield from _named(body, "component_id", type_="HAPPENED_ON", target="Component")
        yield from _named(body, "fault_mode_id", type_="SHOWED", target="FaultMode")


# The types of relationships that a label's bodies tell of, with the labels that they lead to.
SIGHTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "Alert": (("RAISED_ON", "Component"),),
    "Change": (("CHANGED", "Component"),),
    "Diagnosis": (("SUSPECTS", "Component"),),
    "FaultMode": (("FAULT_OF", "ComponentKind"), ("FOUND_BY", "Check")),
    "Sop": (("COVERS", "Component"), ("COVERS", "FaultMode")),
    "PastCase": (("HAPPENED_ON", "Component"), ("SHOWED", "FaultMode")),
}
# Those that have properties of their own.
TELLING: Final = frozenset({"SUSPECTS"})


def _named(body: Body, name: str, *, type_: str, target: str) -> Iterator[Sight]:
    value = body.get(name)
    for id_ in value if isinstance(value, list) else [value]:
        if isinstance(id_, str):
            yield Sight(type_, target, id_)


def _suspects(body: Body) -> Iterator[Sight]:
    """Yield each suspected component once, with its best hypothesis."""
    hypotheses, seen = body.get("hypotheses"), set[str]()
    for one in hypotheses if isinstance(hypotheses, list) else []:
        id_ = one.get("component_id") if isinstance(one, dict) else None
        if isinstance(one, dict) and isinstance(id_, str) and id_ not in seen:
            seen.add(id_)
            told = {name: value for name, value in _flat(one).items() if name in _TOLD}
            yield Sight("SUSPECTS", "Component", id_, told)


_TOLD: Final = frozenset({"rank", "posterior", "fault_mode_id"})


def _flat(body: Body) -> Properties:
    found: Properties = {}
    for name, value in body.items():
        if isinstance(value, (str, int, float)):
            found[name] = value
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            found[name] = [str(item) for item in value]
        elif isinstance(value, dict) and name in _OPENED:
            found |= _flat(value)
        elif isinstance(value, dict) and value.keys() == _LANGUAGES:
            found |= {f"{name}_{language}": str(text) for language, text in value.items()}
    return found


def _top(body: Body) -> str:
    """Write what stood on top of a revision, as `RevisionTop` reads it."""
    hypotheses, as_of = body.get("hypotheses"), body.get("as_of")
    first = hypotheses[0] if isinstance(hypotheses, list) and hypotheses else None
    top: dict[str, JsonValue] = {
        "revision": body.get("revision"),
        "at": as_of.get("now") if isinstance(as_of, dict) else None,
    }
    for name in ("kind", "component_id", "name", "posterior", "mode_name", "mode_posterior"):
        top[name] = first.get(name) if isinstance(first, dict) else None
    return json.dumps(top, ensure_ascii=False)
