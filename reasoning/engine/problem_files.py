"""The one door for causal problems: documents and files become checked plain values.

Sources: `causal/v1` in the interface contract; `json_shape` words the messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reasoning.engine import json_shape
from reasoning.engine.json_shape import Place, array, identifier, members, probability, shown
from reasoning.engine.plain_entries import is_plain_channel, is_plain_link, is_plain_node
from reasoning.engine.problem import Channel, Fault, Group, Link, Observation, Problem

SCHEMA = "causal/v1"


@dataclass(slots=True)
class _Draft:
    """Ids as written, before they are put in order and turned into indices."""

    nodes: list[str] = field(default_factory=list)
    faults: dict[str, tuple[str, float]] = field(default_factory=dict)
    groups: dict[str, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    links: dict[tuple[str, str], float] = field(default_factory=dict)
    channels: dict[str, tuple[str, str, float, float]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


def read_problem(path: str) -> Problem:
    """Read and check a `causal/v1` file.

    Raises: ProblemError naming file and key of the first fault.
    """
    return parse_problem(json_shape.decode(json_shape.read_bytes(path), Place(path)), source=path)


def read_observations(path: str, problem: Problem) -> tuple[Observation, ...]:
    """Read and check an observations file: an incident a line; blank lines are skipped.

    Raises: ProblemError naming file, line and key of the first fault.
    """
    lines = json_shape.read_bytes(path).split(b"\n")
    known = frozenset(channel.id for channel in problem.channels)
    first_line: dict[str, int] = {}
    observations = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = Place(f"{path}:{number}")
        observation = _observation(json_shape.decode(line, place), place, known)
        if observation.id in first_line:
            first = first_line[observation.id]
            place.key("id").fail(
                f"duplicate incident {shown(observation.id)}, first on line {first}"
            )
        first_line[observation.id] = number
        observations.append(observation)
    return tuple(observations)


def parse_problem(document: object, *, source: str) -> Problem:
    """Check a `causal/v1` document, from a file or made in code, and put it in id order.

    Args:
        document: JSON values: dicts, lists, strings, numbers.
        source: what messages name, such as the file's path.

    Raises: ProblemError at the first fault, in the order nodes, groups, links, channels, cycles.
    """
    place = Place(source)
    if not isinstance(document, dict):
        place.fail(f"must be an object, is {shown(document)}")
    if document.get("schema") != SCHEMA:
        found = shown(document["schema"]) if "schema" in document else "missing"
        place.key("schema").fail(f"must be {SCHEMA!r}, is {found}")
    fields = members(document, place, required=("schema", "nodes", "links", "channels"))
    draft = _Draft()
    _read_nodes(fields["nodes"], place.key("nodes"), draft)
    _read_links(fields["links"], place.key("links"), draft)
    _read_channels(fields["channels"], place.key("channels"), draft)
    return _in_order(draft, place)


def parse_observation(document: object, problem: Problem, *, source: str) -> Observation:
    """Check one incident's observation against the problem's channels.

    Raises: ProblemError at the first fault.
    """
    known = frozenset(channel.id for channel in problem.channels)
    return _observation(document, Place(source), known)


def _observation(document: object, place: Place, known: frozenset[str]) -> Observation:
    fields = members(document, place, required=("id", "active", "unknown"))
    incident_id = identifier(fields["id"], place.key("id"))
    taken: dict[str, str] = {}
    for name in ("active", "unknown"):
        for index, value in enumerate(array(fields[name], place.key(name))):
            spot = place.key(name).item(index)
            channel_id = identifier(value, spot)
            if channel_id not in known:
                spot.fail(f"unknown channel {shown(channel_id)}")
            if taken.get(channel_id) == name:
                spot.fail(f"duplicate channel {shown(channel_id)}")
            if channel_id in taken:
                spot.fail(f"channel {shown(channel_id)} is both active and unknown")
            taken[channel_id] = name
    active = tuple(sorted(key for key, name in taken.items() if name == "active"))
    unknown = tuple(sorted(key for key, name in taken.items() if name == "unknown"))
    return Observation(incident_id, active, unknown)


def _read_nodes(value: object, place: Place, draft: _Draft) -> None:
    entries = array(value, place)
    if not entries:
        place.fail("must not be empty; a problem has at least one node")
    rules: list[tuple[str, object, Place]] = []
    for index, entry in enumerate(entries):
        if is_plain_node(entry) and entry["id"] not in draft.seen:
            plain = entry["id"]
            draft.seen.add(plain)
            draft.nodes.append(plain)
            if "prior" in entry:
                draft.faults[plain] = (plain, float(entry["prior"]))
            continue
        spot = place.item(index)
        fields = members(entry, spot, required=("id",), optional=("prior", "faults", "group"))
        node_id = _new_id(fields["id"], spot, draft)
        draft.nodes.append(node_id)
        _read_faults(fields, node_id, spot.of(node_id), draft)
        if "group" in fields:
            rules.append((node_id, fields["group"], spot.of(node_id).key("group")))
    known = frozenset(draft.nodes)
    for node_id, rule, spot in rules:
        draft.groups[node_id] = _group(rule, spot, node_id, known)


def _read_faults(fields: Mapping[str, object], node_id: str, spot: Place, draft: _Draft) -> None:
    if "prior" in fields and "faults" in fields:
        spot.fail("has both 'prior' and 'faults'; keep one")
    if "prior" in fields:
        draft.faults[node_id] = (node_id, probability(fields["prior"], spot.key("prior")))
    for index, entry in enumerate(array(fields.get("faults", []), spot.key("faults"))):
        at = spot.key("faults").item(index)
        mode = members(entry, at, required=("id", "prior"))
        fault_id = _new_id(mode["id"], at, draft)
        draft.faults[fault_id] = (
            node_id,
            probability(mode["prior"], at.of(fault_id).key("prior")),
        )


def _new_id(value: object, spot: Place, draft: _Draft) -> str:
    new_id = identifier(value, spot.key("id"))
    if new_id in draft.seen:
        spot.key("id").fail(f"duplicate id {shown(new_id)}; nodes and faults share one id space")
    draft.seen.add(new_id)
    return new_id


def _group(
    value: object, spot: Place, node_id: str, nodes: frozenset[str]
) -> tuple[tuple[str, ...], int]:
    fields = members(value, spot, required=("members", "min_healthy"))
    found: set[str] = set()
    for index, entry in enumerate(array(fields["members"], spot.key("members"))):
        at = spot.key("members").item(index)
        member = identifier(entry, at)
        if member == node_id:
            at.fail(f"group {shown(node_id)} must not be its own member")
        if member not in nodes:
            at.fail(f"unknown node {shown(member)}")
        if member in found:
            at.fail(f"duplicate member {shown(member)}")
        found.add(member)
    if not found:
        spot.key("members").fail("must not be empty")
    at = spot.key("min_healthy")
    least = json_shape.whole(fields["min_healthy"], at, low=1, high=len(found))
    return tuple(sorted(found)), least


def _read_links(value: object, place: Place, draft: _Draft) -> None:
    nodes, links = frozenset(draft.nodes), draft.links
    for index, entry in enumerate(array(value, place)):
        if is_plain_link(entry, nodes):
            plain = entry["cause"], entry["effect"]
            if plain not in links:
                links[plain] = float(entry["strength"])
                continue
        spot = place.item(index)
        fields = members(entry, spot, required=("cause", "effect", "strength"))
        ends = []
        for name in ("cause", "effect"):
            end = identifier(fields[name], spot.key(name))
            if end not in nodes:
                spot.key(name).fail(f"unknown node {shown(end)}")
            ends.append(end)
        cause, effect = ends
        if (cause, effect) in links:
            spot.fail(f"duplicate link from {shown(cause)} to {shown(effect)}")
        at = spot.of(f"{cause} -> {effect}").key("strength")
        links[cause, effect] = probability(fields["strength"], at)


def _read_channels(value: object, place: Place, draft: _Draft) -> None:
    known = {"node": frozenset(draft.nodes), "fault": frozenset(draft.faults)}
    for index, entry in enumerate(array(value, place)):
        if is_plain_channel(entry, known["node"]) and entry["id"] not in draft.channels:
            rates = float(entry["detection"]), float(entry["false_alarm"])
            draft.channels[entry["id"]] = ("node", entry["node"], *rates)
            continue
        spot = place.item(index)
        fields = members(
            entry,
            spot,
            required=("id", "detection", "false_alarm"),
            optional=("node", "fault"),
        )
        channel_id = identifier(fields["id"], spot.key("id"))
        if channel_id in draft.channels:
            spot.key("id").fail(f"duplicate channel {shown(channel_id)}")
        named = spot.of(channel_id)
        if ("node" in fields) == ("fault" in fields):
            named.fail("must have one of 'node' and 'fault'")
        target = "node" if "node" in fields else "fault"
        sits_on = identifier(fields[target], named.key(target))
        if sits_on not in known[target]:
            named.key(target).fail(f"unknown {target} {shown(sits_on)}")
        detection = json_shape.rate(fields["detection"], named.key("detection"))
        false_alarm = json_shape.rate(fields["false_alarm"], named.key("false_alarm"))
        draft.channels[channel_id] = (target, sits_on, detection, false_alarm)


def _in_order(draft: _Draft, place: Place) -> Problem:
    nodes = tuple(sorted(draft.nodes))
    at = {node_id: index for index, node_id in enumerate(nodes)}
    fault_ids = sorted(draft.faults)
    fault_at = {fault_id: index for index, fault_id in enumerate(fault_ids)}
    faults = tuple(Fault(key, at[draft.faults[key][0]], draft.faults[key][1]) for key in fault_ids)
    groups = tuple(
        Group(at[key], tuple(at[member] for member in draft.groups[key][0]), draft.groups[key][1])
        for key in sorted(draft.groups)
    )
    # Indices stand in id order, and so do pairs of them.
    ends = sorted([(at[e], at[c], strength) for (c, e), strength in draft.links.items()])
    links = tuple([Link(cause, effect, strength) for effect, cause, strength in ends])
    channels = tuple(
        Channel(
            key,
            at[sits_on] if target == "node" else None,
            fault_at[sits_on] if target == "fault" else None,
            detection,
            false_alarm,
        )
        for key, (target, sits_on, detection, false_alarm) in sorted(draft.channels.items())
    )
    pairs = [(cause, effect) for effect, cause, _ in ends]
    pairs += [(member, group.node) for group in groups for member in group.members]
    order = _topological(nodes, pairs, place)
    return Problem(nodes, faults, groups, links, channels, order)


def _topological(
    nodes: tuple[str, ...], pairs: Iterable[tuple[int, int]], place: Place
) -> tuple[int, ...]:
    effects: list[list[int]] = [[] for _ in nodes]
    causes: list[list[int]] = [[] for _ in nodes]
    for cause, effect in pairs:
        effects[cause].append(effect)
        causes[effect].append(cause)
    waiting = [len(found) for found in causes]
    order = [index for index, count in enumerate(waiting) if count == 0]
    for index in order:
        for effect in effects[index]:
            waiting[effect] -= 1
            if waiting[effect] == 0:
                order.append(effect)
    if len(order) < len(nodes):
        _fail_on_cycle(nodes, causes, waiting, place)
    return tuple(order)


def _fail_on_cycle(
    nodes: tuple[str, ...], causes: list[list[int]], waiting: list[int], place: Place
) -> None:
    at = next(index for index, count in enumerate(waiting) if count > 0)
    walk: dict[int, None] = {}
    while at not in walk:
        walk[at] = None
        at = next(cause for cause in causes[at] if waiting[cause] > 0)
    visited = list(walk)
    ring = [*visited[visited.index(at) :], at][::-1]
    names = [nodes[index] if nodes[index].isprintable() else shown(nodes[index]) for index in ring]
    text = " -> ".join(names if len(names) <= 12 else [*names[:10], "...", names[-1]])
    place.fail(f"links and groups form a cycle: {text}; merge its nodes or drop a link")
