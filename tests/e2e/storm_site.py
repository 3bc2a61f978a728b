"""A served storm for the pages' tests: who may sign in, how, and how its language is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, StorageState

from api.client import connect
from api.demo import STORM, await_main_incident, replay
from graph.model.access import Role
from tests.e2e import browser as real
from tests.e2e.server import served_copy, source_token

OPERATOR: Final = "zhou-lan"
# What a Chinese screen may hold in Latin letters: ids, names of products and quoted source texts.
_LATIN_KEPT: Final = re.compile(
    r"[\w.:-]*[\d:_-][\w.:-]*|[A-Z][A-Z0-9]+s?|zhou-lan|Etiograph|Ctrl|Esc"
)
_ENGLISH_PHRASE: Final = re.compile(r"[A-Za-z]{3,} [a-z]{2,}")
_HAN: Final = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
# Sources stand as they came: titles of changes, commands to copy. The framework has its own skip
# link in English only; our sheet hides it, ours stands before it.
_QUOTED: Final = ".eg-mark, .eg-code, code, [data-testid=stSkipToContent]"


@dataclass(frozen=True)
class Site:
    """Where the storm is served, which incident it made, and who may sign in."""

    url: str
    incident_id: str
    passwords: Mapping[str, str]


@contextmanager
def stormy(prepared: Path, home: Path, people: Mapping[str, tuple[Role, ...]]) -> Iterator[Site]:
    """Serve a copy of a prepared folder with the demo storm in it, and make accounts."""
    with served_copy(prepared, home) as server:
        token = source_token(server, "demo-alerts", replay=True)
        with connect(server.url, token=token) as source:
            replay(source, STORM)
        with server.client() as owner:
            passwords = {n: owner.add_user(n, roles).password for n, roles in people.items()}
            incident, _ = await_main_incident(owner)
        yield Site(server.url, incident.id, passwords)


def sign_in(page: Page, site: Site, name: str, lang: str = "zh") -> None:
    """Come in by the sign-in page, until the first page is there."""
    page.goto(f"{site.url}/api/login?lang={lang}")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(site.passwords[name])
    page.locator("button[type=submit]").click()
    page.wait_for_selector(".st-key-brand")


def cookies_of(browser: Browser, site: Site, name: str) -> StorageState:
    """Sign in once in a window of its own, and give the cookies."""
    with real.window(browser) as window:
        sign_in(window.page, site, name)
        assert window.outside == []
        return window.page.context.storage_state()


def check_language(page: Page, lang: str, *, without: str = "") -> None:
    """Demand one language of what people read on a page, less quotes and what `without` names."""
    check_text(real.read(page, without=f"{_QUOTED}, {without}" if without else _QUOTED), lang)


def check_text(text: str, lang: str) -> None:
    """Demand one language: no Han in English; no English phrase or half-width mark in Chinese."""
    assert "健康" not in text
    if lang == "en":
        assert not _HAN.search(text), _HAN.search(text)
        return
    found = _ENGLISH_PHRASE.search(_LATIN_KEPT.sub("", text))
    assert not found, found
    assert not re.search(r"[一-鿿][,:;()!?]|[,:;()!?][一-鿿]", text)
