"""Hostile text stays text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import markup


@given(st.text())
def test_plain_text_never_becomes_markup(text: str) -> None:
    """No tag, no attribute and no entity of the text reaches the page as such."""
    built = markup.element("b", text, title=text)
    inner = built[built.index(">") + 1 : -len("</b>")] if text else ""

    assert built.count("<") == 2
    assert html.unescape(inner) == markup.visible(text)


@given(st.text())
def test_no_hidden_or_bidi_character_reaches_the_page(text: str) -> None:
    """A name cannot pose as another by characters that nobody sees."""
    shown = markup.visible(text)

    assert not re.search(
        "[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", shown
    )


def test_markup_of_ours_passes_unchanged() -> None:
    """Children that are already markup are not escaped twice."""
    assert markup.div("a", markup.span("b", "x")) == '<div class="a"><span class="b">x</span></div>'


@pytest.mark.parametrize("name", ["on click", 'a"b', "<", "A"])
def test_a_strange_attribute_name_is_refused(name: str) -> None:
    """Names of attributes are ours alone."""
    with pytest.raises(ValueError, match="not a name of HTML"):
        markup.element("b", "x", **{name: "y"})


def test_a_button_label_cannot_format_itself() -> None:
    """Markdown, directives and emoji names in a title stay plain text."""
    safe = markup.label("**x** :red[y] :smile: `z` <b>")

    assert r"\*\*x\*\*" in safe
    assert ":red" not in safe and ":smile" not in safe
    assert r"\`z\`" in safe and r"\<b\>" in safe
