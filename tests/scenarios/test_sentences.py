"""The sentence of seed scenarios, reviewed in both languages: what, how sure, where.

What speaks against and what comes next move with every figure of the library; their form is held in
`tests/reasoning/test_sentence.py`. A change here is to be read as a person on duty would read it.
"""

from __future__ import annotations

import pytest

from graph.model.pack import DomainPack
from tests.scenarios.night import Night, largest

GOLDEN = {
    "cdn-storm-silent": (
        "CDN 节点 cdn-7 回源链路中断，把握 >99%",
        "区域 1–5 学习受损",
        "CDN node cdn-7 origin link down, confidence >99%",
        "Study degraded in Region 1–5",
    ),
    "credit-db-slow-query": (
        "学分数据库（主）连接池耗尽，把握 >99%",
        "学分认证受损",
        "Credit database (primary) connection pool exhausted, confidence >99%",
        "Credit degraded",
    ),
    "outside-cause": (
        "图外原因，把握 >99%",
        "区域 1–12 学习受损",
        "a cause outside the graph, confidence >99%",
        "Study degraded in Region 1–12",
    ),
    "region-cut-off": (
        "仍在变化，还不能定论，暂时排在首位的是区域 4 整体断网，把握 >99%",
        "区域 4 学习受损",
        "Still changing, nothing is settled: first for now is Region 4 cut off, confidence >99%",
        "Study degraded in Region 4",
    ),
}


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_the_sentence_says_what_how_sure_and_where(pack: DomainPack, name: str) -> None:
    """Cause and confidence first, then the harm, the same in Chinese and English."""
    what_zh, where_zh, what_en, where_en = GOLDEN[name]
    told = largest(Night(name).diagnose(pack)).sentence
    assert told is not None
    assert what_zh in told.zh.split("；")[0]
    assert told.zh.split("；")[1] == where_zh
    assert what_en in told.en.split("; ")[0]
    assert told.en.split("; ")[1] == where_en
    assert "下一步（" in told.zh and "; next at " in told.en


def test_two_faults_are_told_as_more_than_one_cause(pack: DomainPack) -> None:
    """The line is down; beside it something of the session cache and who stands on it."""
    diagnosis = largest(Night("two-faults").diagnose(pack))
    told = diagnosis.sentence
    assert told is not None
    causes = {c["component_id"] for c in Night("two-faults").truth["causes"]}
    named = {c for group in diagnosis.inseparable_sets for c in group.component_ids}
    named |= set(diagnosis.causes_together.component_ids if diagnosis.causes_together else ())
    assert causes <= named | {diagnosis.hypotheses[0].component_id}
    assert any(words in told.zh for words in ("分不开", "不止一个原因"))


def test_no_fault_names_its_first_suspect(pack: DomainPack) -> None:
    """A calm evening accuses nobody, and still says whom one would look at."""
    told = largest(Night("noisy-evening").diagnose(pack)).sentence
    assert told is not None
    assert "「未发现故障」" in told.zh or told.zh.startswith("未发现故障")
    assert "最可疑的是" in told.zh and "the first suspect is" in told.en
