"""The CDN control of the demo: its nodes, its memory, whom it answers."""

from __future__ import annotations

import base64
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cdn_control.child import nodes_of, offer_nodes
from api.cdn_control.nodes import Node, NodeSpec, NodeState, beginning, switch_back, switch_over
from api.cdn_control.register import Behaviour, Receiver, Register, SwitchOver
from api.cdn_control.signature import check_signature
from api.packs.loading import DEFAULT_PACK, pack_folder, read_pack
from graph.errors import (
    ConflictError,
    EtiographError,
    NotFoundError,
    StoreError,
    UnauthenticatedError,
)

SECRET = bytes(range(32))
IDS = ("n:a", "n:b", "n:c", "n:d")
_LOADS = st.lists(st.integers(0, 60), min_size=4, max_size=4)
_MOVES = st.lists(st.tuples(st.sampled_from(IDS), st.none() | st.sampled_from(IDS)), max_size=12)


def _nodes(loads: list[int]) -> dict[str, Node]:
    specs = [NodeSpec(id=i, load=load, capacity=100) for i, load in zip(IDS, loads, strict=True)]
    return {spec.id: beginning(spec) for spec in specs}


@given(_LOADS, _MOVES)
def test_no_load_is_lost_and_nobody_is_overloaded(
    loads: list[int], moves: list[tuple[str, str | None]]
) -> None:
    """Whatever is ordered: the sum of loads stands, rooms hold, and taking all back restores."""
    start = nodes = _nodes(loads)
    for target, receiver in moves:
        try:
            if receiver is None:
                nodes = switch_back(nodes, target)
            else:
                nodes = switch_over(nodes, target, receiver_id=receiver)
        except EtiographError:
            continue
        assert sum(node.load for node in nodes.values()) == sum(loads)
        assert all(0 <= node.load <= node.capacity for node in nodes.values())
        assert all(nodes[node.serving_by].state is NodeState.SERVING for node in nodes.values())
    for target in IDS:
        nodes = switch_back(nodes, target)
    assert nodes == start


@pytest.mark.parametrize(
    ("target", "receiver", "word"),
    [
        ("n:a", "n:a", "own load"),
        ("n:x", "n:a", "not under this control"),
        ("n:a", "n:x", "not under this control"),
        ("n:a", "n:d", "would carry 120 of 100"),
    ],
)
def test_a_switch_that_cannot_be_is_refused(target: str, receiver: str, word: str) -> None:
    """Unknown nodes, a node onto itself, and more than the receiver can carry."""
    with pytest.raises(EtiographError, match=word):
        switch_over(_nodes([60, 0, 0, 60]), target, receiver_id=receiver)


def test_a_switched_node_neither_gives_nor_receives_again() -> None:
    """A drained node has nothing to give, and a node with a guest keeps it until taken back."""
    nodes = switch_over(_nodes([10, 10, 10, 10]), "n:a", receiver_id="n:b")

    for target, receiver in (("n:a", "n:c"), ("n:c", "n:a"), ("n:b", "n:c")):
        with pytest.raises(ConflictError, match=r"switch (it|that) back first|drained"):
            switch_over(nodes, target, receiver_id=receiver)


# ── Memory ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder whose control has four nodes."""
    offer_nodes(tmp_path, [NodeSpec(id=i, load=30, capacity=100) for i in IDS])
    return tmp_path


def _order(key: str = "k1", *, receiver: str = "n:b") -> SwitchOver:
    return SwitchOver(
        operation="switch_over",
        target="n:a",
        key=key,
        undoing=False,
        parameters=Receiver(receiver=receiver),
    )


def test_a_key_acts_once_also_after_a_restart(home: Path) -> None:
    """The same order hears its first answer, from a register made anew too."""
    first = Register(home / "cdn-control").carry_out(_order())
    again = Register(home / "cdn-control").carry_out(_order())

    assert first == again
    assert Register(home / "cdn-control").node("n:b").load == 60


def test_a_key_is_not_lent_to_another_order(home: Path) -> None:
    """A key that was used otherwise is a mistake of the caller, and nothing happens."""
    register = Register(home / "cdn-control")
    register.carry_out(_order())

    with pytest.raises(ConflictError, match="k1"):
        register.carry_out(_order(receiver="n:c"))
    assert register.node("n:c").load == 30


def test_a_refused_order_keeps_its_key_free(home: Path) -> None:
    """Nothing was done, so the same key may be tried again when it can be done."""
    register = Register(home / "cdn-control")
    register.carry_out(_order("k1"))
    with pytest.raises(ConflictError):
        register.carry_out(_order("k2", receiver="n:c"))
    with pytest.raises(ConflictError, match="drained"):
        register.carry_out(_order("k2"))


def test_it_can_accept_and_not_switch(home: Path) -> None:
    """It says yes, and the state that is read back says no."""
    register = Register(home / "cdn-control")
    register.behave(Behaviour.ACCEPTS_WITHOUT_SWITCHING)

    assert register.carry_out(_order()).status == 202
    assert register.node("n:a").state is NodeState.SERVING
    assert Register(home / "cdn-control").behaviour is Behaviour.ACCEPTS_WITHOUT_SWITCHING


def test_a_broken_memory_is_named(home: Path) -> None:
    """Nothing is begun anew silently: the message names the file."""
    (home / "cdn-control" / "state.json").write_text("{", encoding="utf-8")

    with pytest.raises(StoreError, match=r"state\.json"):
        Register(home / "cdn-control")


def test_nodes_that_come_later_are_met(tmp_path: Path) -> None:
    """The packs may be loaded after the service began."""
    register = Register(tmp_path / "cdn-control")
    with pytest.raises(NotFoundError, match="n:a"):
        register.node("n:a")
    offer_nodes(tmp_path, [NodeSpec(id="n:a", load=1, capacity=2)])

    assert register.node("n:a").serving_by == "n:a"


def test_any_node_of_the_pack_can_take_the_load_of_any_other() -> None:
    """The story's switch-over fits, whichever node is chosen."""
    nodes = {spec.id: beginning(spec) for spec in nodes_of(read_pack(pack_folder(DEFAULT_PACK)))}

    assert len(nodes) == 26
    for receiver in set(nodes) - {"medical_education:cdn-7"}:
        switched = switch_over(nodes, "medical_education:cdn-7", receiver_id=receiver)
        assert switched[receiver].load <= switched[receiver].capacity


# ── Signatures ──────────────────────────────────────────────────────────────────────────────────


def _signed(content: bytes, at: float, *, message_id: str = "m") -> dict[str, str]:
    text = f"{message_id}.{at:.0f}.".encode() + content
    digest = base64.standard_b64encode(hmac.digest(SECRET, text, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": f"{at:.0f}",
        "webhook-signature": f"v1a,other v1,{digest}",
    }


def test_a_signature_holds_for_five_minutes() -> None:
    """Of several signatures one suffices, as keys are changed; clocks may be apart a little."""
    for drift in (-300, 0, 300):
        check_signature(SECRET, _signed(b"x", 1_000_000), b"x", now_s=1_000_000 + drift)


@pytest.mark.parametrize(
    ("changed", "content", "now_s"),
    [
        ({}, b"y", 1_000_000),
        ({}, b"x", 1_000_301),
        ({}, b"x", 999_699),
        ({"webhook-timestamp": "1000001"}, b"x", 1_000_000),
        ({"webhook-id": "n"}, b"x", 1_000_000),
        ({"webhook-id": "m.1000000", "webhook-timestamp": ""}, b"x", 1_000_000),
        ({"webhook-signature": ""}, b"x", 1_000_000),
        ({"webhook-signature": "é"}, b"x", 1_000_000),
        ({"webhook-timestamp": "٣"}, b"x", 1_000_000),
    ],
)
def test_a_changed_or_stale_message_is_refused(
    changed: dict[str, str], content: bytes, now_s: float
) -> None:
    """Content, id and time are all under the signature."""
    with pytest.raises(UnauthenticatedError):
        check_signature(SECRET, _signed(b"x", 1_000_000) | changed, content, now_s=now_s)


def test_an_id_with_a_dot_is_refused_although_signed() -> None:
    """Else an id could swallow a timestamp."""
    with pytest.raises(UnauthenticatedError):
        check_signature(SECRET, _signed(b"x", 1, message_id="a.b"), b"x", now_s=1)
