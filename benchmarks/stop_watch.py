"""A stop watch inside a page: from an action, or the load, until a condition holds."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

PATIENCE_MS: Final = 60_000


def begin(page: Page, action: str, *, until: str) -> None:
    """Do something in the page and start its stop watch."""
    page.evaluate(
        f"""() => {{
          window.began = performance.now();
          {action};
          window.watch = {_watched(until)};
        }}"""
    )


def since_load(page: Page, *, until: str) -> float:
    """Wait for a condition; returns how long the page has been loading and living until then."""
    page.evaluate(f"() => {{ window.began = performance.now(); return {_watched(until)}; }}")
    return float(page.evaluate("performance.now()")) / 1000


def _watched(until: str) -> str:
    """Write a promise of the seconds since `window.began`; fails after a minute.

    It looks whenever the document changed, and 20 times a second for conditions of time: looking
    more often would take the processor from the page that it measures.
    """
    return f"""new Promise((done, fail) => {{
      const stop = () => {{ changes.disconnect(); clearInterval(ticks); }};
      const look = () => {{
        const spent = performance.now() - window.began;
        if ({until}) {{ stop(); done(spent / 1000); }}
        else if (spent > {PATIENCE_MS}) {{ stop(); fail(new Error('waited a minute in vain')); }}
      }};
      const changes = new MutationObserver(look);
      const ticks = setInterval(look, 50);
      changes.observe(document, {{
        subtree: true, childList: true, attributes: true, characterData: true }});
      look();
    }})"""


def ended(page: Page) -> float:
    """Return the seconds on the stop watch once it has stopped."""
    return float(page.evaluate("window.watch"))
