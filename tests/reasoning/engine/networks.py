"""Random small problems for property tests, and short ways to write problems by hand."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from reasoning.engine.problem import Observation, Problem
from reasoning.engine.problem_files import parse_problem

_PRIORS = st.sampled_from([0.0, 1e-9, 1e-6, 0.001, 0.02, 0.3, 0.95, 1.0])
_STRENGTHS = st.sampled_from([0.0, 1e-4, 0.2, 0.5, 0.9, 0.9999, 1.0])
_DETECTIONS = st.sampled_from([0.3, 0.5, 0.9, 0.999999])
_FALSE_ALARMS = st.sampled_from([1e-6, 0.001, 0.02, 0.3])


def document(
    nodes: Sequence[object], links: Sequence[object] = (), channels: Sequence[object] = ()
) -> dict[str, object]:
    """Return a `causal/v1` document."""
    return {
        "schema": "causal/v1",
        "nodes": list(nodes),
        "links": list(links),
        "channels": list(channels),
    }


def link(cause: str, effect: str, strength: float) -> dict[str, object]:
    """Return a link."""
    return {"cause": cause, "effect": effect, "strength": strength}


def channel(
    channel_id: str, target: str, detection: float, false_alarm: float, *, on: str = "node"
) -> dict[str, object]:
    """Return a channel on a node, or on a fault."""
    return {"id": channel_id, on: target, "detection": detection, "false_alarm": false_alarm}


def problem_of(
    nodes: Sequence[object], links: Sequence[object] = (), channels: Sequence[object] = ()
) -> Problem:
    """Return the checked problem of a document."""
    return parse_problem(document(nodes, links, channels), source="test")


@st.composite
def documents(draw: st.DrawFn, *, nodes: int = 5) -> dict[str, object]:
    """Draw a document of up to `nodes` nodes: fault modes, groups, 0/1 strengths, channels."""
    count = draw(st.integers(1, nodes))
    names = [f"n{index}" for index in range(count)]
    written: list[object] = []
    fault_ids: list[str] = []
    for index, name in enumerate(names):
        entry: dict[str, object] = {"id": name}
        modes = draw(st.integers(0, 2))
        if modes == 1:
            entry["prior"] = draw(_PRIORS)
            fault_ids.append(name)
        if modes == 2:
            ids = [f"{name}/{mode}" for mode in ("crash", "leak")]
            entry["faults"] = [{"id": mode, "prior": draw(_PRIORS)} for mode in ids]
            fault_ids.extend(ids)
        if index >= 2 and draw(st.booleans()):
            members = draw(st.lists(st.sampled_from(names[:index]), min_size=1, unique=True))
            least = draw(st.integers(1, len(members)))
            entry["group"] = {"members": members, "min_healthy": least}
        written.append(entry)
    pairs = [(a, b) for b in range(count) for a in range(b)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    links = [link(names[a], names[b], draw(_STRENGTHS)) for a, b in chosen]
    channels = [
        channel(f"{name}/a{number}", name, draw(_DETECTIONS), draw(_FALSE_ALARMS))
        for name in names
        for number in range(draw(st.integers(0, 2)))
    ]
    channels += [
        channel(f"{fault}!", fault, draw(_DETECTIONS), draw(_FALSE_ALARMS), on="fault")
        for fault in fault_ids
        if draw(st.booleans())
    ]
    return document(draw(st.permutations(written)), draw(st.permutations(links)), channels)


@st.composite
def observed(draw: st.DrawFn, *, nodes: int = 5) -> tuple[dict[str, object], Observation]:
    """Draw a document and an observation of it."""
    drawn = draw(documents(nodes=nodes))
    problem = parse_problem(drawn, source="test")
    states = [draw(st.sampled_from("asu")) for _ in problem.channels]
    pairs = list(zip(problem.channels, states, strict=True))
    return drawn, Observation(
        "i0",
        tuple(entry.id for entry, state in pairs if state == "a"),
        tuple(entry.id for entry, state in pairs if state == "u"),
    )
