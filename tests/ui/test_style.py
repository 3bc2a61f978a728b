"""The colours: written once, readable, and the same as Streamlit's own."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import ui.style
from ui.style import TOKENS

_UI = Path(ui.style.__file__).parent
_PAIRS = {
    "backgroundColor": "bg",
    "secondaryBackgroundColor": "raised",
    "textColor": "text",
    "linkColor": "link",
    "primaryColor": "primary",
    "borderColor": "control",
}
_COLOUR = re.compile(
    r"#[0-9A-Fa-f]{3,8}\b|\brgba?\(|\bhsla?\(|(?<![-\w])(?:white|black|red|green|blue)\b(?!-)"
)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(
    "name", ["text", "text2", "text3", "link", "p0", "p1", "p2", "p3", "ok", "unknown"]
)
def test_every_text_is_readable_on_page_and_card(name: str, theme: int) -> None:
    """4.5:1 at least, in both themes."""
    for ground in ("bg", "panel"):
        assert _contrast(TOKENS[name][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1])
def test_controls_and_bars_can_be_seen(theme: int) -> None:
    """3:1 at least for the border of what one can press and for a posterior on its track."""
    assert _contrast(TOKENS["control"][theme], TOKENS["panel"][theme]) >= 3
    assert _contrast(TOKENS["probability"][theme], TOKENS["raised"][theme]) >= 3
    assert _contrast(TOKENS["on-primary"][theme], TOKENS["primary"][theme]) >= 4.5
    assert _contrast(TOKENS["on-p0"][theme], TOKENS["p0-fill"][theme]) >= 4.5


def test_no_colour_is_written_outside_the_tokens() -> None:
    """A colour in the sheet or in a widget would survive into the other theme."""
    sheet = re.sub(r"/\*.*?\*/", "", (_UI / "style.css").read_text(encoding="utf-8"), flags=re.S)
    used = set(re.findall(r"var\(--eg-([a-z0-9-]+)\)", sheet))

    assert not _COLOUR.search(sheet)
    assert used <= TOKENS.keys()
    for module in (_UI / "widgets").glob("*.py"):
        assert not re.search(r"#[0-9A-Fa-f]{6}", module.read_text(encoding="utf-8"))


def test_streamlit_is_told_the_same_colours() -> None:
    """The configuration repeats the tokens exactly."""
    config = tomllib.loads((_UI / ".streamlit" / "config.toml").read_text(encoding="utf-8"))

    for index, theme in enumerate(("light", "dark")):
        told = config["theme"][theme]
        assert told == {key: TOKENS[name][index] for key, name in _PAIRS.items()}


def test_streamlit_tells_nobody_and_shows_no_chrome() -> None:
    """No usage statistics, no menu of a developer, no English error details."""
    config = tomllib.loads((_UI / ".streamlit" / "config.toml").read_text(encoding="utf-8"))

    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["toolbarMode"] == "minimal"
    assert config["client"]["showErrorDetails"] == "none"
    assert config["logger"]["enableRich"] is False


def test_the_stylesheet_is_one_element() -> None:
    """One style element, with every token as light-dark()."""
    sheet = ui.style.stylesheet()

    assert sheet.count("<style>") == sheet.count("</style>") == 1
    assert sheet.count("light-dark(") == len(TOKENS)
