"""What a page remembers: its subject in the URL, and what only one browser tab needs.

The URL holds language, incident, open cause, filter and whether the map is a table, so that a
link shows what the sender saw. A refresh drops everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import streamlit as st

from ui.format import Lang

LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")
Filter = Literal["all", "mine", "unowned", "approvals"]
# A fragment runs every 5 s: two of them are the 10 s for which a list stands still after a click.
REFRESH_S: Final = 5
_STILL_REFRESHES: Final = 2
_MOVE_REFRESHES: Final = 7


def language(default: Lang) -> Lang:
    """Tell the language: the URL's, else the one this tab used before, else the server's.

    Moving between pages clears the URL, so the choice is written back into it.
    """
    asked = st.query_params.get("lang", st.session_state.get("lang", default))
    lang: Lang = "en" if asked == "en" else "zh"
    st.session_state["lang"] = lang
    if st.query_params.get("lang") != lang:
        st.query_params["lang"] = lang
    return lang


def parameter(name: str) -> str | None:
    """Read one part of the page's state from the URL."""
    value: str | None = st.query_params.get(name)
    return value


def remember(name: str, value: str | None) -> None:
    """Write one part of the page's state into the URL; None takes it out."""
    if value is not None:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def still_after_click() -> None:
    """Keep the list's order for the next 10 s: somebody is working in it."""
    st.session_state["still"] = _STILL_REFRESHES


def show_moves() -> None:
    """Show how every cause moved for the next 30 s: somebody entered something."""
    st.session_state["moves"] = _MOVE_REFRESHES


def moves_shown() -> bool:
    """Tell whether to show how the causes moved in this refresh, and count the refresh."""
    left = int(st.session_state.get("moves", 0))
    st.session_state["moves"] = max(0, left - 1)
    return left > 0


def list_is_still(*, open_row: bool) -> bool:
    """Tell whether the list must keep its order in this refresh, and count the refresh."""
    left = int(st.session_state.get("still", 0))
    st.session_state["still"] = max(0, left - 1)
    return open_row or left > 0


def held_order(shown: Sequence[str], fresh: Sequence[str], *, still: bool) -> list[str]:
    """Order rows for the screen: as shown before while the list is still, new ones at their place.

    >>> held_order(["a", "b"], ["b", "a", "c"], still=True)
    ['a', 'b', 'c']
    >>> held_order(["a", "b"], ["b", "a", "c"], still=False)
    ['b', 'a', 'c']
    """
    if not still:
        return list(fresh)
    kept = [key for key in shown if key in fresh]
    for place, key in enumerate(fresh):
        if key not in kept:
            kept.insert(min(place, len(kept)), key)
    return kept
