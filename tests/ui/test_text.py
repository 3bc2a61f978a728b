"""The words of the screens."""

from __future__ import annotations

import re
import string

import pytest

from ui.text import LABELS, listed, say

_ASCII_WORDS = re.compile(r"[A-Za-z]+")
_ALLOWED = {
    "Esc",
    "Ctrl",
    "SOP",
    "zip",
    "tar",
    "gz",
    "pack",
    "yaml",
    "MB",
    "Alertmanager",
    "Brier",
    "webhook",
    "P",
    "I",
    "II",
}
_HALF_WIDTH = re.compile(r"[,:;()!?]")


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _words(text: str) -> str:
    return re.sub(r"\{[a-z_]+\}", "", text)


@pytest.mark.parametrize("key", sorted(LABELS))
def test_both_languages_say_the_same_with_the_same_fields(key: str) -> None:
    """Every label has two texts, and neither forgets a value."""
    chinese, english = LABELS[key]

    assert chinese and english
    assert _fields(chinese) == _fields(english)


@pytest.mark.parametrize("key", sorted(LABELS))
def test_chinese_is_chinese(key: str) -> None:
    """No English word and no half-width punctuation on a Chinese screen; 健康 is never said."""
    chinese = _words(LABELS[key][0])

    assert set(_ASCII_WORDS.findall(chinese)) <= _ALLOWED
    assert not _HALF_WIDTH.search(chinese)
    assert "健康" not in chinese


@pytest.mark.parametrize("key", sorted(LABELS))
def test_english_is_english(key: str) -> None:
    """No Han character and no full-width punctuation on an English screen."""
    assert LABELS[key][1].isascii() or not re.search("[\u3000-\u9fff\uff00-\uffef]", LABELS[key][1])


def test_a_label_is_filled() -> None:
    """Fields are put in as they are."""
    assert say("zh", "alerts", n="380") == "告警 380 条"
    assert say("en", "alerts", n="380") == "380 alerts"
    assert say("en", "alerts", n="1") == "1 alert"


def test_lists_are_joined_as_each_language_does() -> None:
    """、 in Chinese, a comma in English."""
    assert listed(["甲", "乙"], "zh") == "甲、乙"
    assert listed(["a", "b"], "en") == "a, b"


def test_a_space_parts_han_from_latin_and_not_han_from_han() -> None:
    """Names begin with either; the label cannot know."""
    assert (
        say("zh", "verdict.likely", name="核心交换机 2 端口误码")
        == "最可能是核心交换机 2 端口误码。"
    )
    assert say("zh", "verdict.likely", name="cdn-7 宕机") == "最可能是 cdn-7 宕机。"
    assert say("zh", "time.owned", name="周岚") == "周岚\u00a0认领"
    assert say("zh", "time.owned", name="demo-operator") == "demo-operator\u00a0认领"
