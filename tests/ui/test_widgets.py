"""Each widget draws one value: escaped, in one language, with the words of the product."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Final

import pytest

from api.schemas.observations import ObservationView
from graph.model.base import Text
from graph.model.diagnosis import AsOf, Coverage, DiagnosisStatus, HypothesisKind, Stability
from graph.model.observation import Result
from tests.ui import samples
from ui.format import Lang
from ui.markup import Html, join
from ui.scene import Cause, Scene, StepState
from ui.views import duty_board
from ui.widgets import (
    board_table,
    causes,
    check_card,
    frame,
    knowledge,
    map,
    ribbon,
    timeline,
    verdict,
)

LANGS: Final[tuple[Lang, ...]] = ("zh", "en")
# Names of products and units that a Chinese screen keeps.
_KEPT: Final = re.compile(r"[a-z]+[-0-9][a-z0-9-]*|CDN|SOP|P[0-3]|CPU|NodeDown|loopy|[a-z]-[0-9]")


class _Words(HTMLParser):
    """Collects the text that people read."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        """Keep the text between tags."""
        self.text += data + "\n"


def read(markup: str) -> str:
    """Return what people read of a piece of markup."""
    parser = _Words()
    parser.feed(markup)
    return parser.text


def everything(scene: Scene, lang: Lang) -> Html:
    """Draw every part of the diagnosis page."""
    assert scene.map is not None and scene.timeline is not None
    graph, status = scene.map, scene.diagnosis.status
    return Html(
        frame.brand(lang)
        + frame.incident_heading(scene, lang)
        + ribbon.ribbon(scene.steps, scene.people, lang)
        + frame.lost_banner(scene.lost, scene.zone, lang)
        + verdict.verdict_card(scene, lang)
        + verdict.coverage_row(scene, lang)
        + verdict.changes_card(scene.reigns, 3, scene.zone, lang)
        + causes.causes_heading(lang, deltas=True)
        + "".join(causes.cause_bar(c, lang, deltas=True) for c in scene.causes)
        + "".join(causes.evidence_panel(c, lang) for c in scene.causes)
        + causes.others_line(7, 0.03, lang)
        + check_card.check_card(scene.checks[0], lang, total=len(scene.checks))
        + "".join(check_card.recorded_line(result, lang) for result in (None, *Result))
        + check_card.role_line(lang)
        + check_card.entries_heading(lang)
        + "".join(check_card.entry_line(e, scene.zone, lang, named=True) for e in samples.entries())
        + sop_steps_of(scene, lang)
        + knowledge.cases_card(scene.cases, scene.case_days, scene.zone, lang)
        + map.map_heading(graph, lang)
        + map.map_picture(graph, lang, status)
        + map.map_table(graph, lang, status)
        + timeline.timeline_card(scene.timeline, scene.zone, lang)
        + frame.engine_line(scene.diagnosis.engine, lang)
    )


def sop_steps_of(scene: Scene, lang: Lang) -> Html:
    """Draw the heading, the titles and every step of the SOPs beside a diagnosis."""
    steps = [
        knowledge.sop_step(place, step, passage, "", lang)
        for passage in scene.sops
        for place, step in enumerate(passage.steps, 1)
    ]
    titles = [knowledge.sop_title(passage, lang) for passage in scene.sops]
    return join([knowledge.sop_heading(lang), *titles, *steps])


def whole_board(lang: Lang) -> Html:
    """Draw every part of the duty board."""
    board = samples.board()
    return Html(
        board_table.strip(board, lang)
        + board_table.board_heading(board, lang)
        + board_table.column_names(lang)
        + "".join(
            board_table.row_badge(row, lang)
            + board_table.row_second_line(row, lang)
            + board_table.row_cells(row, lang)
            for row in board.rows
        )
        + board_table.noise_line(board, lang)
        + board_table.board_foot(board, lang)
    )


PAGES: Final[dict[str, Callable[[Lang], Html]]] = {
    "settled": lambda lang: everything(samples.scene(), lang),
    "settling": lambda lang: everything(samples.settling_scene(), lang),
    "board": whole_board,
}


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


def _hostile(text: Text) -> Text:
    return Text(zh=samples.HOSTILE, en=samples.HOSTILE)


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


def test_a_settled_verdict_says_what_it_is_and_why_not_surer() -> None:
    """One sentence, one number, the doubts."""
    text = read(verdict.verdict_card(samples.scene(), "zh"))

    assert "最可能是 CDN 节点 cdn-7 回源链路中断。" in text
    assert "82" in text and "较可能" in text
    assert "为什么不敢更肯定" in text and "没看到" in text


def test_a_moving_verdict_never_sounds_settled() -> None:
    """It begins 还不能定论 and says that it still changes."""
    scene = samples.settling_scene()
    text = read(verdict.verdict_card(scene, "zh"))

    assert verdict.sentence(scene, "zh").startswith("还不能定论")
    assert "仍在变化" in text and "20 秒前刚换过" in text
    assert "37 条告警还没算进来" in text


@pytest.mark.parametrize(
    ("kind", "status", "begins"),
    [
        (HypothesisKind.EXTERNAL, DiagnosisStatus.LIKELY, "最可能是图外原因"),
        (HypothesisKind.HEALTHY, DiagnosisStatus.HEALTHY, "未发现故障"),
        (HypothesisKind.COMPONENT, DiagnosisStatus.INCONCLUSIVE, "证据不足"),
        (HypothesisKind.COMPONENT, DiagnosisStatus.CONCLUSIVE, "原因是"),
    ],
)
def test_every_outcome_is_said_plainly(
    kind: HypothesisKind, status: DiagnosisStatus, begins: str
) -> None:
    """External, healthy and inconclusive are answers like any other."""
    top = replace(samples.causes()[0], kind=kind)
    scene = samples.scene(
        causes=(top, *samples.causes()[1:]), diagnosis=samples.diagnosis(status=status)
    )

    assert verdict.sentence(scene, "zh").startswith(begins)


def test_a_diagnosis_with_nothing_missing_has_no_doubts() -> None:
    """No reason is invented."""
    top = replace(samples.causes()[0], evidence_against=(), unobserved=())
    engine = samples.diagnosis().engine.model_copy(update={"method": "exact"})
    scene = samples.scene(causes=(top,), diagnosis=samples.diagnosis(engine=engine))

    assert verdict.doubts(scene, "zh") == []
    assert "为什么" not in read(verdict.verdict_card(scene, "zh"))


def test_an_approximation_that_holds_a_sure_cause_back_is_the_first_reason() -> None:
    """Nothing else keeps it from being conclusive, so that is said before anything else."""
    top = replace(samples.causes()[0], posterior=0.996)
    engine = samples.diagnosis().engine.model_copy(update={"method": "thinned"})
    scene = samples.scene(causes=(top,), diagnosis=samples.diagnosis(engine=engine))

    assert verdict.doubts(scene, "zh")[0].startswith("本次为近似计算，近似的结果最多说到「较可能」")
    assert "never told as more than likely" in verdict.doubts(scene, "en")[0]


def test_the_coverage_row_names_the_line_only_when_below_it() -> None:
    """80% mapped lies below the 90% line, 98% does not."""
    assert "低于 90% 线" in read(verdict.coverage_row(samples.settling_scene(), "zh"))
    assert "低于" not in read(verdict.coverage_row(samples.scene(), "zh"))


def test_an_incident_without_alerts_is_wholly_included() -> None:
    """Nothing divided by nothing is not a fault of the screen."""
    as_of = AsOf(now=samples.NOW, alerts_included=0, alerts_pending=0, last_alert_at=None)
    coverage = Coverage(mapped=1, quarantined=0, explained=1, unexplained=0)
    scene = samples.scene(diagnosis=samples.diagnosis(as_of=as_of, coverage=coverage))

    assert "0 / 0" in read(verdict.coverage_row(scene, "zh"))


def test_the_prior_is_a_pair_of_notches_beside_the_bar() -> None:
    """The prior is shown by place and by text, never as a line through the bar."""
    markup = causes.cause_bar(samples.causes()[0], "zh", deltas=False)

    assert 'class="eg-notch" style="left:0.30%"' in markup
    assert "平时 0.3%" in read(markup)


def test_the_three_kinds_of_cause_are_drawn_apart() -> None:
    """Solid, hatched and hollow; colour alone says nothing."""
    kinds = {c.kind.value: causes.cause_bar(c, "zh", deltas=False) for c in samples.causes()}

    for kind, markup in kinds.items():
        assert f"eg-fill-{kind}" in markup


def test_evidence_stands_three_ways_with_its_weight() -> None:
    """For, against and not observed, each with its sign."""
    text = read(causes.evidence_panel(samples.causes()[0], "zh"))

    assert "支持" in text and "反对" in text and "没看到" in text
    assert "+2.0" in text and "−0.3" in text
    assert "失联 8 分钟" in text and "路径：" in text


def test_more_than_four_items_are_counted() -> None:
    """Four are shown, the rest is a number and not silently gone."""
    item = (samples.CDN, 1.0)
    cause: Cause = replace(samples.causes()[0], evidence_for=(item,) * 7)

    assert "另有 3 条" in read(causes.evidence_panel(cause, "zh"))


def test_a_cause_without_evidence_says_so() -> None:
    """An empty column says 没有 and is not empty."""
    assert read(causes.evidence_panel(samples.causes()[1], "zh")).count("没有") == 3


def test_the_ribbon_signs_every_state_with_a_word() -> None:
    """The sign never stands alone, and a step without evidence says that."""
    steps = (*samples.steps()[1:], replace(samples.steps()[0], state=StepState.UNSURE))
    text = read(ribbon.ribbon(steps, samples.people(), "zh"))

    for words in ("✕ 断在这里", "▲ 受损", "✓ 未见异常", "? 说不准", "没有涉及它的证据"):
        assert words in text


def test_people_are_said_with_their_basis() -> None:
    """Estimated or known, growing or not, and nobody is said too."""
    growing = samples.people(growing=True)
    known = samples.people(estimated=False)
    nobody = samples.people(users=0, regions=())

    assert read(ribbon.people_line(growing, "zh")).startswith("至少 23,106 人")
    assert "（已知）" in read(ribbon.people_line(known, "zh"))
    assert "没有人受影响的迹象" in read(ribbon.people_line(nobody, "zh"))


def test_numbered_regions_become_ranges_and_others_a_list() -> None:
    """Twelve regions fit on one line."""
    numbered = tuple(samples.both(f"区域 {n}", f"region {n}") for n in (1, 2, 3, 7))
    named = tuple(samples.both(f"{c}省", f"province {c}") for c in "ABCDEFG")

    assert ribbon.region_names(numbered, "zh") == "区域 1–3、7"
    assert ribbon.region_names(numbered, "en") == "regions 1–3, 7"
    assert ribbon.region_names(named, "zh").endswith("等 7 个区域")


def test_lost_monitoring_is_said_and_never_called_normal() -> None:
    """Name, last heartbeat, and that silence there is no evidence."""
    text = read(frame.lost_banner(samples.settling_scene().lost, samples.ZONE, "zh"))

    assert "区域 5 监控失联，不代表正常" in text
    assert "21:38:10" in text
    assert frame.lost_banner((), samples.ZONE, "zh") == ""


def test_a_source_that_never_spoke_is_lost_too() -> None:
    """Without any heartbeat the banner says so."""
    lost = tuple(replace(s, last_at=None) for s in samples.settling_scene().lost)

    assert "没有收到过心跳" in read(frame.lost_banner(lost, samples.ZONE, "zh"))


def test_an_unowned_incident_says_so_in_its_heading() -> None:
    """Nobody owning it is part of the first line."""
    assert "无人认领" in read(frame.incident_heading(samples.settling_scene(), "zh"))
    assert "负责人\u00a0周岚" in read(frame.incident_heading(samples.scene(), "zh"))


def test_the_rule_that_fired_stands_in_the_heading() -> None:
    """Urgency always comes with its reason."""
    assert "P0 依据：考试周，考试受损概率 62%，超过 30%" in read(
        frame.incident_heading(samples.scene(), "zh")
    )


def test_the_map_is_the_same_for_equal_input_and_keeps_its_bands() -> None:
    """Layers stand in their order and every box stands in its layer."""
    graph = samples.graph_map()
    rows = map.arrange(graph)

    assert map.map_picture(graph, "zh") == map.map_picture(samples.graph_map(), "zh")
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), key=map._ORDER.index)
    assert sum(len(row[1]) for row in rows) == len(graph.nodes)


def test_a_full_band_takes_several_rows() -> None:
    """Twenty boxes of one layer stay legible."""
    node = samples.graph_map().nodes[-1]
    many = tuple(replace(node, id=f"med:n-{i}") for i in range(20))
    rows = map.arrange(replace(samples.graph_map(), nodes=many, edges=(), paths=()))

    assert [len(row[1]) for row in rows] == [7, 7, 6]


def test_the_top_cause_carries_the_circle_of_the_verdict() -> None:
    """One sign, one meaning: no colour of danger for the top cause."""
    markup = map.map_picture(samples.graph_map(), "zh", DiagnosisStatus.LIKELY)

    assert re.search(r'eg-node-top[^>]*><span><span class="eg-dot eg-dot-likely"', markup)


def test_the_table_holds_what_the_map_shows() -> None:
    """Readers and screen readers get the same boxes."""
    text = read(map.map_table(samples.graph_map(), "zh", DiagnosisStatus.LIKELY))

    for node in samples.graph_map().nodes:
        assert node.name.zh in text


def test_timeline_marks_stay_inside_and_names_do_not_collide() -> None:
    """Marks at one instant take rows of their own."""
    line = samples.timeline()
    crowded = replace(line, people=line.people * 3)
    markup = timeline.timeline_card(crowded, samples.ZONE, "zh")
    places = [float(x) for x in re.findall(r"left:([\d.]+)%", markup)]

    assert all(0 <= place <= 100 for place in places)
    assert re.findall(r"eg-mark[^>]*top:(\d+)px", markup)[-3:] == ["2", "24", "46"]


@pytest.mark.parametrize("minutes", [0, 1, 9, 75, 600, 4000])
def test_the_axis_has_few_ticks_however_long_the_night(minutes: int) -> None:
    """At most eleven ticks between a minute and three days."""
    line = replace(samples.timeline(), changes=(), now=samples.BEGAN + timedelta(minutes=minutes))
    markup = timeline.timeline_card(line, samples.ZONE, "zh")

    assert 1 <= markup.count("eg-tick") <= 11


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


def test_a_crowded_map_keeps_few_lines_at_each_box() -> None:
    """Sixty boxes with every line would show none; the alerting ends keep theirs first."""
    graph = samples.graph_map()
    services = [n.id for n in graph.nodes if n.layer.value == "service"]
    storage = [n.id for n in graph.nodes if n.layer.value == "storage"]
    steps = [n.id for n in graph.nodes if n.layer.value == "step"]
    crowd = tuple((a, b) for a in services for b in storage) + tuple(
        (a, b) for a in steps for b in storage
    )

    lines = map.legible(replace(graph, edges=crowd))

    assert not any(a in steps for a, _ in lines)
    assert all(sum(end in edge for edge in lines) <= 3 for end in (*services, *storage))
    assert any("med:player-api" in edge for edge in lines)


@pytest.mark.parametrize(
    ("stood_s", "changes", "said"),
    [
        (0, 0, "首位刚刚出现"),
        (0, 1, "首位刚刚换过"),
        (20, 1, "20 秒前刚换过"),
        (20, 0, "20 秒未变"),
        (240, 2, "4 分未变"),
    ],
)
def test_a_moving_headline_tells_change_from_newness(stood_s: int, changes: int, said: str) -> None:
    """A first revision changed nothing, and after three minutes a change is no news."""
    stability = Stability(
        top_since=samples.NOW - timedelta(seconds=stood_s), top_changes_10m=changes
    )
    scene = samples.scene(diagnosis=samples.diagnosis(settling=True, stability=stability))

    assert said in read(verdict.verdict_card(scene, "zh"))


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
