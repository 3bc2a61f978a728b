"""The approval page on a phone: five answers, two taps, no script; texts of others are plain."""

from __future__ import annotations

import re

import pytest

from graph.model.access import Role
from graph.model.base import Text
from tests.acting_pack import CREDITS, DATABASE, NODE, RECEIVER, acting_pack
from tests.api.acting_room import ActingRoom
from tests.api.phone import (
    HIDDEN,
    MOST_BYTES,
    SCRIPT,
    fields_of,
    first_tap,
    nothing_recorded,
    open_page,
    post_form,
)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_step_is_small_and_without_script(acting: ActingRoom, lang: str) -> None:
    """At most 60 KB, nothing fetched, nothing run, framed by nobody; one language."""
    asked = acting.asked()
    for part in ("", "/confirm", "/details"):
        page = open_page(acting.person("qian"), asked, part, lang=lang)
        assert page.status_code == 200
        assert len(page.content) <= MOST_BYTES
        assert "<script" not in page.text
        assert not re.search(r"\son\w+=|javascript:|<img|<link|src=|@import|url\(", page.text)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-store"
        assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in page.text
        if lang == "en":
            main = page.text.replace("中文", "")
            assert not re.search("[\u4e00-\u9fff]", main.partition("<body>")[2])


@pytest.mark.parametrize(
    ("lang", "answers"),
    [
        ("zh", ("谁会怎样", "不做会怎样", "怎么撤销", "谁已同意", "有多大把握")),
        (
            "en",
            (
                "Who is affected, and how",
                "If nothing is done",
                "How it is undone",
                "Who has agreed",
                "How sure",
            ),
        ),
    ],
)
def test_the_card_answers_five_questions(
    acting: ActingRoom, lang: str, answers: tuple[str, ...]
) -> None:
    """Business words only: the executor's order stands on the page of details, not here."""
    asked = acting.asked()
    page = open_page(acting.person("qian"), asked, lang=lang).text
    for question in answers:
        assert f"<h2>{question}</h2>" in page
    assert "switch_over" not in page
    assert RECEIVER not in page
    assert asked["digest"][:4] in page
    assert "switch_over" in open_page(acting.person("qian"), asked, "/details", lang=lang).text


def test_two_taps_agree_and_the_page_says_so(acting: ActingRoom) -> None:
    """Answer, confirm; then the card shows the yes, who is still missing, and a way back."""
    asked = acting.asked()
    lead = acting.person("qian")
    card = open_page(lead, asked).text
    assert 'href="/a/' in card
    assert "Agree" in card
    nothing_recorded(acting, asked)
    answer = post_form(lead, asked, first_tap(lead, asked))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/a/{asked['remediation_id']}?lang=en"
    assert acting.read(asked)["open_roles"] == ["ops_lead"]
    after = open_page(lead, asked).text
    assert "qian, academic lead" in after
    assert "Take my agreement back" in after


def test_the_agreement_can_be_taken_back_on_the_page(acting: ActingRoom) -> None:
    """One button while nothing runs; afterwards the request waits for the same role again."""
    asked = acting.asked()
    lead = acting.person("qian")
    post_form(lead, asked, first_tap(lead, asked))
    back = post_form(lead, asked, fields_of(open_page(lead, asked).text), "/withdraw")
    assert back.status_code == 303
    nothing_recorded(acting, asked)


def test_a_refusal_needs_its_reason_and_keeps_the_step(acting: ActingRoom) -> None:
    """Without one the same step comes back with the problem; with one the request is over."""
    asked = acting.asked()
    lead = acting.person("qian")
    form = first_tap(lead, asked, "reject")
    empty = post_form(lead, asked, form | {"reason": "  "})
    assert empty.status_code == 422
    assert fields_of(empty.text)["decision"] == "reject"
    assert "Say why you do not agree" in empty.text
    nothing_recorded(acting, asked)
    assert post_form(lead, asked, form | {"reason": "exams end at ten"}).status_code == 303
    assert acting.read(asked)["status"] == "rejected"
    assert "did not agree: exams end at ten" in open_page(lead, asked).text


def test_a_reason_too_long_is_said_not_cut(acting: ActingRoom) -> None:
    """5,000 characters are refused in the language of the page; nothing is kept in part."""
    asked = acting.asked()
    lead = acting.person("qian")
    form = first_tap(lead, asked, "reject") | {"reason": "长" * 5000}
    for lang, said in (("zh", "理由最多"), ("en", "a reason has at most")):
        answer = post_form(lead, asked, form, lang=lang)
        assert answer.status_code == 422
        assert said in answer.text
    nothing_recorded(acting, asked)
    assert [code for _, _, code in acting.refused()] == ["reason_too_long"] * 2


def test_credit_data_ask_for_the_password_on_the_step(acting: ActingRoom) -> None:
    """A wrong or missing one keeps the person there and is not echoed; the right one agrees."""
    asked = acting.asked(action_id=CREDITS, target_ids=[DATABASE], parameters={})
    lead = acting.person("qian")
    form = first_tap(lead, asked)
    assert 'type="password"' in open_page(lead, asked, "/confirm").text
    for guess in ("", SCRIPT):
        wrong = post_form(lead, asked, form | {"password": guess})
        assert wrong.status_code == 403
        assert "password is missing or wrong" in wrong.text
        assert fields_of(wrong.text)["digest"] == asked["digest"]
        assert "<script" not in wrong.text
    nothing_recorded(acting, asked)
    assert post_form(lead, asked, form | {"password": lead.password}).status_code == 303
    assert acting.read(asked)["open_roles"] == ["ops_lead"]


def test_markup_and_hidden_characters_are_shown_plain(acting: ActingRoom) -> None:
    """A reason with markup is text, and what hides or turns the line shows its code point."""
    asked = acting.asked(reason=f"{SCRIPT} {HIDDEN}")
    details = open_page(acting.person("qian"), asked, "/details").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in details
    assert "cdn⟨U+202E⟩7⟨U+2066⟩⟨U+0007⟩" in details
    lead = acting.person("qian")
    post_form(lead, asked, first_tap(lead, asked, "reject") | {"reason": f"{SCRIPT} {HIDDEN}"})
    card = open_page(lead, asked).text
    assert "⟨U+202E⟩" in card
    for page in (details, card):
        assert "<script" not in page
        assert not set("\u202e\u2066\x07") & set(page)


def test_names_of_a_hostile_pack_are_shown_plain(acting: ActingRoom) -> None:
    """Component names come from a CMDB: markup and bidi marks in them are text on the card."""
    pack = acting_pack()
    hostile = Text(zh=f"{SCRIPT}{HIDDEN}", en=f"{SCRIPT}{HIDDEN}")
    changed = tuple(
        c.model_copy(update={"name": hostile}) if c.id == NODE else c for c in pack.components
    )
    acting.assistant.store.write(
        lambda tx: tx.replace_pack(pack.model_copy(update={"components": changed}))
    )
    asked = acting.asked()
    for part in ("", "/confirm"):
        page = open_page(acting.person("qian"), asked, part).text
        assert "&lt;script&gt;" in page
        assert "⟨U+202E⟩" in page
        assert "<script" not in page
        assert not set("\u202e\u2066\x07") & set(page)


@pytest.mark.parametrize("entered", [True, False])
def test_who_agrees_reads_how_far_it_rests_on_peoples_entries(
    acting: ActingRoom, entered: bool
) -> None:
    """Wu confirmed the node by hand: request and card name her, and the part that hangs on it.

    Where nobody entered anything neither says a word of it.
    """
    acting.everybody()
    if entered:
        wu = acting.person("wu", Role.OPERATOR)
        entry = {"check_id": f"confirm@{NODE}", "result": "positive"}
        told = wu.send("POST", f"/incidents/{acting.incident}/observations", entry)
        assert told.status_code == 200, told.text
    asked = acting.asked()
    zh, en = (open_page(acting.person("qian"), asked, lang=lang).text for lang in ("zh", "en"))
    assert ("靠人工填写（wu）" in zh) is ("entered by hand (wu)" in en) is entered
    if not entered:
        assert asked["entered"] is None
        return
    assert (asked["entered"]["by"], asked["entered"]["items"]) == (["wu"], 1)
    assert asked["entered"]["share"] > 0.0
