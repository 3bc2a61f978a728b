"""The answer in one sentence: what, where, how sure, what speaks against, what next.

From templates over the diagnosis alone, so that it cannot say other than the numbers: every figure
is one of `diag/v1`, and every word of sureness follows from `status` and `settling`.
"""

from __future__ import annotations

from collections.abc import Mapping

from graph.model.base import Text
from graph.model.diagnosis import (
    Diagnosis,
    DiagnosisStatus,
    HypothesisKind,
    HypothesisResult,
    NextCheck,
)
from graph.model.pack import DomainPack
from graph.model.topology import Component
from graph.words import spaced
from reasoning import parameters
from reasoning.answer.naming import mode_is_open, standing_name
from reasoning.answer.title import harm_of
from reasoning.answer.words import inside, listed, percent


def worded(
    pack: DomainPack, diagnosis: Diagnosis, components: Mapping[str, Component]
) -> Diagnosis:
    """Put the answer in one sentence."""
    asked = (check.check_id.partition("@")[2] for check in diagnosis.next_checks[:1])
    causes = (h.component_id or "" for h in diagnosis.hypotheses)
    names = {c: components[c].name for c in (*asked, *causes) if c in components}
    told = sentence_of(diagnosis, names, harm_of(pack, diagnosis))
    return diagnosis.model_copy(update={"sentence": told})


def sentence_of(diagnosis: Diagnosis, names: Mapping[str, Text], harm: Text | None) -> Text:
    """Say what broke, where it hurts, how sure, what speaks against it and what to look at.

    Args:
        names: of the components, by id; one without a name is called by its id.
        harm: the step that suffers most and where, None where none is degraded.
    """
    top = diagnosis.hypotheses[0]
    clauses = [_lead(diagnosis, names), open_mode(top), _unbroken(top), harm]
    clauses += [_beside(diagnosis, names), misfit(diagnosis)]
    clauses += [_against(diagnosis, names), _next(diagnosis, names)]
    told = [clause for clause in clauses if clause is not None]
    return Text(
        zh=_ended("；".join(c.zh for c in told), "。"),
        en=_ended("; ".join(c.en for c in told), "."),
    )


def open_mode(top: HypothesisResult) -> Text | None:
    """Say which fault it is most like; None where that is as sure as the place, or unknown.

    That something broke there may be all but sure while nobody knows yet what.
    """
    if not mode_is_open(top) or top.mode_name is None or top.mode_posterior is None:
        return None
    name, sure = top.mode_name, percent(top.mode_posterior)
    return Text(
        zh=f"{spaced('哪种故障还没定，最像', name.zh)}，{sure}",
        en=f"which fault it is stays open, most like {inside(name.en)}, {sure}",
    )


def _unbroken(top: HypothesisResult) -> Text | None:
    """Say of a crowd that it is no fault; None of anything else."""
    if top.kind is not HypothesisKind.CROWD:
        return None
    zh, en = "来的人多本身不是故障", "that many come is no fault in itself"
    return Text(zh=zh, en=en)


def _lead(diagnosis: Diagnosis, names: Mapping[str, Text]) -> Text:
    """Name the top hypothesis as surely as the status allows, its place where the mode is open."""
    top = diagnosis.hypotheses[0]
    sure, name = percent(top.posterior), _called(top)
    if mode_is_open(top) and top.component_id in names:
        name = names[top.component_id or ""]
    if diagnosis.settling:
        zh, en = (
            "仍在变化，还不能定论，暂时排在首位的是",
            "Still changing, nothing is settled: first for now is",
        )
        return Text(
            zh=f"{spaced(zh, name.zh)}，把握 {sure}", en=f"{en} {name.en}, confidence {sure}"
        )
    if diagnosis.status is DiagnosisStatus.INCONCLUSIVE:
        zh, en = "证据不足，排在首位的是", "Not enough evidence: first for now is"
        return Text(
            zh=f"{spaced(zh, name.zh)}，把握 {sure}", en=f"{en} {name.en}, confidence {sure}"
        )
    if diagnosis.status is DiagnosisStatus.HEALTHY:
        return Text(zh=f"未发现故障，把握 {sure}", en=f"No fault found, confidence {sure}")
    if diagnosis.status is DiagnosisStatus.CONCLUSIVE:
        said = "原因在" if mode_is_open(top) else "原因是"
        zh = f"{spaced(said, name.zh)}，把握 {sure}，结论明确"
        return Text(zh=zh, en=f"The cause is {name.en}, confidence {sure}, conclusive")
    zh = f"{spaced('最可能是', name.zh)}，把握 {sure}"
    return Text(zh=zh, en=f"Most likely {name.en}, confidence {sure}")


def _called(hypothesis: HypothesisResult) -> Text:
    """Name a hypothesis inside a sentence; an outcome stands as the word that it is."""
    if hypothesis.kind is HypothesisKind.EXTERNAL:
        return Text(zh="图外原因", en="a cause outside the graph")
    if hypothesis.kind is HypothesisKind.CROWD:
        return Text(zh="大型直播人流高峰", en="the crowd of the live event")
    if hypothesis.kind is HypothesisKind.HEALTHY:
        return Text(zh="「未发现故障」", en='"no fault found"')
    return hypothesis.name


def _standing(hypothesis: HypothesisResult, names: Mapping[str, Text]) -> Text:
    """Name a hypothesis beside its figure, its place where the fault is less sure than that."""
    if hypothesis.kind is not HypothesisKind.COMPONENT:
        return _called(hypothesis)
    return standing_name(hypothesis, names.get(hypothesis.component_id or ""))


def _beside(diagnosis: Diagnosis, names: Mapping[str, Text]) -> Text | None:
    """Say whom the top cannot be told from, or what is there besides it."""
    top = diagnosis.hypotheses[0].component_id
    for group in diagnosis.inseparable_sets:
        if top in group.component_ids:
            others = listed([_name(c, names) for c in group.component_ids if c != top])
            sure = percent(group.posterior)
            return Text(
                zh=f"{spaced('现有证据分不开它和', others.zh)}，其中至少一个出了故障的把握 {sure}",
                en=f"the evidence cannot tell it from {others.en}; at least one of them: {sure}",
            )
    together = diagnosis.causes_together
    if together is None or top not in together.component_ids:
        return _other_set(diagnosis, names)
    others = listed([_name(c, names) for c in together.component_ids if c != top])
    sure = percent(together.posterior_at_least)
    plainly = together.posterior_at_least > parameters.CONCLUSIVE_FROM
    zh, en = ("", "") if plainly else ("可能", "perhaps ")
    return Text(
        zh=f"{spaced(f'{zh}不止一个原因，同时还有', others.zh)}，都成立的把握至少 {sure}",
        en=f"{en}more than one cause, {others.en} as well; all of them: at least {sure}",
    )


def _other_set(diagnosis: Diagnosis, names: Mapping[str, Text]) -> Text | None:
    """Name a set that is surely there besides the top, though nobody knows which of it."""
    likely = (s for s in diagnosis.inseparable_sets if s.posterior > parameters.TOGETHER_FROM)
    group = next(likely, None)
    if group is None:
        return None
    members, sure = listed([_name(c, names) for c in group.component_ids]), percent(group.posterior)
    return Text(
        zh=f"{spaced('另外', members.zh)}之中至少一个出了故障，把握 {sure}，现有证据分不开是哪一个",
        en=f"besides, at least one of {members.en}: {sure}; the evidence cannot tell which",
    )


def misfit(diagnosis: Diagnosis) -> Text | None:
    """Say that even the best explanation fits badly; None where what it leaves over is chance."""
    found = diagnosis.surprise
    if found is None or found.bits < parameters.SURPRISE_FROM:
        return None
    left, usual = f"{found.unexplained:.0f}", f"{found.expected:.0f}"
    return Text(
        zh=f"与图不太吻合：约 {left} 条告警它解释不了，按平时的误报只该有约 {usual} 条",
        en=f"the picture fits badly: about {left} alerts are left unexplained, where false alarms "
        f"would make about {usual}",
    )


def _against(diagnosis: Diagnosis, names: Mapping[str, Text]) -> Text:
    """Say what speaks against the top: its strongest item, then a rival; or that nothing does.

    An item that is worth less than a factor of two is not worth a word.
    """
    top = diagnosis.hypotheses[0]
    found: list[Text] = []
    strong = [i for i in top.evidence_against if -i.log10_bayes_factor >= parameters.AGAINST_FROM]
    if strong:
        item = strong[0].text
        found.append(Text(zh=f"反对的证据：{item.zh}", en=f"against it: {item.en}"))
    rival = _rival(diagnosis)
    if rival is not None and top.kind is HypothesisKind.HEALTHY:
        found.append(_suspect(rival, names))
    elif rival is not None:
        name, sure = _standing(rival, names), percent(rival.posterior)
        zh = spaced(name.zh, f"的把握也有 {sure}")
        found.append(Text(zh=zh, en=f"{name.en} stands at {sure}"))
    if not found and top.evidence_against:
        return Text(zh="没有明显反对的证据", en="nothing seen speaks clearly against it")
    if not found:
        return Text(zh="没有看到反对的证据", en="nothing seen speaks against it")
    return Text(zh="；".join(t.zh for t in found), en="; ".join(t.en for t in found))


def _suspect(rival: HypothesisResult, names: Mapping[str, Text]) -> Text:
    """Name whom one would look at first although no fault stands first."""
    name, sure = _standing(rival, names), percent(rival.posterior)
    if rival.posterior < parameters.RIVAL_FROM:
        zh = f"{spaced('最可疑的是', name.zh)}，{sure}"
        return Text(zh=zh, en=f"the first suspect is {name.en}, {sure}")
    return Text(
        zh=f"{spaced('但还不能放过', name.zh)}，把握有 {sure}",
        en=f"but {name.en} is not cleared, {sure}",
    )


def _rival(diagnosis: Diagnosis) -> HypothesisResult | None:
    """Return the likeliest other hypothesis worth naming that was not named beside the top.

    Beside "no fault found" the first suspect always is.
    """
    calm = diagnosis.hypotheses[0].kind is HypothesisKind.HEALTHY
    named = {c for group in diagnosis.inseparable_sets for c in group.component_ids}
    if diagnosis.causes_together is not None:
        named |= set(diagnosis.causes_together.component_ids)
    least = 0.0 if calm else parameters.RIVAL_FROM
    others = (h for h in diagnosis.hypotheses[1:] if h.posterior >= least)
    return next((h for h in others if h.component_id is None or h.component_id not in named), None)


def _next(diagnosis: Diagnosis, names: Mapping[str, Text]) -> Text:
    """Ask the best check, and say so where it is about a bystander."""
    if not diagnosis.next_checks:
        return Text(zh="没有更好的检查可做", en="no check would tell more")
    check = diagnosis.next_checks[0]
    minutes, where = f"{check.minutes:g}", place_of(check, names)
    zh, en = f"下一步（约 {minutes} 分钟）", "next"
    if where is not None:
        sure = _aside(diagnosis, check)
        zh_aside, en_aside = (
            (f"，顺带排除，{sure}", f" (to rule it out, {sure})") if sure else ("", "")
        )
        zh = f"下一步（{where.zh}{zh_aside}，约 {minutes} 分钟）"
        en = f"next at {where.en}{en_aside}"
    return Text(zh=f"{zh}：{check.text.zh}", en=f"{en}, about {minutes} min: {check.text.en}")


def _aside(diagnosis: Diagnosis, check: NextCheck) -> str:
    """Tell how suspect a component is that is looked at beside those named; empty for these.

    Where the cause is all but sure, the check that tells most may be one of a bystander.
    """
    asked = check.check_id.partition("@")[2]
    other = next((h for h in diagnosis.hypotheses if h.component_id == asked), None)
    calm = diagnosis.hypotheses[0].kind is HypothesisKind.HEALTHY
    return "" if calm or other is None or asked in _named(diagnosis) else percent(other.posterior)


def _named(diagnosis: Diagnosis) -> set[str | None]:
    """List who stands in the sentence: the top, whom it is told with, its rival."""
    named = {c for group in diagnosis.inseparable_sets for c in group.component_ids}
    if diagnosis.causes_together is not None:
        named |= set(diagnosis.causes_together.component_ids)
    rival = _rival(diagnosis)
    return {*named, diagnosis.hypotheses[0].component_id, rival.component_id if rival else None}


def place_of(check: NextCheck, names: Mapping[str, Text]) -> Text | None:
    """Name the component that a check looks at, where its text does not."""
    name = names.get(check.check_id.partition("@")[2])
    return None if name is None or name.zh in check.text.zh else name


def asked_of(check: NextCheck, names: Mapping[str, Text]) -> Text:
    """Ask a check with the component that it looks at, where its text does not name it."""
    name = place_of(check, names)
    if name is None:
        return check.text
    return Text(zh=f"{name.zh}：{check.text.zh}", en=f"{name.en}: {check.text.en}")


def _name(component_id: str, names: Mapping[str, Text]) -> Text:
    return names.get(component_id, Text(zh=component_id, en=component_id))


def _ended(text: str, mark: str) -> str:
    """End a sentence once; a question has its own mark."""
    return text if text.endswith(("。", "？", ".", "?", "!", "！")) else text + mark
