"""One sentence that says what the numbers say, in both languages, whatever the numbers are."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.base import Text
from graph.model.diagnosis import (
    CausesTogether,
    Diagnosis,
    DiagnosisStatus,
    EvidenceWeight,
    HypothesisKind,
    HypothesisResult,
    InseparableSet,
    NextCheck,
    Surprise,
)
from reasoning.answer.sentence import sentence_of
from reasoning.answer.sets import causes_together
from reasoning.answer.status import status_of
from reasoning.answer.surprise import bits
from reasoning.answer.words import percent
from tests.bench_room import BenchRoom
from tests.contracts.samples import diagnosis as sample
from tests.reasoning.test_sets import twins
from tests.small_pack import after

NAMES = {f"small:c{i}": Text(zh=f"组件 {i}", en=f"Component {i}") for i in range(5)}
SHARES = st.floats(0.0, 1.0)
SURPRISES = st.tuples(st.floats(0.0, 500.0), st.floats(0.0, 90.0)).map(
    lambda s: Surprise(unexplained=s[0], expected=s[1], bits=bits(*s))
)
HARM = Text(zh="区域 1 考试受损", en="Exam degraded in Region 1")


def _hypothesis(
    kind: HypothesisKind, index: int, share: float, against: bool, mode: float = 1.0
) -> HypothesisResult:
    component = kind is HypothesisKind.COMPONENT
    item = EvidenceWeight(
        evidence_id="silent:x",
        text=Text(zh="某处该响未响", en="x was silent"),
        log10_bayes_factor=-0.5 if index % 2 else -0.1,
    )
    return HypothesisResult(
        rank=1,
        kind=kind,
        component_id=f"small:c{index}" if component else None,
        fault_mode_id="lib:m" if component else None,
        name=Text(zh=f"组件 {index} 坏了", en=f"Component {index} broken"),
        posterior=share,
        prior=0.001,
        mode_name=Text(zh="坏了", en="broken") if component else None,
        mode_posterior=share * mode if component else None,
        evidence_against=(item,) if against else (),
    )


@st.composite
def answers(draw: st.DrawFn) -> Diagnosis:
    """Draw any answer that the status rule allows: ranks, sets, checks, settling or not."""
    kinds = [HypothesisKind.COMPONENT] * draw(st.integers(1, 4))
    kinds += [HypothesisKind.EXTERNAL, HypothesisKind.CROWD, HypothesisKind.HEALTHY]
    rows = [
        _hypothesis(k, i, draw(SHARES), draw(st.booleans()), draw(SHARES))
        for i, k in enumerate(kinds)
    ]
    ranked = sorted(rows, key=lambda h: (-h.posterior, h.kind, h.component_id or ""))
    settling, exact = draw(st.booleans()), draw(st.booleans())
    status = status_of(
        ranked[0].kind, ranked[0].posterior, settling=settling, mapped=draw(SHARES), exact=exact
    )
    ids = tuple(h.component_id for h in ranked if h.component_id)[:2]
    share = draw(SHARES)
    groups = (InseparableSet(component_ids=ids, posterior=share, separating_check_id=None),)
    asks = Text(zh="是否不通？", en="Is it out of reach?")
    check = NextCheck(
        check_id="lib:look@small:c0",
        text=asks,
        command=None,
        expected_information_gain_bits=0.5,
        minutes=2.0,
    )
    return sample().model_copy(
        update={
            "hypotheses": tuple(ranked),
            "status": status,
            "settling": settling,
            "inseparable_sets": groups if len(ids) > 1 and draw(st.booleans()) else (),
            "causes_together": causes_together(ranked),
            "next_checks": (check,) if draw(st.booleans()) else (),
            "surprise": draw(st.none() | SURPRISES),
        }
    )


@settings(max_examples=400, deadline=timedelta(seconds=2))
@given(answers(), st.sampled_from([None, HARM]))
def test_a_sentence_never_says_other_than_the_numbers(
    diagnosis: Diagnosis, harm: Text | None
) -> None:
    """Sureness follows from status and settling; every percentage is one of the answer's."""
    told, top = sentence_of(diagnosis, NAMES, harm), diagnosis.hypotheses[0]
    assert f"把握 {percent(top.posterior)}" in told.zh.split("；")[0]
    assert f"confidence {percent(top.posterior)}" in told.en.split(";")[0]
    sure = diagnosis.status is DiagnosisStatus.CONCLUSIVE and not diagnosis.settling
    mode = top.mode_posterior
    open_mode = mode is not None and mode < 0.9 * top.posterior
    assert ("哪种故障还没定" in told.zh) == open_mode == ("which fault it is stays open" in told.en)
    said = "原因在" if open_mode else "原因是"
    assert (said in told.zh and "结论明确" in told.zh) == sure
    assert ("The cause is" in told.en) == sure
    assert ("还不能定论" in told.zh) == diagnosis.settling == ("Still changing" in told.en)
    lacking = diagnosis.status is DiagnosisStatus.INCONCLUSIVE and not diagnosis.settling
    assert ("证据不足" in told.zh) == lacking == ("Not enough evidence" in told.en)
    crowd = top.kind is HypothesisKind.CROWD
    assert ("来的人多本身不是故障" in told.zh) == crowd == ("no fault in itself" in told.en)
    calm = diagnosis.status is DiagnosisStatus.HEALTHY
    assert told.zh.startswith("未发现故障") == calm == told.en.startswith("No fault found")
    _known_figures(diagnosis, told)


def told_pair(told: Text) -> tuple[str, str]:
    """Return a text in both languages."""
    return told.zh, told.en


def _known_figures(diagnosis: Diagnosis, told: Text) -> None:
    """Every figure of the sentence stands in the answer, and both languages say the same ones."""
    shares = [h.posterior for h in diagnosis.hypotheses]
    shares += [group.posterior for group in diagnosis.inseparable_sets]
    shares += [h.mode_posterior for h in diagnosis.hypotheses[:1] if h.mode_posterior is not None]
    if diagnosis.causes_together is not None:
        shares.append(diagnosis.causes_together.posterior_at_least)
    figures = {percent(share) for share in shares}
    said_zh, said_en = (re.findall(r"[<>]?\d+%", t) for t in (told.zh, told.en))
    assert said_zh == said_en
    assert set(said_zh) <= figures
    found = diagnosis.surprise
    badly = found is not None and found.bits >= 10.0
    assert ("与图不太吻合" in told.zh) == badly == ("the picture fits badly" in told.en)
    counts_zh, counts_en = (
        re.findall(r"(?:约|about) (\d+)(?! 分钟| min)", t) for t in told_pair(told)
    )
    assert counts_zh == counts_en
    if found is not None and badly:
        assert counts_zh == [f"{found.unexplained:.0f}", f"{found.expected:.0f}"]
    assert not {"0%", "100%"} & set(said_zh)


@settings(max_examples=200)
@given(answers())
def test_what_speaks_against_and_what_comes_next_are_always_said(diagnosis: Diagnosis) -> None:
    """An item worth a word, a rival, or that there is none; a check, or that none helps."""
    told, top = sentence_of(diagnosis, NAMES, None), diagnosis.hypotheses[0]
    told_items = [i for i in top.evidence_against if i.log10_bayes_factor <= -0.3]
    assert ("反对的证据：" in told.zh) == bool(told_items) == ("against it:" in told.en)
    assert ("下一步（" in told.zh) == bool(diagnosis.next_checks) == ("; next at " in told.en)
    if not diagnosis.next_checks:
        assert "没有更好的检查可做" in told.zh
    else:
        aside = r"(?:，顺带排除，[<>]?\d+%)?", r"(?: \(to rule it out, [<>]?\d+%\))?"
        assert re.search(rf"下一步（组件 0{aside[0]}，约 2 分钟）：是否不通？", told.zh)
        assert re.search(rf"next at Component 0{aside[1]}, about 2 min: Is it out of", told.en)
        if top.component_id == "small:c0" or top.kind is HypothesisKind.HEALTHY:
            assert "顺带排除" not in told.zh and "to rule it out" not in told.en
    assert not re.search(r"[,;:()]", told.zh)
    assert told.zh.count("？。") == 0 and told.zh[-1] in "。？" and told.en[-1] in ".?"


def _told(room: BenchRoom) -> Text:
    told = room.diagnose().sentence
    assert told is not None
    return told


def test_a_settled_storm_is_told_in_one_breath() -> None:
    """Golden: what, how sure, where, what speaks against, what next."""
    room = BenchRoom()
    room.beat(after(-60))
    room.storm()
    room.beat(after(600))
    told = _told(room)
    assert told.zh == (
        "最可能是 cdn-a origin-link-down，把握 77%；region 1–2 study受损；"
        "没有看到反对的证据；下一步（约 2 分钟）：看一下 cdn-a。"
    )
    assert told.en == (
        "Most likely cdn-a origin-link-down, confidence 77%; study degraded in regions 1–2; "
        "nothing seen speaks against it; next, about 2 min: Look at cdn-a."
    )


def test_twins_are_told_as_one_set() -> None:
    """Golden: the set and its probability stand beside the member that is first by chance."""
    room = BenchRoom(twins())
    room.beat(after(-60))
    room.storm()
    room.beat(after(600))
    told = _told(room)
    assert "现有证据分不开它和" in told.zh and "至少一个出了故障的把握" in told.zh
    assert "the evidence cannot tell it from" in told.en


def test_calm_names_its_first_suspect() -> None:
    """Golden: no fault found, and whom one would look at first all the same."""
    calm = _hypothesis(HypothesisKind.HEALTHY, 9, 0.8, False)
    suspect = _hypothesis(HypothesisKind.COMPONENT, 1, 0.07, False)
    told = sentence_of(
        sample().model_copy(
            update={
                "hypotheses": (calm, suspect),
                "status": DiagnosisStatus.HEALTHY,
                "settling": False,
                "next_checks": (),
            }
        ),
        NAMES,
        None,
    )
    assert told.zh == "未发现故障，把握 80%；最可疑的是组件 1 坏了，7%；没有更好的检查可做。"
    assert told.en == (
        "No fault found, confidence 80%; the first suspect is Component 1 broken, 7%; "
        "no check would tell more."
    )


@pytest.mark.parametrize(("share", "aside"), [(0.06, True), (0.3, False)])
def test_a_check_of_a_bystander_is_told_as_one(share: float, aside: bool) -> None:
    """Golden: nobody takes the check that tells most for a step against the cause."""
    top = _hypothesis(HypothesisKind.COMPONENT, 1, 0.98, False)
    other = _hypothesis(HypothesisKind.COMPONENT, 2, share, False)
    asks = Text(zh="是否不通？", en="Is it out of reach?")
    check = NextCheck(
        check_id="lib:look@small:c2",
        text=asks,
        command=None,
        expected_information_gain_bits=0.5,
        minutes=1.0,
    )
    told = sentence_of(
        sample().model_copy(
            update={
                "hypotheses": (top, other),
                "status": DiagnosisStatus.LIKELY,
                "settling": False,
                "inseparable_sets": (),
                "causes_together": None,
                "next_checks": (check,),
            }
        ),
        NAMES,
        None,
    )
    assert ("下一步（组件 2，顺带排除，6%，约 1 分钟）：是否不通？" in told.zh) == aside
    assert ("next at Component 2 (to rule it out, 6%), about 1 min: Is" in told.en) == aside
    assert ("下一步（组件 2，约 1 分钟）" in told.zh) != aside


@pytest.mark.parametrize("share", [0.004, 0.995, 0.5])
def test_all_of_them_is_said_as_a_bound(share: float) -> None:
    """Two causes that stand together are told with `at least`."""
    rows = [_hypothesis(HypothesisKind.COMPONENT, i, 0.9, False) for i in range(2)]
    together = CausesTogether(component_ids=("small:c0", "small:c1"), posterior_at_least=share)
    diagnosis = sample().model_copy(
        update={
            "hypotheses": tuple(rows),
            "causes_together": together,
            "settling": False,
            "status": DiagnosisStatus.LIKELY,
            "inseparable_sets": (),
        }
    )
    told = sentence_of(diagnosis, NAMES, None)
    assert f"不止一个原因，同时还有组件 1，都成立的把握至少 {percent(share)}" in told.zh
    assert told.zh.count("可能不止一个原因") == (share <= 0.9) == told.en.count("perhaps more than")
    assert f"all of them: at least {percent(share)}" in told.en


def test_a_rival_of_calm_is_not_cleared() -> None:
    """Golden: no fault found at even odds does not let a suspect of four in ten go."""
    calm = _hypothesis(HypothesisKind.HEALTHY, 9, 0.51, False)
    suspect = _hypothesis(HypothesisKind.COMPONENT, 1, 0.42, False)
    told = sentence_of(
        sample().model_copy(
            update={
                "hypotheses": (calm, suspect),
                "status": DiagnosisStatus.HEALTHY,
                "settling": False,
                "next_checks": (),
            }
        ),
        NAMES,
        None,
    )
    assert "但还不能放过组件 1 坏了，把握有 42%" in told.zh
    assert "but Component 1 broken is not cleared, 42%" in told.en
