"""Why, and why not, on the page: what is drawn, and what a click asks of the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from api.client import ApiClient
from api.reports.diagnosis import percent as terminal_percent
from api.schemas.observations import ObservationsPage
from graph.model.access import Role, Scope
from graph.model.base import Text
from graph.model.diagnosis import (
    CausesTogether,
    CheckAnswer,
    Diagnosis,
    HandShare,
    InseparableSet,
    Surprise,
)
from graph.model.topology import Basis
from graph.model.why import (
    Ahead,
    CauseStanding,
    RateOfMode,
    RivalCause,
    WeightOfGroup,
    WeightOfItem,
    Why,
)
from reasoning.answer.words import percent as sentence_percent
from tests.api.room import ApiRoom
from tests.ui import samples
from tests.ui.drawn import read
from ui.desk import Desk
from ui.format import Lang, percent
from ui.scene import Scene
from ui.talk import Talk, choice_of
from ui.views.looking import Notebook
from ui.views.reasons import asked, foreseen
from ui.widgets import account_of_cause, answer_card, causes, check_card, knowledge, verdict


@pytest.fixture
def room() -> Iterator[ApiRoom]:
    """The small platform behind the real application."""
    made = ApiRoom()
    yield made
    made.close()


def _client(room: ApiRoom) -> ApiClient:
    return room.client(room.user_token("zhou", [Role.OPERATOR], Scope.READ, Scope.OPERATE))


def _why(*, hostile: bool = False) -> Why:
    name = samples.both(samples.HOSTILE, samples.HOSTILE) if hostile else samples.CDN
    return Why(
        incident_id="inc-1",
        revision=6,
        component_id="med:cdn-7",
        name=name,
        standing=CauseStanding.CONSIDERED,
        text=name,
        posterior=0.3,
        prior=0.003,
        log10_bayes_factor=2.1,
        exact=False,
        groups=(
            WeightOfGroup(
                group="silent:r6",
                kind="silence",
                name=name,
                items=16,
                evidence_ids=("silent:x",),
                log10_bayes_factor=-1.87,
                posterior_without=0.68,
            ),
            WeightOfGroup(
                group="all:spoke",
                kind="all",
                name=name,
                items=99,
                evidence_ids=(),
                log10_bayes_factor=15.0,
                posterior_without=0.0001,
            ),
        ),
        decisive=(
            WeightOfItem(
                evidence_id="al-1", text=name, log10_bayes_factor=1.2, posterior_without=0.03
            ),
        ),
        rival=RivalCause(
            component_id="med:x", name=name, posterior=0.6, beside=False, log10_likelier=2.0
        ),
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_account_shows_weights_and_what_would_be_left(lang: Lang) -> None:
    """Sentence, revision, each group with weight and posterior without it; no 0% anywhere."""
    text = read(account_of_cause.account(_why(), lang))
    assert "−1.9" in text and "68%" in text
    assert ">+6" in text and "<1%" in text and "15.0" not in text
    assert ("第 6 版" if lang == "zh" else "revision 6") in text
    assert ("近似" if lang == "zh" else "approximation") in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_account_shows_what_the_usual_probability_rests_on(lang: Lang) -> None:
    """Library rate with basis and counts, confirmed counts, the rate of both, and going in."""
    rate = RateOfMode(
        fault_mode_id="lib:cdn_node.dead",
        name=samples.both("节点宕机", "node is down"),
        base_rate=0.002,
        basis=Basis.ASSUMED,
        source="judgement",
        told_cases=15.6,
        told_trials=7800.0,
        seen_cases=10.0,
        seen_trials=780.0,
        rate=25.6 / 8580,
        going_in=0.00154,
    )
    told = _why().model_copy(update={"rates": (rate,), "confirmed": 30})
    text = read(account_of_cause.account(told, lang))
    assert "15.6 / 7,800" in text and "10 / 780" in text
    assert "0.20%" in text and "0.30%" in text and "0.15%" in text
    assert ("假设" if lang == "zh" else "assumed") in text
    assert ("30 起事件" if lang == "zh" else "30 incidents") in text
    outside = told.model_copy(update={"rates": (rate.model_copy(update={"going_in": None}),)})
    assert ("本次起点" if lang == "zh" else "Going in") not in read(
        account_of_cause.account(outside, lang)
    )


def test_names_from_outside_are_shown_and_not_obeyed() -> None:
    """What an alert or a pack calls itself is text."""
    drawn = account_of_cause.account(_why(hostile=True), "zh")
    assert "<img" not in drawn and "\u202e" not in drawn


def test_a_click_gets_the_account_or_says_why_there_is_none(room: ApiRoom) -> None:
    """Any component by its name; a name of nobody is said to be one."""
    incident = room.storm(room.source(replay=True).token)
    book = Notebook(Desk(_client(room)), ObservationsPage(items=()), "zhou", True)
    found = asked(book, incident, "origin")
    assert isinstance(found, Why) and found.component_id == "small:origin"
    nobody, misspelt = asked(book, incident, "nobody at all"), asked(book, incident, "orgin")
    assert isinstance(nobody, Text) and nobody.zh == "图里没有叫「nobody at all」的组件。"
    assert isinstance(misspelt, Text) and "最接近的是：" in misspelt.zh and "origin" in misspelt.zh
    several = asked(book, incident, "telecom")
    assert isinstance(several, Text) and "请写编号" in several.zh


def test_the_check_says_what_each_answer_would_do() -> None:
    """Both answers with the posterior after them; where they agree, that is said."""
    check = samples.scene().checks[0]
    answers = tuple(
        CheckAnswer.model_validate({"result": r, "probability": q, "posterior": p})
        for r, q, p in (("positive", 0.4, 0.97), ("negative", 0.6, 0.08), ("unknown", None, 0.5))
    )
    told = check.model_copy(update={"answers": answers})
    assert read(check_card.leads_to(told, "zh")).strip() == "是：把握变为 97%；否：8%；看不了：不变"
    same = tuple(a.model_copy(update={"posterior": 0.999}) for a in answers)
    told = check.model_copy(update={"answers": same})
    assert "分清是它的哪一种故障；无论回答如何，把握都是 >99%" in read(
        check_card.leads_to(told, "zh")
    )
    low = tuple(a.model_copy(update={"posterior": 0.001}) for a in answers)
    told = check.model_copy(update={"answers": low})
    assert "无论回答如何，把握都是 <1%" in read(check_card.leads_to(told, "zh"))
    assert check_card.leads_to(check.model_copy(update={"answers": ()}), "zh") == ""


def test_what_each_answer_would_make_of_every_cause(room: ApiRoom) -> None:
    """One table of now, yes and no, for the causes that it moves; in both languages."""
    incident = room.storm(room.source(replay=True).token)
    book = Notebook(Desk(_client(room)), ObservationsPage(items=()), "zhou", True)
    found = foreseen(book, incident, "lib:look@small:cdn-a")
    assert isinstance(found, Ahead)
    top = next(c for c in found.causes if c.component_id == "small:cdn-a")
    words: tuple[tuple[Lang, str], ...] = (("zh", "是"), ("en", "Yes"))
    for lang, yes in words:
        drawn = read(account_of_cause.ahead(found, lang))
        assert yes in drawn and all(percent(p) in drawn for p in (top.now, top.positive))
    assert foreseen(book, incident, "lib:look@small:nobody") == "ahead.none"


def test_the_verdict_names_whom_it_cannot_be_told_from() -> None:
    """A set stands among the doubts with its probability, and its member is no rival besides."""
    scene = samples.scene()
    first, second = [c.key for c in scene.causes if c.kind.value == "component"][:2]
    group = InseparableSet(component_ids=(first, second), posterior=0.93, separating_check_id=None)
    changed = scene.diagnosis.model_copy(update={"inseparable_sets": (group,)})
    text = " ".join(verdict.doubts(_with(scene, changed), "zh"))
    assert "现有证据分不开它和" in text and "其中至少一个出了故障的把握 93%" in text
    assert "也有" not in text


def test_the_verdict_says_where_the_picture_fits_badly() -> None:
    """Far more alerts left over than false alarms would make: said first, with both counts."""
    scene = samples.scene()
    for counts, told in (((31.2, 4.4, 53.0), True), ((6.0, 4.4, 0.4), False)):
        found = Surprise(unexplained=counts[0], expected=counts[1], bits=counts[2])
        changed = scene.diagnosis.model_copy(update={"surprise": found})
        text = " ".join(verdict.doubts(_with(scene, changed), "zh"))
        assert ("约 31 条告警它解释不了，按平时的误报只该有约 4 条" in text) == told


def test_the_verdict_tells_what_broke_apart_from_where() -> None:
    """A fault less sure than its component is named with its own figure, and not in the title."""
    scene, fault = samples.scene(), samples.both("回源链路中断", "Origin link down")
    place = samples.both("CDN 节点 cdn-7", "CDN node cdn-7")
    for sure, told in ((0.55, True), (0.99, False)):
        top = replace(scene.causes[0], place=place, mode=(fault, sure * scene.causes[0].posterior))
        changed = replace(scene, causes=(top, *scene.causes[1:]))
        assert ("回源链路中断" in verdict.sentence(changed, "zh")) != told
        assert verdict.row_name(top, "zh") == (
            "CDN 节点 cdn-7（最像回源链路中断）" if told else "CDN 节点 cdn-7 回源链路中断"
        )
        assert any("哪种故障还没定" in d for d in verdict.doubts(changed, "zh")) == told


def test_what_to_do_first_stands_with_the_cause_that_it_is_about() -> None:
    """The library's first steps: in the row of their cause, and as a card of their own."""
    told = Text(zh="先停掉批量任务。", en="Stop the batch jobs first.")
    cause = replace(samples.scene().causes[0], first_steps=told)
    assert "先做什么：先停掉批量任务。" in read(causes.evidence_panel(cause, "zh"))
    assert "Stop the batch jobs first." in read(knowledge.first_steps_card(told, "en"))


def test_the_verdict_says_that_there_is_more_than_one_cause() -> None:
    """Two causes that stand together are told with their bound."""
    scene = samples.scene()
    first, second = [c.key for c in scene.causes if c.kind.value == "component"][:2]
    together = CausesTogether(component_ids=(first, second), posterior_at_least=0.7)
    changed = scene.diagnosis.model_copy(update={"causes_together": together})
    assert "all of them: at least 70%" in " ".join(verdict.doubts(_with(scene, changed), "en"))


def test_a_verdict_on_one_source_says_so() -> None:
    """仅来源 X 支持 stands in the line below the verdict."""
    scene = samples.scene()
    changed = scene.diagnosis.model_copy(update={"sole_sources": ("am-main",)})
    assert "仅来源 am-main 支持" in read(verdict.verdict_card(_with(scene, changed), "zh"))


def test_a_verdict_says_how_far_it_rests_on_peoples_entries() -> None:
    """The part, whose, and what would be without; where none does, that; else no word of it."""
    scene = samples.scene()
    part = HandShare(share=0.35, posterior_without=0.52, items=2, by=("wang", "zhou"))

    def said(entered: HandShare | None, lang: Lang) -> str:
        changed = scene.diagnosis.model_copy(update={"entered": entered})
        return read(verdict.verdict_card(_with(scene, changed), lang))

    assert "35% 靠人工填写（2 条，wang、zhou），没有这些是 52%" in said(part, "zh")
    assert "35% of this rests on what people entered by hand (2 entries, wang, zhou)" in said(
        part, "en"
    )
    alone = HandShare(share=0.0, posterior_without=0.9, items=1, by=("zhou",))
    assert "不靠人工填写（1 条，zhou），没有这条是 90%" in said(alone, "zh")
    unnamed = HandShare(share=0.2, posterior_without=0.5, items=3, by=())
    assert "by hand (3); without that 50%" in said(unnamed, "en")
    assert "人工填写" not in said(None, "zh")


def test_an_answer_of_the_diagnosis_links_there_and_names_its_evidence(room: ApiRoom) -> None:
    """In the talk: heading, revision, evidence; nothing of it is taken for an SOP."""
    incident = room.storm(room.source(replay=True).token)
    talk = Talk(_client(room))
    talk.refresh(None, may_ask=True)
    talk.ask("为什么？", incident)
    (answer,) = talk.turns
    assert answer.about == "diagnosis"
    assert "来自这个事件的诊断" in read(answer_card.heading(answer, "zh"))
    link = answer_card.diagnosis_link(answer, answer.steps[0], "zh")
    assert f"/diagnosis?incident={incident}" in link
    assert "诊断第 1 版" in read(link) and "条证据" in read(link)
    assert choice_of(None, talk.turns) is None


@pytest.mark.parametrize("thousandths", range(0, 1001, 5))
def test_page_terminal_and_sentence_write_a_probability_alike(thousandths: int) -> None:
    """One number, one way: half a percent is rounded the same everywhere."""
    share = thousandths / 1000
    assert percent(share) == sentence_percent(share) == terminal_percent(share)


def _with(scene: Scene, diagnosis: Diagnosis) -> Scene:
    return replace(scene, diagnosis=diagnosis)
