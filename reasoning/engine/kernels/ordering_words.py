"""The same order as `ordering.py`, on rows of 64-bit words, for numba alone."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.kernels.arrays import Order, Tables

Words = NDArray[np.uint64]
Numbers = NDArray[np.int64]


def min_degree(tables: Tables, max_width: int, max_entries: int) -> Order:
    """Return the order, or where it broke; see `ordering.min_degree`."""
    variables = tables.variables
    words = (variables + 63) // 64
    near = np.zeros((variables, words), np.uint64)
    connect(tables, near)
    degree = np.zeros(variables, np.int64)
    for variable in range(variables):
        degree[variable] = row_size(near[variable])
    heap = [np.int64(degree[v]) * variables + v for v in range(variables)]
    heapq.heapify(heap)
    gone = np.zeros(variables, np.int64)
    position = np.full(variables, variables, np.int64)
    ends = np.zeros(variables + 1, np.int64)
    room = np.zeros(variables * 8 + max_width + 64, np.int64)
    around = np.zeros(variables, np.int64)
    count, used, entries, broken = 0, 0, 0, -1
    while len(heap) > 0 and broken < 0:
        price = int(heapq.heappop(heap))
        variable = price % variables
        if gone[variable] == 1 or price // variables != degree[variable]:
            continue
        found = row_members(near[variable], around)
        if used + found + 1 > len(room):
            room = np.concatenate((room, np.zeros(len(room) + found + 1, np.int64)))
        room[used] = variable
        room[used + 1 : used + 1 + found] = around[:found]
        used += found + 1
        count += 1
        ends[count] = used
        entries += 2 << min(found, 60)
        position[variable] = count - 1
        if found > max_width or entries > max_entries:
            broken = variables - count + 1
            break
        gone[variable] = 1
        for k in range(found):
            other = around[k]
            join(near, variable, other)
            fresh = row_size(near[other])
            if fresh != degree[other]:
                degree[other] = fresh
                heapq.heappush(heap, np.int64(fresh) * variables + other)
    by_position(room, ends, count, position)
    return Order(broken, ends[: count + 1], room[:used], entries)


def connect(tables: Tables, near: Words) -> None:
    """Join all variables that share a table."""
    for factor in range(len(tables.scope_ptr) - 1):
        for i in range(tables.scope_ptr[factor], tables.scope_ptr[factor + 1]):
            for j in range(tables.scope_ptr[factor], tables.scope_ptr[factor + 1]):
                if i != j:
                    other = tables.scope[j]
                    near[tables.scope[i], other >> 6] |= np.uint64(1) << np.uint64(other & 63)


def join(near: Words, variable: int, other: int) -> None:
    """Give one neighbour of an eliminated variable all the others."""
    for word in range(near.shape[1]):
        near[other, word] |= near[variable, word]
    near[other, variable >> 6] &= ~(np.uint64(1) << np.uint64(variable & 63))
    near[other, other >> 6] &= ~(np.uint64(1) << np.uint64(other & 63))


def ones(word: np.uint64) -> np.int64:
    """Count the bits of a word."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    pairs = word & np.uint64(0x3333333333333333)
    word = pairs + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    word += word >> np.uint64(8)
    word += word >> np.uint64(16)
    word += word >> np.uint64(32)
    return np.int64(word & np.uint64(0x7F))


def row_size(row: Words) -> int:
    """Count the members of a row."""
    total = 0
    for word in row:
        if word != 0:
            total += int(ones(word))
    return total


def row_members(row: Words, found: Numbers) -> int:
    """Write the members of a row, ascending; return how many."""
    count = 0
    for at in range(len(row)):
        word = row[at]
        while word != 0:
            rest = word & (word - np.uint64(1))
            found[count] = at * 64 + ones((word ^ rest) - np.uint64(1))
            count += 1
            word = rest
    return count


def by_position(room: Numbers, ends: Numbers, count: int, position: Numbers) -> None:
    """Sort each clique behind its first variable by elimination time, then number."""
    for clique in range(count):
        for i in range(ends[clique] + 2, ends[clique + 1]):
            value = room[i]
            price = position[value]
            j = i - 1
            while j > ends[clique] and position[room[j]] > price:
                room[j + 1] = room[j]
                j -= 1
            room[j + 1] = value
