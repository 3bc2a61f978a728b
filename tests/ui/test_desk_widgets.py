"""SOP steps, checks, cases, entries and the board, drawn: nothing empty, nothing invented."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.schemas.observations import ObservationView
from graph.model.observation import Result
from tests.ui import samples
from tests.ui.drawn import LANGS, read, sop_steps_of
from ui.format import Lang
from ui.views import duty_board
from ui.widgets import (
    board_table,
    check_card,
    frame,
    knowledge,
    timeline,
)


def test_sop_steps_are_quotes_with_citations() -> None:
    """Numbered through, each with section and step; the match is no percentage."""
    text = read(sop_steps_of(samples.scene(), "zh"))

    assert "诊断 1" in text and "验证 1" in text and "匹配度 0.86" in text
    assert "%" not in text.replace("70%", "").replace("98%", "")


def test_no_check_is_said_and_not_left_empty() -> None:
    """Without a check the card says that none would tell more."""
    assert "没有更好的检查可做" in read(check_card.check_card(None, "zh", total=0))


def test_a_case_with_an_unknown_outcome_keeps_its_word() -> None:
    """Outcomes of other packs are shown as they are, without a sign of ours."""
    case = samples.scene().cases[0].model_copy(update={"outcome": "n/a"})

    assert "n/a" in read(knowledge.cases_card((case,), {}, samples.ZONE, "en"))


def test_every_group_of_noise_says_why() -> None:
    """Folded below its count; names from outside stay text."""
    drawn = board_table.noise_line(samples.board(), "zh")
    assert "<details" in drawn and "<b>old-1</b>" not in drawn
    assert "一小时内反复触发" in drawn and "级别只是提示" in drawn


def test_the_board_counts_what_waits_for_me_and_says_until_when() -> None:
    """The number, its end, and the way there; a row tells how many of how many agreed."""
    board = samples.board()
    drawn = board_table.strip(board, "zh")
    assert "等我审批\n1\n最早 21:46 过期\n去看" in read(drawn)
    assert "/approvals?lang=zh" in drawn
    assert "1 / 2 已同意" in read(board_table.row_cells(board.rows[0], "zh"))
    assert [row.title for row in duty_board.filtered(board.rows, "approvals", me="周岚")] == [
        board.rows[0].title
    ]


def test_the_board_shows_a_dead_engine_first() -> None:
    """What cannot be trusted stands at the top of its card."""
    board = samples.board()
    assert board.engine is not None
    dead = replace(board, engine=replace(board.engine, alive=False))
    text = read(board_table.strip(dead, "zh"))

    assert text.index("诊断引擎没有回应") < text.index("监控失联")


def test_parts_of_the_board_without_data_hide_as_a_whole() -> None:
    """No empty cards."""
    bare = replace(samples.board(), calendar=None, engine=None, noise=None, quarantined=None)

    assert "eg-calendar" not in board_table.strip(bare, "zh")
    assert board_table.noise_line(bare, "zh") == ""


def test_an_undiagnosed_incident_has_dashes_and_no_invented_numbers() -> None:
    """The newest row of the board has nothing to say yet."""
    text = read(board_table.row_cells(samples.board().rows[-1], "zh"))

    assert text.count("—") == 4
    assert "正在诊断" in text and "%" not in text


@pytest.mark.parametrize("lang", LANGS)
def test_offline_says_of_when_the_picture_is(lang: Lang) -> None:
    """The last picture stays, with its time."""
    assert "21:46:08" in read(frame.offline(samples.NOW, samples.ZONE, lang))
    assert read(frame.offline(None, samples.ZONE, lang)).strip()


@pytest.mark.parametrize("lang", LANGS)
def test_signed_out_people_get_one_way_in(lang: Lang) -> None:
    """The sign-in page is the API's own."""
    assert f'href="/api/login?lang={lang}"' in frame.sign_in(lang)


def test_commands_in_a_step_are_set_apart() -> None:
    """Pairs of backticks become code; text that holds one alone stays as it is."""
    assert knowledge.with_code("a `b <c>` d") == ('a <code class="eg-code">b &lt;c&gt;</code> d')
    assert knowledge.with_code("a ` b") == "a ` b"
    assert knowledge.with_code("``a`b`` c") == '<code class="eg-code">a`b</code> c'
    assert knowledge.with_code("```\na\nb\n```") == (
        '<code class="eg-code">a</code> <code class="eg-code">b</code>'
    )


@pytest.mark.parametrize(("lang", "said"), [("zh", "已记录：否"), ("en", "Recorded: No")])
def test_an_answer_is_said_as_recorded(lang: Lang, said: str) -> None:
    """What was entered stands in words, announced politely."""
    line = check_card.recorded_line(Result.NEGATIVE, lang)
    assert said in read(line)
    assert 'role="status"' in line


def test_an_entry_names_who_and_when_and_what() -> None:
    """A check with its answer, a verdict in words; the note stands as it came, never obeyed."""
    checked, ruled_out = samples.entries(note=samples.HOSTILE)
    line = check_card.entry_line(checked, samples.ZONE, "zh", named=True)
    assert "cdn-7：握手是否失败？否" in read(line)
    assert "zhou-lan，21:46" in read(line)
    assert "<img" not in line
    assert "Ruled out by hand" in read(
        check_card.entry_line(ruled_out, samples.ZONE, "en", named=False)
    )


@pytest.mark.parametrize(
    ("expired", "zh", "en"),
    [
        (False, "周岚，21:46，22:16 前有效", "周岚, 21:46, counts until 22:16"),
        (True, "22:16 已过期，不再计入", "expired at 22:16, counts no more"),
    ],
)
def test_an_entry_says_until_when_it_counts(expired: bool, zh: str, en: str) -> None:
    """One whose time has passed has the dashed sign of what nobody can tell."""
    entry = ObservationView(
        evidence_id="ob-1",
        incident_id="inc-1",
        check_id="lib:look@med:cdn-7",
        result=Result.POSITIVE,
        by="周岚",
        at=samples.NOW,
        valid_for_s=1800,
        text=samples.both("能握手吗？", "Does it answer?"),
        component_name=samples.CDN,
        holds=not expired,
        expired=expired,
    )
    languages: tuple[tuple[Lang, str], ...] = (("zh", zh), ("en", en))
    for lang, told in languages:
        drawn = check_card.entry_line(entry, samples.ZONE, lang, named=True)
        assert told in read(drawn)
        assert ("eg-q" in drawn) is expired


def test_the_lane_of_the_top_says_how_sure_it_was_of_the_mode() -> None:
    """A long reign names the place, its posterior, and the mode with its own, far smaller one."""
    scene = samples.scene()
    line = scene.timeline
    assert line is not None
    told = replace(
        line.reigns[-1],
        since=line.began_at,
        posterior=0.92,
        mode=samples.both("节点宕机", "node down"),
        mode_posterior=0.41,
    )
    drawn = timeline.timeline_card(replace(line, reigns=(told,)), scene.zone, "en")
    assert f"{told.name.en} 92%, node down 41%" in drawn
    short = replace(told, since=line.now)
    brief = timeline.timeline_card(replace(line, reigns=(short,)), scene.zone, "en")
    assert "node down" not in brief
