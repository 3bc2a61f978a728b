"""What a page says when the server did not do what was asked, in our own words."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import streamlit as st

from api.client import UnreachableError
from graph.errors import (
    EtiographError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    UnauthenticatedError,
)
from graph.model.base import Text
from ui.format import Lang
from ui.text import pick, say
from ui.widgets import frame

ZONE: Final = "UTC"


def label_of(error: EtiographError) -> str:
    """Choose our words for an error: the server's own are English and for engineers."""
    labels: tuple[tuple[type[EtiographError], str], ...] = (
        (UnreachableError, "offline.why"),
        (ForbiddenError, "error.forbidden"),
        (NotFoundError, "error.missing"),
        (RateLimitedError, "error.busy"),
    )
    return next((label for kind, label in labels if isinstance(error, kind)), "error.other")


def why_of(error: EtiographError) -> str | Text:
    """Keep the server's own sentence where it is told in both languages, else our words."""
    return Text(zh=error.zh, en=str(error)) if error.zh else label_of(error)


def worded(why: str | Text, lang: Lang) -> str:
    """Say a reason in the language of the page."""
    return pick(why, lang) if isinstance(why, Text) else say(lang, why)


def say_failure(error: EtiographError, lang: Lang, seen_at: datetime | None, zone: str) -> None:
    """Draw the banner of a failure; `seen_at` is of when the picture is that stays."""
    if isinstance(error, UnreachableError):
        st.html(frame.offline(seen_at, zone, lang))
    elif isinstance(error, UnauthenticatedError):
        st.html(frame.sign_in(lang))
    else:
        st.html(frame.notice(say(lang, label_of(error)), lang))
