"""Screens and API in one process and on one port: the one module that knows both sides."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import streamlit as st
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import logger as framework_log

from api.app import create_app
from api.bootstrap import Assistant
from api.doorway.limits import Guard

_MAIN_SCRIPT: Final = Path(__file__).with_name("app.py")
_CORE_PATH: Final = re.compile(r"/(?:(?P<page>[^/]+)/)?_stcore/(?P<name>[\w-]+)/*")
_API_PATH: Final = re.compile(r"/(?:api|a)(?:/|$)")
_COMPRESSION: Final = 4  # of 220 KB: 0.9 ms where level 9 takes 4.2 for a sixth less
_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def create_site(assistant: Assistant, on_start: Callable[[], None]) -> ASGIApp:
    """Mount the API below /api and the screens at /; `on_start` is called once it can be reached.

    The pages find the API by `st.secrets["etiograph"]`.
    """
    _log_as_json()
    settings = assistant.settings
    api = create_app(assistant)

    @contextlib.asynccontextmanager
    async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any] | None]:
        async with api.router.lifespan_context(api):
            on_start()
            yield None

    site = st.App(
        _MAIN_SCRIPT,
        lifespan=lifespan,
        secrets={"etiograph": {"base_url": settings.url, "lang": settings.lang}},
    )
    hosts = frozenset({settings.host})
    return Guard(ApiDoor(api, CoreDoor(site)), hosts=hosts, script_hashes=_inline_script_hashes())


def _log_as_json() -> None:
    """Let what the framework logs stand among our JSON lines, from warnings up.

    It gives each of its loggers, and the server's, a plain-text handler of their own.
    """

    def hand_up(logger: logging.Logger) -> None:
        logger.handlers.clear()
        logger.propagate = True

    framework_log.setup_formatter = hand_up
    framework_log.update_formatter()


class ApiDoor:
    """Lead calls below /api and /a straight to the API.

    Within the framework's own layers each call takes a third longer, and a storm is many calls.
    """

    def __init__(self, api: ASGIApp, site: ASGIApp) -> None:
        """Put the API beside the screens."""
        routes = [Mount("/api", app=api), Mount("/a", app=api)]
        self._api: Final = GZipMiddleware(Router(routes), compresslevel=_COMPRESSION)
        self._site: Final = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on a call; what is no call, such as the start, goes to the screens."""
        below_api = scope["type"] == "http" and _API_PATH.match(scope["path"])
        await (self._api if below_api else self._site)(scope, receive, send)


class CoreDoor:
    """Keep the framework's own paths where they belong, and its counters from strangers.

    The browser looks for the server beside the page it opened (`/diagnosis/_stcore/health`) and
    then at the root; success beside the page would make it take the page for the root. A 300 is no
    success and, unlike a 404, no error in its console. `/_stcore/metrics` would be open to anybody;
    ours at `/api/metrics` asks for a token.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app: Final = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is misplaced or closed, and hand on the rest."""
        found = _CORE_PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None or (not found["page"] and found["name"] != "metrics"):
            await self._app(scope, receive, send)
        elif found["page"]:
            there = {"Location": f"/_stcore/{found['name']}"}
            await Response(status_code=300, headers=there)(scope, receive, send)
        else:
            await Response(status_code=404)(scope, receive, send)


def _inline_script_hashes() -> tuple[str, ...]:
    """Digest the framework's own inline scripts, so that its page runs and no other script does."""
    page = Path(str(st.__file__)).parent / "static" / "index.html"
    scripts = _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return tuple(base64.b64encode(digest).decode() for digest in digests)
