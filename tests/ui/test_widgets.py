"""Each page of widgets: escaped, closed, in one language, with the words of the product."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import pytest

from graph.model.base import Text
from tests.ui import samples
from tests.ui.drawn import LANGS, PAGES, everything, read
from ui.format import Lang

# Names of products and units that a Chinese screen keeps.
_KEPT: Final = re.compile(r"[a-z]+[-0-9][a-z0-9-]*|CDN|SOP|P[0-3]|CPU|NodeDown|loopy|[a-z]-[0-9]")


def _hostile(text: Text) -> Text:
    return Text(zh=samples.HOSTILE, en=samples.HOSTILE)


@pytest.mark.parametrize("page", PAGES)
def test_the_chinese_page_has_no_english_and_no_half_width_punctuation(page: str) -> None:
    """Only ids, product names and figures are left when the Chinese is taken away."""
    text = read(PAGES[page]("zh"))
    text = text.replace("Etiograph", "").replace("I 类学分", "")

    assert not re.search(r"[A-Za-z]{2,}", _KEPT.sub("", text))
    assert not re.search(r"[一-鿿] ?[,:;()]|[,:;()] ?[一-鿿]", re.sub(r"\d:\d\d", "", text))


@pytest.mark.parametrize("page", PAGES)
def test_the_english_page_has_no_chinese(page: str) -> None:
    """Names of people excepted."""
    text = re.sub("周岚|何清|林启|吴越", "", read(PAGES[page]("en")))

    assert not re.search("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", text)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("page", PAGES)
def test_no_page_claims_health_or_certainty(page: str, lang: Lang) -> None:
    """Neither 健康 nor a posterior of 0% or 100%."""
    text = read(PAGES[page](lang))

    assert "健康" not in text
    assert not re.search(
        r"(?<![\d.])(0|100)%(?! [线])", text.replace("不必是 100%", "").replace("sum to 100%", "")
    )


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("page", PAGES)
def test_tags_are_closed_and_no_script_or_picture_is_there(page: str, lang: Lang) -> None:
    """The markup nests, and holds nothing that Streamlit would strip or fetch."""
    markup = PAGES[page](lang)
    opened: list[str] = []
    for close, tag in re.findall(r"<(/?)([a-z0-9]+)", markup):
        if close:
            assert opened.pop() == tag
        else:
            opened.append(tag)

    assert opened == []
    assert not re.search(r"<(script|img|svg|iframe|style)", markup)
    assert not re.search(r"https?://(?!www\.w3\.org)", markup)


@pytest.mark.parametrize("lang", LANGS)
def test_text_of_alerts_is_shown_and_not_obeyed(lang: Lang) -> None:
    """Tags, braces and bidi characters in data appear as text."""
    scene = samples.scene()
    evil = replace(
        scene,
        incident=scene.incident.model_copy(update={"title": _hostile(scene.incident.title)}),
        causes=tuple(
            replace(c, name=_hostile(c.name), evidence_for=((_hostile(c.name), 1.0),))
            for c in scene.causes
        ),
        checks=tuple(c.model_copy(update={"text": _hostile(c.text)}) for c in scene.checks),
        steps=tuple(replace(s, name=_hostile(s.name)) for s in scene.steps),
    )

    markup = everything(evil, lang)

    assert "<img" not in markup
    assert "\u202e" not in markup
    assert "⟨U+202E⟩" in markup
