"""The log of a real server: every line is one JSON object, and no failure is told twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]

# A server with the pages and the API, a call in it that fails, and what libraries may log.
_SERVER: Final = """
import logging, sys, warnings
import httpx2
from api.bootstrap import build_in_memory
from api.log_config import configure_logging
from api.serving import bind, served_in_thread
from api.settings import Settings

configure_logging()
assistant = build_in_memory(Settings())

def boom():
    raise RuntimeError('broken "glass"')

if sys.argv[1] == "pages":
    from ui.asgi import create_site
    site = create_site(assistant, lambda: None)
    from streamlit.logger import get_logger
    get_logger("streamlit.made.later").error("page\\nfailed", exc_info=ValueError("x"))
else:
    from api.app import create_app
    site = create_app(assistant)
    site.add_api_route("/v1/boom", boom)
    logging.getLogger("library").warning('two\\nlines and a "quote" %s', {"password": 1})
    warnings.warn("old thing", DeprecationWarning)
listener = bind("127.0.0.1", 0)
url = "http://127.0.0.1:%d" % listener.getsockname()[1]
with served_in_thread(site, listener):
    with httpx2.Client(base_url=url, trust_env=False) as http:
        for headers in ({}, {"X-Received-At": "2025-03-12T13:42:00Z"}):
            http.get("/api/healthz", headers=headers)
        answer = http.get("/api/v1/boom", headers=headers)
        sys.stdout.write("%d %s" % (answer.status_code, answer.headers["content-type"]))
assistant.stop()
"""


def _serve(kind: str) -> tuple[str, list[dict[str, Any]]]:
    """Run the server; returns what it printed, and its log parsed line by line."""
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", _SERVER, kind],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    lines = done.stderr.splitlines()
    broken = [line for line in lines if not line.startswith("{")]
    assert broken == []
    return done.stdout, [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def api() -> tuple[str, list[dict[str, Any]]]:
    """The API alone, with a call that fails."""
    return _serve("api")


def test_a_failed_call_is_told_once_and_whole(api: tuple[str, list[dict[str, Any]]]) -> None:
    """500 as a problem, one line with the traceback, and the line that every call has."""
    said, log = api
    assert said == "500 application/problem+json"
    (failed,) = [line for line in log if "exception" in line]
    assert (failed["event"], failed["path"]) == ("call_failed", "/api/v1/boom")
    assert failed["exception"].endswith('RuntimeError: broken "glass"')
    calls = [line for line in log if line["event"] == "call"]
    assert (calls[-1]["status"], calls[-1]["path"]) == (500, "/api/v1/boom")


def test_a_replayed_post_is_told_only_when_it_fails(api: tuple[str, list[dict[str, Any]]]) -> None:
    """Hundreds of them come at once: one by hand and one that failed are told."""
    paths = [line["path"] for line in api[1] if line["event"] == "call"]
    assert paths == ["/api/healthz", "/api/v1/boom"]


def test_what_libraries_log_is_json_too(api: tuple[str, list[dict[str, Any]]]) -> None:
    """Line breaks and quotes stay inside their line; warnings have a level and a name."""
    by_name = {line.get("logger"): line for line in api[1]}
    assert by_name["library"]["event"] == "two\nlines and a \"quote\" {'password': 1}"
    assert by_name["library"]["level"] == "warning"
    assert "old thing" in by_name["py.warnings"]["event"]


def test_the_framework_of_the_pages_logs_as_json_and_says_nothing_while_all_is_well() -> None:
    """Its loggers had plain-text handlers of their own, also those made later."""
    _, log = _serve("pages")
    others = [line for line in log if line["event"] != "call"]
    assert [line["event"] for line in others] == ["page\nfailed"]
    (told,) = others
    assert (told["logger"], told["event"]) == ("streamlit.made.later", "page\nfailed")
    assert told["exception"] == "ValueError: x"
