"""The look, once: every colour is a token `light-dark(LIGHT, DARK)`, every class starts with `eg-`.

Nothing else in `ui/` names a colour. `.streamlit/config.toml` repeats the six that Streamlit's
own parts need; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

# token: (light, dark)
TOKENS: Final[dict[str, tuple[str, str]]] = {
    "bg": ("#F4F6F8", "#10151B"),
    "panel": ("#FFFFFF", "#171E26"),
    "raised": ("#ECF0F4", "#202A35"),
    "text": ("#17202A", "#E8EDF2"),
    "text2": ("#435060", "#B7C2CD"),
    "text3": ("#596675", "#93A0AE"),
    "line": ("#D3DAE2", "#2E3A47"),
    "control": ("#758394", "#6B7B8F"),
    "link": ("#1B5ABF", "#84B6FF"),
    "primary": ("#1F5FC4", "#2C6BD6"),
    "on-primary": ("#FFFFFF", "#FFFFFF"),
    "probability": ("#2B78BC", "#4E9FE0"),
    "p0": ("#AE241D", "#FF8078"),
    "p0-fill": ("#B3261E", "#FF746C"),
    "on-p0": ("#FFFFFF", "#25090A"),
    "p1": ("#8A5200", "#F3AC4E"),
    "p2": ("#6A5C00", "#DCCB7A"),
    "p3": ("#596675", "#93A0AE"),
    "ok": ("#1B7348", "#74C9A2"),
    "unknown": ("#6546AB", "#C0ABEA"),
    "tint-broken": ("#FDF0EF", "#2B191C"),
    "tint-selected": ("#EAF1FC", "#18263A"),
    "tint-unknown": ("#F3EFFB", "#221F30"),
}

_SHEET: Final = "style.css"


def stylesheet() -> str:
    """Return the `<style>` element of the whole product."""
    tokens = "".join(
        f"--eg-{name}:light-dark({light},{dark});" for name, (light, dark) in TOKENS.items()
    )
    sheet = Path(__file__).with_name(_SHEET).read_text(encoding="utf-8")
    return f"<style>:root{{{tokens}}}\n{sheet}</style>"
