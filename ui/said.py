"""What a page says once somebody did something: it stands long enough to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import streamlit as st

# A page that refreshes every 5 s may do so the moment after a click, and a slow one draws twice in
# a row: what is said stands in seven drawings, so for 30 s, or until something else is said.
_DRAWINGS: Final = 7

T = TypeVar("T")


@dataclass(frozen=True)
class Said(Generic[T]):
    """One place of this tab for what is to be said there; `name` is its own."""

    name: str

    def say(self, what: T, about: str | None = None) -> None:
        """Say it from the next drawing on, in place of what stood there; `about` one subject."""
        st.session_state[self.name] = (what, about, _DRAWINGS)

    def unsay(self) -> None:
        """Say nothing more: what was tried has been done since."""
        st.session_state.pop(self.name, None)

    def read(self, about: str | None = None) -> T | None:
        """Return what to say in this drawing, and count it; None after the last, or elsewhere.

        What was said of one subject is not said of another: it ends when that is drawn.
        """
        kept: tuple[Any, str | None, int] | None = st.session_state.pop(self.name, None)
        if kept is None:
            return None
        what, subject, left = kept
        if subject not in (None, about):
            return None
        if left > 1:
            st.session_state[self.name] = (what, subject, left - 1)
        said: T = what
        return said
