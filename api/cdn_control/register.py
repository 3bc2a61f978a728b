"""The durable memory of the service: nodes, behaviour, and what was answered under which key.

One JSON file, written whole: an operation and its answer become durable together, before anybody
hears of them, so that a key acts once even where the service dies between acting and answering.
"""

from __future__ import annotations

import hashlib
import threading
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from api.accounts.signing import write_private
from api.cdn_control.nodes import Node, NodeSpec, beginning, switch_back, switch_over
from graph.errors import ConflictError, NotFoundError, StoreError
from graph.model.base import Id, Model

# More than a demo ever sends; beyond it the oldest are forgotten.
_KEYS_KEPT: Final = 10_000
NODE_SPECS: Final = TypeAdapter(tuple[NodeSpec, ...])
NODES_FILE: Final = "nodes.json"


class Behaviour(StrEnum):
    """How a switch-over goes: as told, accepted and not done, or done and never answered."""

    NORMAL = "normal"
    ACCEPTS_WITHOUT_SWITCHING = "accepts_without_switching"
    TIMES_OUT_AFTER_ACTING = "times_out_after_acting"


class Receiver(Model):
    """The parameters of a switch-over."""

    receiver: Id


class Nothing(Model):
    """No parameters."""


class _Order(Model):
    target: Id
    key: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    undoing: bool


class SwitchOver(_Order):
    """Hand the load of `target` to the receiver."""

    operation: Literal["switch_over"]
    parameters: Receiver


class SwitchBack(_Order):
    """Take the load of `target` back."""

    operation: Literal["switch_back"]
    parameters: Nothing


Order = Annotated[SwitchOver | SwitchBack, Field(discriminator="operation")]


class Answer(Model):
    """What was answered to an order."""

    status: int
    text: str


class _Answered(Model):
    order: str
    answer: Answer


class _Kept(Model):
    nodes: dict[str, Node] = Field(default_factory=dict)
    behaviour: Behaviour = Behaviour.NORMAL
    answered: dict[str, _Answered] = Field(default_factory=dict)


class Register:
    """The nodes and their past, safe for threads of one process."""

    def __init__(self, folder: Path) -> None:
        """Go on from `folder`/state.json; nodes new in `folder`/nodes.json begin by serving.

        Raises: StoreError if a file cannot be read.
        """
        self._folder: Final = folder
        self._lock: Final = threading.Lock()
        self._kept = self._read()

    @property
    def behaviour(self) -> Behaviour:
        """How switch-overs go now."""
        return self._kept.behaviour

    def behave(self, behaviour: Behaviour) -> None:
        """Choose how switch-overs go from now on."""
        with self._lock:
            self._keep(self._kept.model_copy(update={"behaviour": behaviour}))

    def node(self, node_id: str) -> Node:
        """Tell a node's state.

        Raises: NotFoundError.
        """
        with self._lock:
            self._meet(node_id)
            if node_id not in self._kept.nodes:
                raise NotFoundError(f"node {node_id!r} is not under this control")
            return self._kept.nodes[node_id]

    def carry_out(self, order: SwitchOver | SwitchBack) -> Answer:
        """Do what is ordered, once per key; a repeated order hears its first answer.

        Raises: ConflictError, InputError, NotFoundError; nothing is kept of an order refused.
        """
        with self._lock:
            digest = hashlib.sha256(order.model_dump_json().encode()).hexdigest()
            known = self._kept.answered.get(order.key)
            if known is not None:
                if known.order != digest:
                    raise ConflictError(f"key {order.key!r} was another order's; use a new one")
                return known.answer
            nodes, answer = self._done(order)
            answered = self._kept.answered | {order.key: _Answered(order=digest, answer=answer)}
            newest = dict(list(answered.items())[-_KEYS_KEPT:])
            self._keep(self._kept.model_copy(update={"nodes": nodes, "answered": newest}))
            return answer

    def _done(self, order: SwitchOver | SwitchBack) -> tuple[dict[str, Node], Answer]:
        self._meet(order.target)
        if isinstance(order, SwitchBack):
            nodes = switch_back(self._kept.nodes, order.target)
            return nodes, Answer(status=200, text=f"{order.target} serves itself")
        receiver = order.parameters.receiver
        self._meet(receiver)
        nodes = switch_over(self._kept.nodes, order.target, receiver_id=receiver)
        if self._kept.behaviour is Behaviour.ACCEPTS_WITHOUT_SWITCHING:
            return self._kept.nodes, Answer(status=202, text=f"accepted for {order.target}")
        return nodes, Answer(status=200, text=f"{order.target} is served by {receiver}")

    def _meet(self, node_id: str) -> None:
        """Look for a node that is not known yet among those of nodes.json."""
        if node_id not in self._kept.nodes:
            new = {spec.id: beginning(spec) for spec in self._specs()}
            self._kept = self._kept.model_copy(update={"nodes": new | self._kept.nodes})

    def _specs(self) -> tuple[NodeSpec, ...]:
        path = self._folder / NODES_FILE
        try:
            return NODE_SPECS.validate_json(_bytes_of(path) or b"[]")
        except ValidationError as error:
            raise StoreError(f"{path}: cannot be understood; start the demo anew") from error

    def _read(self) -> _Kept:
        path = self._folder / "state.json"
        try:
            return _Kept.model_validate_json(_bytes_of(path) or b"{}")
        except ValidationError as error:
            raise StoreError(f"{path}: cannot be understood; remove it to begin anew") from error

    def _keep(self, kept: _Kept) -> None:
        write_private(self._folder / "state.json", kept.model_dump_json() + "\n")
        self._kept = kept


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error})") from error
