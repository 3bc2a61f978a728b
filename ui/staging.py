"""From the API's answers to what the widgets draw; no clock, no network, no Streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from api.schemas.by_hand import actions_of
from api.schemas.incidents import (
    FlowView,
    IncidentDetail,
    MapView,
    MonitoringView,
    StepView,
    TimelineView,
)
from api.schemas.incidents import MapNode as NodeView
from api.schemas.incidents import SopPassage as PassageView
from api.schemas.ticks import ticks_of
from graph.model.base import Text
from graph.model.diagnosis import (
    Diagnosis,
    EvidenceWeight,
    HypothesisKind,
    HypothesisResult,
    NextCheck,
    RevisionTop,
    Unobserved,
)
from ui.scene import (
    DEGRADED_FROM,
    UNSURE_FROM,
    Cause,
    GraphMap,
    Layer,
    LostSource,
    MapNode,
    People,
    Reign,
    Scene,
    SopPassage,
    Step,
    StepState,
)
from ui.text import labelled
from ui.timeline_staging import timeline_of


def scene_of(
    detail: IncidentDetail,
    diagnoses: Sequence[Diagnosis],
    *,
    timeline: TimelineView,
    graph: MapView,
    monitoring: Iterable[MonitoringView],
) -> Scene:
    """Compose the diagnosis page; `diagnoses` are the newest, oldest first, at least one."""
    diagnosis = diagnoses[-1]
    before = diagnoses[-2] if len(diagnoses) > 1 else None
    flow = ribbon_flow(detail)
    reigns = reigns_of(timeline.tops, diagnosis.as_of.now)
    return Scene(
        incident=detail,
        zone=detail.timezone,
        diagnosis=diagnosis,
        alerts=detail.alerts,
        steps=steps_of(flow) if flow else (),
        people=people_of(flow, diagnosis, detail.region_names),
        lost=lost_of(monitoring),
        causes=causes_of(diagnosis, before, detail.component_names),
        reigns=reigns,
        checks=checks_of(diagnosis, detail.component_names),
        sops=tuple(_passage(p) for p in detail.sop_passages if p.steps),
        cases=diagnosis.similar_cases,
        case_days={case.case_id: case.opened_at for case in detail.cases},
        map=map_of(graph),
        timeline=timeline_of(timeline, detail, reigns=reigns, now=diagnosis.as_of.now),
        ticks=ticks_of(timeline.items),
        noted=actions_of(timeline.items),
        action_words=detail.action_words,
    )


def ribbon_flow(detail: IncidentDetail) -> FlowView | None:
    """Choose the flow of the ribbon: the main one, unless only another one is hit."""
    main = detail.flows[0] if detail.flows else detail.flow
    if main is None or detail.flow is None or _worst(main) >= UNSURE_FROM:
        return main
    return detail.flow if _worst(detail.flow) >= DEGRADED_FROM else main


def steps_of(flow: FlowView) -> tuple[Step, ...]:
    """Judge the steps of a flow, in walking order; the first of the worst may be broken."""
    worst = _worst(flow)
    broken = next((s.step_id for s in flow.steps if (s.probability or 0.0) == worst), None)
    return tuple(step_of(step, worst=step.step_id == broken) for step in flow.steps)


def step_of(step: StepView, *, worst: bool) -> Step:
    """Judge one step."""
    state = step_state(step.probability or 0.0, worst=worst)
    return Step(step.step_id, step.name, step.probability, state)


def step_state(probability: float, *, worst: bool) -> StepState:
    """Judge a step by its probability; only the worst one can be where it is broken.

    >>> step_state(0.97, worst=True).value, step_state(0.34, worst=False).value
    ('broken', 'unsure')
    """
    if probability >= DEGRADED_FROM:
        return StepState.BROKEN if worst else StepState.DEGRADED
    return StepState.UNSURE if probability >= UNSURE_FROM else StepState.CLEAR


def people_of(
    flow: FlowView | None, diagnosis: Diagnosis, region_names: Mapping[str, Text]
) -> People | None:
    """Count the people of the step that hits most; steps share people, so nothing is summed.

    Regions, tiers and credits are those of the steps at or above even odds.
    """
    impacts = [i for i in diagnosis.impact if flow is None or i.flow_id == flow.id]
    if not impacts:
        return None
    hit = [i for i in impacts if i.probability_degraded >= DEGRADED_FROM]
    most = max(hit or impacts, key=lambda i: (i.probability_degraded, i.users))
    regions = sorted({region for i in hit for region in i.regions}, key=_natural)
    return People(
        users=most.users,
        estimated=most.basis == "estimated",
        growing=diagnosis.settling,
        regions=tuple(region_names.get(region, _same(region)) for region in regions),
        tiers=labelled("tier", sorted({tier for i in hit for tier in i.site_tiers})),
        courses=most.courses,
        credit_types=labelled("credit", sorted({c for i in hit for c in i.credit_types})),
    )


def lost_of(monitoring: Iterable[MonitoringView]) -> tuple[LostSource, ...]:
    """Keep the monitoring whose proof of life is late."""
    return tuple(LostSource(source.name, source.last_at) for source in monitoring if source.late)


def causes_of(
    diagnosis: Diagnosis, before: Diagnosis | None, names: Mapping[str, Text]
) -> tuple[Cause, ...]:
    """Make one row per hypothesis, in the order of the diagnosis."""
    earlier = {} if before is None else {_key(h): h.posterior for h in before.hypotheses}
    return tuple(_cause(h, diagnosis, earlier, names) for h in diagnosis.hypotheses)


def reigns_of(tops: Iterable[RevisionTop], now: datetime) -> tuple[Reign, ...]:
    """Join consecutive revisions (oldest first) with the same top cause into stretches."""
    stretches = [list(same) for _, same in groupby(tops, key=_key)]
    ends = [*(same[0].at for same in stretches), now][1:]
    return tuple(
        Reign(
            same[0].name,
            same[0].at,
            max(same[0].at, until),
            same[-1].posterior,
            same[-1].mode_name,
            same[-1].mode_posterior,
        )
        for same, until in zip(stretches, ends, strict=True)
    )


def map_of(graph: MapView) -> GraphMap | None:
    """Turn the neighbourhood into boxes and lines; None where there is nothing to draw."""
    steps = [node for node in graph.nodes if node.layer == Layer.STEP.value]
    if len(steps) == len(graph.nodes):
        return None
    worst = max((s.probability or 0.0 for s in steps), default=0.0)
    nodes = tuple(_node(node, worst) for node in graph.nodes)
    edges = sorted({(relation.source, relation.target) for relation in graph.relations})
    return GraphMap(nodes, tuple(edges), graph.paths, graph.total)


def checks_of(diagnosis: Diagnosis, names: Mapping[str, Text]) -> tuple[NextCheck, ...]:
    """List the next checks, each naming its component."""
    return tuple(_asked(check, names) for check in diagnosis.next_checks)


def _asked(check: NextCheck, names: Mapping[str, Text]) -> NextCheck:
    """Say of which component a check asks, where its text does not."""
    name = names.get(check.check_id.partition("@")[2])
    if name is None or name.zh in check.text.zh:
        return check
    text = Text(zh=f"{name.zh}：{check.text.zh}", en=f"{name.en}: {check.text.en}")
    return check.model_copy(update={"text": text})


def _node(node: NodeView, worst: float) -> MapNode:
    if node.layer == Layer.STEP.value:
        probability = node.probability or 0.0
        state = step_state(probability, worst=probability == worst)
        return MapNode(node.id, node.name, Layer.STEP, state, node.kind)
    state = StepState.UNSURE if node.unobserved else StepState.CLEAR
    if node.alerting:
        state = StepState.DEGRADED
    layer = Layer(node.layer)
    return MapNode(node.id, node.name, layer, state, node.kind, top=node.rank == 1)


def _passage(passage: PassageView) -> SopPassage:
    return SopPassage(
        sop_id=passage.sop_id,
        title=passage.title,
        section=passage.section,
        score=passage.score,
        steps=tuple((step.number, step.text) for step in passage.steps),
    )


def _cause(
    hypothesis: HypothesisResult,
    diagnosis: Diagnosis,
    earlier: Mapping[str, float],
    names: Mapping[str, Text],
) -> Cause:
    key = _key(hypothesis)
    return Cause(
        key=key,
        rank=hypothesis.rank,
        kind=hypothesis.kind,
        name=hypothesis.name,
        posterior=hypothesis.posterior,
        prior=hypothesis.prior,
        before=earlier.get(key),
        evidence_for=_weights(hypothesis.evidence_for),
        evidence_against=_weights(hypothesis.evidence_against),
        unobserved=_unseen(hypothesis, diagnosis.unobserved),
        path=tuple(names.get(c, _same(c)) for c in hypothesis.path),
        first_steps=hypothesis.first_steps,
        place=names.get(hypothesis.component_id or ""),
        mode=_mode(hypothesis),
    )


def _mode(hypothesis: HypothesisResult) -> tuple[Text, float] | None:
    name, posterior = hypothesis.mode_name, hypothesis.mode_posterior
    return None if name is None or posterior is None else (name, posterior)


def _unseen(
    hypothesis: HypothesisResult, unobserved: Iterable[Unobserved]
) -> tuple[tuple[Text, Text], ...]:
    """List what was not seen on the way of a cause; the outcomes have no way and see it all."""
    near = {hypothesis.component_id, *hypothesis.path}
    everywhere = hypothesis.kind is not HypothesisKind.COMPONENT
    return tuple((u.text, u.reason) for u in unobserved if everywhere or u.component_id in near)


def _weights(items: Iterable[EvidenceWeight]) -> tuple[tuple[Text, float], ...]:
    return tuple((item.text, item.log10_bayes_factor) for item in items)


def _key(hypothesis: HypothesisResult | RevisionTop) -> str:
    return hypothesis.component_id or hypothesis.kind.value


def _worst(flow: FlowView) -> float:
    return max((step.probability or 0.0 for step in flow.steps), default=0.0)


def _natural(identifier: str) -> tuple[int, str]:
    digits = "".join(char for char in identifier if char.isdigit())
    return (int(digits) if digits else 0, identifier)


def _same(identifier: str) -> Text:
    shown = identifier.split(":", 1)[-1]
    return Text(zh=shown, en=shown)
