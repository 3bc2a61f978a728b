"""Screens and API in one process and on one port: the one module that knows both sides."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import streamlit as st
from starlette.routing import Mount
from starlette.types import ASGIApp

from api.app import create_app
from api.bootstrap import Assistant
from api.limits import Guard

_MAIN_SCRIPT: Final = Path(__file__).with_name("app.py")
_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def create_site(assistant: Assistant, on_start: Callable[[], None]) -> ASGIApp:
    """Mount the API below /api and the screens at /; `on_start` is called once it can be reached.

    The pages find the API by `st.secrets["etiograph"]`.
    """
    settings = assistant.settings
    api = create_app(assistant)

    @contextlib.asynccontextmanager
    async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any] | None]:
        async with api.router.lifespan_context(api):
            on_start()
            yield None

    site = st.App(
        _MAIN_SCRIPT,
        routes=[Mount("/api", app=api)],
        lifespan=lifespan,
        secrets={"etiograph": {"base_url": settings.url, "lang": settings.lang}},
    )
    hosts = frozenset({settings.host})
    return Guard(site, hosts=hosts, script_hashes=_inline_script_hashes())


def _inline_script_hashes() -> tuple[str, ...]:
    """Digest the framework's own inline scripts, so that its page runs and no other script does."""
    page = Path(str(st.__file__)).parent / "static" / "index.html"
    scripts = _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return tuple(base64.b64encode(digest).decode() for digest in digests)
