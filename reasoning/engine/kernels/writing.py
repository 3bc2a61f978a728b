"""How tables are written one after the other; `at` counts variables, tables, places and entries."""

from __future__ import annotations

from reasoning.engine.kernels.arrays import Ints, Tables


def trimmed(tables: Tables, at: Ints) -> Tables:
    """Return the tables cut to what was written."""
    return Tables(
        at[0],
        tables.unary[: 2 * at[0]],
        tables.scope_ptr[: at[1] + 1],
        tables.scope[: at[2]],
        tables.table_ptr[: at[1] + 1],
        tables.table[: at[3]],
        tables.state_of,
        tables.start_of,
        tables.leak,
        tables.owner[: at[0]],
    )


def add_variable(tables: Tables, at: Ints, node: int) -> int:
    """Add a binary variable for a node and return its number."""
    number: int = at[0]
    tables.owner[number] = node
    at[0] += 1
    return number


def add_place(tables: Tables, at: Ints, variable: int) -> None:
    """Append a variable to the scope being written."""
    tables.scope[at[2]] = variable
    at[2] += 1


def close_table(tables: Tables, at: Ints) -> None:
    """End the table being written; its scope and entries stand before the cursor."""
    at[1] += 1
    tables.scope_ptr[at[1]] = at[2]
    tables.table_ptr[at[1]] = at[3]
