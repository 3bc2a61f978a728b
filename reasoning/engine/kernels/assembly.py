"""Kept nodes as small tables: noisy-ORs and k-of-n rules divorced into chains of binary variables.

Own faults and folded causes of a node are one start variable, its first cause; a group's counter is
written in binary. Every table is a product of non-negative numbers and no step subtracts, so that
a probability of 1e-17 keeps its relative precision. Source: parent divorcing, Olesen et al. 1989;
noisy-OR chains, Heckerman and Breese 1996.
"""

from __future__ import annotations

import math

from reasoning.engine.kernels.arrays import Floats, Ints, Messages, Net, Tables, floats, ints
from reasoning.engine.kernels.counting import counted, log_whole, width_of
from reasoning.engine.kernels.scalars import chance
from reasoning.engine.kernels.writing import add_place, add_variable, close_table, trimmed

NEVER = -1e300


def assemble(net: Net, messages: Messages, own_off: Floats, logs: Floats, kept: Ints) -> Tables:
    """Write the tables of the kept nodes; what is folded speaks through its last messages.

    Args:
        net: the arrows.
        messages: of folded causes and effects, and of folded members.
        own_off: by node, ln P(no own fault is born).
        logs: ln P(own readings | not degraded), ln P(own readings | degraded), by turns.
        kept: 1 for a node that stays. Groups that cannot be `counted` are folded.
    """
    nodes = len(own_off)
    tables = room(net, kept, nodes)
    at = ints(4)
    for node in range(nodes):
        if kept[node] == 1:
            add_node(net, messages, tables, at, kept, own_off[node], node)
            add_readings(net, messages, tables, logs, kept, node)
    return trimmed(tables, at)


def room(net: Net, kept: Ints, nodes: int) -> Tables:
    """Return arrays that surely hold the tables of the kept nodes."""
    variables, factors, places, entries = 1, 1, 1, 1
    for node in range(nodes):
        if kept[node] == 0:
            continue
        links = net.split[node] - net.in_ptr[node]
        variables += links + 2
        factors += links + 1
        places += 3 * links + 2
        entries += 8 * links + 4
        members = net.in_ptr[node + 1] - net.split[node]
        if members > 0 and counted(net, node) > 0:
            bits = width_of(counted(net, node))
            variables += members * bits
            factors += members
            places += members * (2 * bits + 1)
            entries += members * (2 << (2 * bits))
            variables += 1
            factors += 1
            places += 3
            entries += 8
    return Tables(
        variables,
        floats(2 * variables),
        ints(factors + 1),
        ints(places),
        ints(factors + 1),
        floats(entries),
        ints(nodes),
        ints(nodes),
        floats(nodes),
        ints(variables),
    )


def add_node(
    net: Net, messages: Messages, tables: Tables, at: Ints, kept: Ints, own_off: float, node: int
) -> None:
    """Write a node's chain: start, group, linked causes in topological order."""
    counts = group_is_counted(net, kept, node)
    log_off = folded_off(net, messages, kept, own_off, counts, node)
    tables.start_of[node] = -1
    chain = -1
    if log_off < 0.0:
        chain = add_variable(tables, at, node)
        tables.start_of[node] = chain
        tables.unary[2 * chain] = max(log_off, NEVER)
        tables.leak[node] = math.log(-math.expm1(log_off))
        tables.unary[2 * chain + 1] = tables.leak[node]
    if counts:
        chain = joined(
            tables, at, chain, add_counter(net, messages, tables, at, kept, node), 1.0, node
        )
    for arrow in range(net.in_ptr[node], net.split[node]):
        cause = net.cause[arrow]
        if kept[cause] == 1:
            strength = net.strength[arrow]
            chain = joined(tables, at, chain, tables.state_of[cause], strength, node)
    if chain < 0:
        chain = add_variable(tables, at, node)
        tables.unary[2 * chain + 1] = NEVER
    tables.state_of[node] = chain


def folded_off(
    net: Net, messages: Messages, kept: Ints, own_off: float, counts: bool, node: int
) -> float:
    """Return ln P(neither own faults nor anything folded strikes a node)."""
    log_off = own_off
    for arrow in range(net.in_ptr[node], net.split[node]):
        if kept[net.cause[arrow]] == 0:
            log_off += messages.miss[arrow]
    if net.need[node] > 0 and not counts:
        log_off += log_whole(net, messages, node)
    return log_off


def add_readings(
    net: Net, messages: Messages, tables: Tables, logs: Floats, kept: Ints, node: int
) -> None:
    """Add what a node's channels and its folded effects say to its variable."""
    variable = tables.state_of[node]
    told = 0.0
    for slot in range(net.out_ptr[node], net.out_ptr[node + 1]):
        arrow = net.out_arrow[slot]
        effect = net.effect[arrow]
        is_member = arrow >= net.split[effect]
        if kept[effect] == 0 or (is_member and not group_is_counted(net, kept, effect)):
            told += messages.backward[arrow]
    tables.unary[2 * variable] += logs[2 * node]
    tables.unary[2 * variable + 1] += logs[2 * node + 1] + told


def group_is_counted(net: Net, kept: Ints, node: int) -> bool:
    """Say whether a node's group rule has a kept member and a counter of bearable width."""
    if net.need[node] == 0 or counted(net, node) == 0:
        return False
    for arrow in range(net.split[node], net.in_ptr[node + 1]):
        if kept[net.cause[arrow]] == 1:
            return True
    return False


def joined(tables: Tables, at: Ints, chain: int, cause: int, strength: float, node: int) -> int:
    """Return the variable that is 1 when the chain is, or when the cause strikes.

    A chain that is the cause itself, over a node with nothing else to strike it, cannot be struck
    once more.
    """
    if chain == cause:
        return chain
    if chain < 0 and strength == 1.0:
        return cause
    result = add_variable(tables, at, node)
    table, start = tables.table, at[3]
    if chain >= 0:
        add_place(tables, at, chain)
    add_place(tables, at, cause)
    add_place(tables, at, result)
    if chain >= 0:
        table[start], table[start + 2] = 1.0, 1.0 - strength
        table[start + 5], table[start + 6], table[start + 7] = 1.0, strength, 1.0
        at[3] = start + 8
    else:
        table[start], table[start + 1], table[start + 3] = 1.0, 1.0 - strength, strength
        at[3] = start + 4
    close_table(tables, at)
    return result


def add_counter(
    net: Net, messages: Messages, tables: Tables, at: Ints, kept: Ints, node: int
) -> int:
    """Count degraded or healthy members, whichever needs less; return the variable of `broken`."""
    first, last = net.split[node], net.in_ptr[node + 1]
    need = net.need[node]
    state = 1 if need <= last - first - need + 1 else 0
    enough = counted(net, node)
    base, bits = -1, 0
    for arrow in range(first, last - 1):
        cap = min(enough, arrow - first + 1)
        base, bits = count_member(net, messages, tables, at, kept, arrow, base, bits, state, cap)
    return close_counter(net, messages, tables, at, kept, last - 1, base, bits, state, enough)


def count_member(
    net: Net,
    messages: Messages,
    tables: Tables,
    at: Ints,
    kept: Ints,
    arrow: int,
    base: int,
    bits: int,
    state: int,
    cap: int,
) -> tuple[int, int]:
    """Write one step of a counter: old count and member give the new count, at most `cap`."""
    wide = width_of(cap)
    following = at[0]
    for _ in range(wide):
        add_variable(tables, at, net.effect[arrow])
    is_kept = open_count(net, tables, at, kept, arrow, base, bits)
    for bit in range(wide):
        add_place(tables, at, following + bit)
    start, shift = at[3], bits + is_kept
    odds = messages.forward[arrow]
    for count in range(1 << bits):
        for value in range(2):
            more = min(cap, count + (1 if value == state else 0))
            if is_kept == 1:
                tables.table[start + count + (value << bits) + (more << shift)] = 1.0
            else:
                share = chance(odds if value == 1 else -odds)
                tables.table[start + count + (more << shift)] += share
    at[3] = start + (1 << (shift + wide))
    close_table(tables, at)
    return following, wide


def close_counter(
    net: Net,
    messages: Messages,
    tables: Tables,
    at: Ints,
    kept: Ints,
    arrow: int,
    base: int,
    bits: int,
    state: int,
    enough: int,
) -> int:
    """Write the last step: is the group broken?"""
    broken = add_variable(tables, at, net.effect[arrow])
    is_kept = open_count(net, tables, at, kept, arrow, base, bits)
    add_place(tables, at, broken)
    start, shift = at[3], bits + is_kept
    odds = messages.forward[arrow]
    for count in range(1 << bits):
        for value in range(2):
            reached = count + (1 if value == state else 0) >= enough
            then = state if reached else 1 - state
            if is_kept == 1:
                tables.table[start + count + (value << bits) + (then << shift)] = 1.0
            else:
                share = chance(odds if value == 1 else -odds)
                tables.table[start + count + (then << shift)] += share
    at[3] = start + (2 << shift)
    close_table(tables, at)
    return broken


def open_count(
    net: Net, tables: Tables, at: Ints, kept: Ints, arrow: int, base: int, bits: int
) -> int:
    """Begin a counter's table with the old count and, if it is kept, the member; return 1 then."""
    for bit in range(bits):
        add_place(tables, at, base + bit)
    member = net.cause[arrow]
    if kept[member] == 0:
        return 0
    add_place(tables, at, tables.state_of[member])
    return 1
