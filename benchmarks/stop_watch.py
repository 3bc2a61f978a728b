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
    """Write a promise of the seconds since `window.began`; looks again every 5 ms, for a minute."""
    return f"""new Promise((done, fail) => {{
      const look = () => {{
        const spent = performance.now() - window.began;
        if ({until}) done(spent / 1000);
        else if (spent > {PATIENCE_MS}) fail(new Error('waited a minute in vain'));
        else setTimeout(look, 5);
      }};
      look();
    }})"""


def ended(page: Page) -> float:
    """Return the seconds on the stop watch once it has stopped."""
    return float(page.evaluate("window.watch"))
