"""SOPs that disagree: denials and figures are told, undoing and conditions are not."""

from __future__ import annotations

from itertools import combinations

import pytest

from graph.model.base import Text
from graph.model.knowledge import Sop, SopSection, SopSectionName, SopStep
from retrieval.ranking.disagreement import MOST, Disagreement, disagreements
from tests.retrieval.library import pack

REMEDY = SopSectionName.REMEDIATION


def an_sop(
    name: str,
    zh: str,
    en: str = "Look.",
    *,
    section: SopSectionName = REMEDY,
    mode: str = "db.pool",
) -> Sop:
    """Make an SOP of one step for one fault mode."""
    step = SopStep(number=1, text=Text(zh=zh, en=en))
    return Sop(
        id=f"p:{name}",
        title=Text(zh=name, en=name),
        revision="1",
        fault_mode_ids=(f"p:{mode}",),
        sections=(SopSection(name=section, steps=(step,)),),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("确认连接数，然后重启主库", "不要重启主库，先查会话"),
        ("等待队列超过 20 条时摘除节点", "等待队列超过 50 条时摘除节点"),
        ("执行 `dbctl pool set 200`", "先看日志，执行 `dbctl pool set 400`"),
    ],
)
def test_one_says_what_the_other_forbids_or_another_figure(one: str, other: str) -> None:
    """Whichever comes first, the pair is told once, with both steps as they stand."""
    for first, second in ((one, other), (other, one)):
        [told] = disagreements([an_sop("a", first), an_sop("b", second)])
        assert (told.one.text, told.other.text, told.lang) == (first, second, "zh")
        assert (told.kind == "denial") == ("不要" in one + other)


def test_english_is_read_as_well() -> None:
    """Each language is held against itself only."""
    one = an_sop("a", "看一下", "Restart the primary database.")
    other = an_sop("b", "看一下", "Do not restart the primary database.")
    [told] = disagreements([one, other])
    assert (told.kind, told.lang) == ("denial", "en")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("重启主库", "未确认之前不要重启主库"),  # a condition
        ("重启主库", "不要直接重启主库"),  # how, not whether
        ("重启主库", "不要重启交换机"),  # another thing
        ("重启主库", "重启主库"),
        ("等待 5 分钟再看", "观察 10 分钟再看"),  # other words
    ],
)
def test_conditions_other_things_and_other_words_are_no_disagreement(one: str, other: str) -> None:
    """What would only cost a reader's time is left out."""
    assert disagreements([an_sop("a", one), an_sop("b", other)]) == ()


def test_undoing_and_other_faults_are_not_held_against_each_other() -> None:
    """A rollback takes back what a remediation did; SOPs for other faults may say other things."""
    forbids = an_sop("b", "不要重启主库", section=SopSectionName.ROLLBACK)
    assert disagreements([an_sop("a", "重启主库"), forbids]) == ()
    elsewhere = an_sop("b", "不要重启主库", mode="db.down")
    assert disagreements([an_sop("a", "重启主库"), elsewhere]) == ()


def test_the_packs_own_sops_disagree_in_one_figure() -> None:
    """In the evening peak 1% of errors are borne, otherwise 0.5%: all that the rule finds there."""
    [told] = disagreements(pack().sops)
    assert "错误率低于 1%" in told.one.text and "错误率低于 0.5%" in told.other.text


def test_a_house_disagrees_as_its_pairs_do() -> None:
    """Read together, two hundred SOPs tell what each pair of them tells by itself, no more."""
    said = (
        "重启主库",
        "不要重启主库",
        "等待 30 秒再看队列长度",
        "等待 60 秒再看队列长度",
        "看日志",
    )
    house = [an_sop(f"s{place:03}", said[place % len(said)]) for place in range(200)]
    few = house[:10]
    pairs = [disagreements(pair) for pair in combinations(few, 2)]
    assert list(disagreements(few)) == sorted((t for told in pairs for t in told), key=_steps)
    assert len(disagreements(house)) == 2 * 40 * 40


def _steps(told: Disagreement) -> tuple[str, str]:
    return told.one.sop_id, told.other.sop_id


def test_of_one_fault_no_more_is_told_than_anybody_could_read() -> None:
    """A hundred and sixty SOPs that contradict each other give five thousand pairs, not 6,400."""
    said = ("重启主库", "不要重启主库")
    house = [an_sop(f"s{place:03}", said[place % 2]) for place in range(160)]
    told = disagreements(house)
    assert len(told) == MOST and told == disagreements(reversed(house))
