"""What the service controls: nodes that serve themselves, or hand their load to another."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from pydantic import Field

from graph.errors import ConflictError, InputError, NotFoundError
from graph.model.base import Id, Model


class NodeState(StrEnum):
    """Whether a node serves its own viewers."""

    SERVING = "serving"
    DRAINED = "drained"


class NodeSpec(Model):
    """A node as it begins; load and capacity in Mbit/s."""

    id: Id
    load: int = Field(ge=0)
    capacity: int = Field(gt=0)


class Node(NodeSpec):
    """A node now. `serving_by` serves its viewers; `moved` Mbit/s of its load are there."""

    state: NodeState
    serving_by: Id
    moved: int = Field(default=0, ge=0)


Nodes: TypeAlias = Mapping[str, Node]


def beginning(spec: NodeSpec) -> Node:
    """Let a node serve itself."""
    return Node(**spec.model_dump(), state=NodeState.SERVING, serving_by=spec.id)


def switch_over(nodes: Nodes, target_id: str, *, receiver_id: str) -> dict[str, Node]:
    """Hand the whole load of a node to another; returns all nodes anew.

    Raises: NotFoundError; InputError for a switch to itself; ConflictError where either of the two
        is drained, the target carries the load of others, or the receiver has no room.
    """
    target, receiver = _node(nodes, target_id), _node(nodes, receiver_id)
    if target_id == receiver_id:
        raise InputError(f"node {target_id!r} cannot receive its own load; name another receiver")
    for node in (target, receiver):
        if node.state is NodeState.DRAINED:
            raise ConflictError(f"node {node.id!r} is drained; switch it back first")
    if guests := sorted(n.id for n in nodes.values() if n.serving_by == target_id != n.id):
        raise ConflictError(f"node {target_id!r} serves {guests[0]!r}; switch that back first")
    load = target.load + receiver.load
    if load > receiver.capacity:
        raise ConflictError(
            f"node {receiver_id!r} would carry {load} of {receiver.capacity} Mbit/s; "
            "choose a receiver with more room"
        )
    drained = {
        "load": 0,
        "moved": target.load,
        "state": NodeState.DRAINED,
        "serving_by": receiver_id,
    }
    return {
        **nodes,
        target_id: target.model_copy(update=drained),
        receiver_id: receiver.model_copy(update={"load": load}),
    }


def switch_back(nodes: Nodes, target_id: str) -> dict[str, Node]:
    """Take a node's load back from where it is; a node that serves itself stays as it is.

    Raises: NotFoundError.
    """
    target = _node(nodes, target_id)
    if target.state is NodeState.SERVING:
        return dict(nodes)
    receiver = _node(nodes, target.serving_by)
    serving = {
        "load": target.moved,
        "moved": 0,
        "state": NodeState.SERVING,
        "serving_by": target_id,
    }
    return {
        **nodes,
        target_id: target.model_copy(update=serving),
        receiver.id: receiver.model_copy(update={"load": receiver.load - target.moved}),
    }


def _node(nodes: Nodes, node_id: str) -> Node:
    if node_id not in nodes:
        raise NotFoundError(f"node {node_id!r} is not under this control; name one that is")
    return nodes[node_id]
