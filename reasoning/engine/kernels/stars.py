"""Kept nodes as small tables in another form: a noisy-OR as a star around one hub, not a chain.

A hub is no event. Its state 0 says `nothing struck`, its state 1 says nothing at all, and the
node's table takes the one from the other: P(struck) = 1 - P(nothing struck). So the causes of a
node touch its hub alone and never one another, and what must be held at once is far less than with
a chain: 13 variables instead of 22 on storms of the product. The price is a -1 in a table: sums
may cancel, and `signed.py` keeps account of what that costs. With up to two causes a chain is as
narrow and loses nothing, so it stays.
Source: Diez and Galan 2003 (factored noisy-MAX); Savicky and Vomlel 2007.
"""

from __future__ import annotations

from reasoning.engine.kernels.arrays import Floats, Ints, Messages, Net, Tables, ints
from reasoning.engine.kernels.assembly import (
    NEVER,
    add_counter,
    add_node,
    add_readings,
    folded_off,
    group_is_counted,
    room,
)
from reasoning.engine.kernels.writing import add_place, add_variable, close_table, trimmed


def assemble_stars(
    net: Net, messages: Messages, own_off: Floats, logs: Floats, kept: Ints
) -> Tables:
    """Write the tables of the kept nodes as `assembly.assemble` does, noisy-ORs as stars.

    Of a star `start_of` is the hub and `leak` 0.0: its share of state 1 is P(e | its start fires)
    by P(e), which times P(a fault is born) is P(born | e).
    """
    nodes = len(own_off)
    tables = room(net, kept, nodes)
    at = ints(4)
    for node in range(nodes):
        if kept[node] == 1:
            if causes_of(net, kept, node) > 2:
                add_star(net, messages, tables, at, kept, own_off[node], node)
            else:
                add_node(net, messages, tables, at, kept, own_off[node], node)
            add_readings(net, messages, tables, logs, kept, node)
    return trimmed(tables, at)


def causes_of(net: Net, kept: Ints, node: int) -> int:
    """Count what may strike a node besides its start: kept causes, and its group's rule."""
    count = 1 if group_is_counted(net, kept, node) else 0
    for arrow in range(net.in_ptr[node], net.split[node]):
        count += kept[net.cause[arrow]]
    return count


def add_star(
    net: Net, messages: Messages, tables: Tables, at: Ints, kept: Ints, own_off: float, node: int
) -> None:
    """Write a node's hub, a table for each of its causes, and the node's own."""
    counts = group_is_counted(net, kept, node)
    hub = add_variable(tables, at, node)
    tables.start_of[node] = hub
    tables.unary[2 * hub] = max(folded_off(net, messages, kept, own_off, counts, node), NEVER)
    if counts:
        add_spoke(tables, at, add_counter(net, messages, tables, at, kept, node), 1.0, hub)
    for arrow in range(net.in_ptr[node], net.split[node]):
        cause = net.cause[arrow]
        if kept[cause] == 1:
            add_spoke(tables, at, tables.state_of[cause], net.strength[arrow], hub)
    state = add_variable(tables, at, node)
    add_place(tables, at, hub)
    add_place(tables, at, state)
    start = at[3]
    tables.table[start], tables.table[start + 2], tables.table[start + 3] = 1.0, -1.0, 1.0
    at[3] = start + 4
    close_table(tables, at)
    tables.state_of[node] = state


def add_spoke(tables: Tables, at: Ints, cause: int, strength: float, hub: int) -> None:
    """Write one cause's table: at state 0 of the hub it did not strike."""
    add_place(tables, at, cause)
    add_place(tables, at, hub)
    start, table = at[3], tables.table
    table[start], table[start + 1] = 1.0, 1.0 - strength
    table[start + 2], table[start + 3] = 1.0, 1.0
    at[3] = start + 4
    close_table(tables, at)
