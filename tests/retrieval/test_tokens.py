"""The tokenizer."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.words.tokens import (
    Lang,
    detect_language,
    normalise,
    question_names,
    question_tokens,
    question_units,
    stem,
    tokenize,
)

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=12)
WORDS = st.text(st.sampled_from("abcdefgz"), min_size=1, max_size=9)


def test_compound_identifiers_stand_whole_and_in_parts() -> None:
    """An identifier is found by its whole name and by each part."""
    assert tokenize("exam-db.pool_max") == ["exam-db.pool_max", "exam", "db", "pool", "max"]


def test_camel_case_is_split() -> None:
    """An alertname is found by its words."""
    assert tokenize("DbConnectionPoolExhausted") == [
        "dbconnectionpoolexhausted",
        "db",
        "connection",
        "pool",
        "exhaust",
    ]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("为什么 Proxmox 集群没有仲裁", ["proxmox"]),
        ("TiDB 的 pod 起不来", ["tidb"]),
        ("TiDB：重启后 OOM", ["tidb", "oom"]),
        ("Why does the OpenShift console hang? Restart it", ["openshift"]),
        ("Proxmox cluster is not quorate", []),
        ("Configure the SNMP trap of ESXi", ["snmp", "esxi"]),
        ("Upgrade The Whole TiDB Cluster", ["tidb"]),
        ("Back Up Data to Storage Using Velero", []),
        ("reset the password of Windows and Oracle accounts", ["window", "oracl"]),
        ("CDN NODE IS DOWN", []),
        ("ssh to ZJ-edge-017, v2.Beta, /etc/Hosts, Node_A or B fails", []),
        ("重启服务", []),
        ("", []),
    ],
)
def test_names_are_words_with_a_capital_of_their_own(question: str, names: list[str]) -> None:
    """Beginnings of sentences, titles, hosts, versions, paths and single letters are none."""
    lang = detect_language(question)
    assert [whole for whole, *_ in question_names(question, lang)] == names


@given(st.text(max_size=60), st.sampled_from(["zh", "en"]))
def test_every_name_is_a_token_of_its_question(question: str, lang: Lang) -> None:
    """Whatever was typed: a name can be looked for as words are."""
    for name in question_names(question, lang):
        assert set(name) <= set(tokenize(question))


def test_chinese_becomes_overlapping_pairs() -> None:
    """A Chinese run gives its pairs, a lonely character itself."""
    assert tokenize("连接池，满") == ["连接", "接池", "满"]


def test_full_width_letters_are_folded() -> None:
    """Full-width text equals its half-width twin."""
    assert tokenize("ＣＤＮ－７") == tokenize("CDN-7")


def test_question_words_are_dropped_from_questions_only() -> None:
    """What only asks carries no weight in a question and stays in a document."""
    assert question_tokens("how do I restart it") == ["restart"]
    assert question_tokens("连接池耗尽怎么处理") == ["连接", "接池", "池耗", "耗尽"]
    assert "how" in tokenize("how do I restart it")


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("考试系统连接池耗尽怎么处理", "zh"),
        ("exam-db 连接池", "zh"),
        ("how do I fail over the credit DB?", "en"),
        ("restart the 考 service on every node", "en"),
        ("ディスクが満杯です", "en"),
        ("😀 123", "en"),
    ],
)
def test_language_is_that_of_the_letters(text: str, lang: str) -> None:
    """A fifth of Han letters makes a question Chinese; kana make it foreign."""
    assert detect_language(text) == lang


@given(HAN)
def test_every_pair_of_a_chinese_run_is_a_token(text: str) -> None:
    """No neighbouring characters are lost."""
    folded = unicodedata.normalize("NFKC", text)
    tokens = tokenize(text)
    assert all(folded[i : i + 2] in tokens for i in range(len(folded) - 1))


@given(st.text(max_size=200))
def test_tokens_are_clean_and_stable(text: str) -> None:
    """Tokens hold no space and no control character, and come out the same again."""
    tokens = tokenize(text)
    assert tokens == tokenize(text)
    assert all(token and not any(char.isspace() for char in token) for token in tokens)


@given(st.text(max_size=200))
def test_hidden_characters_change_nothing(text: str) -> None:
    """Zero-width and bidi characters between letters cannot hide a word."""
    hidden = "\u200b".join(text) + "\u202e"
    assert normalise(hidden).replace("\u200b", "") == normalise(normalise(hidden))
    assert tokenize("ex\u200bam\u202e pool") == ["exam", "pool"]


@given(WORDS)
def test_stem_shortens_and_settles(word: str) -> None:
    """A stem is never longer than its word and never empty."""
    assert 0 < len(stem(word)) <= len(word)


@given(st.text(max_size=100))
def test_units_are_covered_by_the_question_itself(text: str) -> None:
    """Every piece whose coverage is measured could be covered by the question's own text."""
    tokens = set(tokenize(text)) | set(question_tokens(text))
    assert all(set(unit.tokens) <= tokens for unit in question_units(text))
