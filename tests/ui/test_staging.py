"""The API's answers become what the widgets draw."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.schemas.incidents import FlowView, MapNode, MapView, StepView
from graph.model.diagnosis import RevisionTop
from tests.ui import fake_api, samples
from ui import board_staging, staging
from ui.scene import Layer, Scene, StepState


def scene() -> Scene:
    """Compose the sample night as the desk does."""
    return staging.scene_of(
        fake_api.detail(samples.incident()),
        [fake_api.diagnosis(revision=13), fake_api.diagnosis()],
        timeline=fake_api.timeline_view(),
        graph=fake_api.map_view(),
        monitoring=fake_api.board_view().monitoring,
    )


def test_a_scene_has_every_part_of_the_page() -> None:
    """Nothing that the API gave is lost on the way."""
    drawn = scene()

    assert [step.state for step in drawn.steps] == [
        StepState.CLEAR,
        StepState.CLEAR,
        StepState.BROKEN,
        StepState.DEGRADED,
        StepState.CLEAR,
    ]
    assert [cause.key for cause in drawn.causes][:2] == ["med:cdn-7", "med:line-a"]
    assert drawn.map is not None and drawn.timeline is not None
    assert len(drawn.sops) == 2 and len(drawn.cases) == 3
    assert [lost.name for lost in drawn.lost] == [samples.REGION_5]


def test_external_and_healthy_keep_keys_of_their_own() -> None:
    """Outcomes have no component id, and their rows can still be opened by the URL."""
    keys = {cause.key for cause in scene().causes}

    assert {"external", "healthy"} <= keys


def test_what_was_not_seen_belongs_to_the_cause_on_whose_way_it_lies() -> None:
    """A channel of another corner of the graph is no doubt about this cause."""
    causes = {cause.key: cause for cause in scene().causes}

    assert len(causes["med:cdn-7"].unobserved) == 1
    assert causes["med:line-a"].unobserved == ()
    assert len(causes["external"].unobserved) == 1


def test_a_cause_remembers_the_revision_before() -> None:
    """Deltas compare with the revision that was shown before; without one there is none."""
    old = fake_api.diagnosis(revision=13)
    moved = old.hypotheses[0].model_copy(update={"posterior": 0.5})
    old = old.model_copy(update={"hypotheses": (moved,)})

    compared = staging.causes_of(fake_api.diagnosis(), old, {})
    alone = staging.causes_of(fake_api.diagnosis(), None, {})

    assert compared[0].before == 0.5 and compared[1].before is None
    assert all(cause.before is None for cause in alone)


def test_reigns_join_revisions_with_the_same_top() -> None:
    """Four revisions, two tops, two stretches, the last one until now."""
    hypotheses = fake_api.diagnosis().hypotheses
    tops = [
        RevisionTop(
            revision=place + 1,
            at=samples.BEGAN + timedelta(seconds=30 * place),
            kind=hypotheses[rank].kind,
            component_id=hypotheses[rank].component_id,
            name=hypotheses[rank].name,
            posterior=0.5 + place / 10,
            mode_name=samples.CDN,
            mode_posterior=0.4,
        )
        for place, rank in enumerate([1, 1, 0, 0])
    ]

    reigns = staging.reigns_of(tops, samples.NOW)

    assert [r.name for r in reigns] == [samples.LINE, samples.CDN]
    assert reigns[0].until == reigns[1].since == samples.BEGAN + timedelta(seconds=60)
    assert reigns[1].until == samples.NOW
    assert [r.posterior for r in reigns] == [0.6, 0.8]
    assert reigns[1].mode == samples.CDN and reigns[1].mode_posterior == 0.4


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=8))
def test_at_most_one_step_is_where_it_is_broken(probabilities: list[float]) -> None:
    """The first of the worst steps, and only from even odds on."""
    flow = FlowView(
        id="f",
        name=samples.CDN,
        steps=tuple(
            StepView(flow_id="f", step_id=f"s{i}", name=samples.CDN, probability=p)
            for i, p in enumerate(probabilities)
        ),
    )

    states = [step.state for step in staging.steps_of(flow)]

    assert states.count(StepState.BROKEN) == (1 if max(probabilities) >= 0.5 else 0)


def _flow(flow_id: str, probability: float) -> FlowView:
    step = StepView(flow_id=flow_id, step_id="s", name=samples.CDN, probability=probability)
    return FlowView(id=flow_id, name=samples.CDN, steps=(step,))


@pytest.mark.parametrize(
    ("main", "other", "shown"),
    [(0.9, 0.95, "main"), (0.3, 0.9, "main"), (0.01, 0.9, "other"), (0.01, 0.4, "main")],
)
def test_the_ribbon_is_the_main_flow_unless_only_another_is_hit(
    main: float, other: float, shown: str
) -> None:
    """People find the same five steps every night, but never a green ribbon over a fire."""
    detail = fake_api.detail(samples.incident()).model_copy(
        update={
            "flows": (_flow("main", main), _flow("other", other)),
            "flow": _flow("other", other),
        }
    )

    flow = staging.ribbon_flow(detail)

    assert flow is not None and flow.id == shown


def test_people_are_those_of_the_worst_step_and_not_a_sum() -> None:
    """The five steps share the same people."""
    people = scene().people

    assert people is not None
    assert people.users == 23106
    assert [name.zh for name in people.regions] == ["区域 1", "区域 2", "区域 10"]
    assert [name.zh for name in people.credit_types] == ["I 类"]


def test_the_map_marks_alerting_unseen_and_top() -> None:
    """Signs of boxes come from evidence: alerts, silence that says nothing, the top cause."""
    graph = staging.map_of(fake_api.map_view())

    assert graph is not None
    by_id = {node.id: node for node in graph.nodes}
    assert by_id["med:player-api"].state is StepState.DEGRADED
    assert by_id["med:region-5"].state is StepState.UNSURE
    assert by_id["med:study"].state is StepState.BROKEN
    assert [node.id for node in graph.nodes if node.top] == ["med:cdn-7"]


def test_a_map_of_steps_alone_is_left_out() -> None:
    """No empty cards."""
    node = MapNode(id="s", name=samples.CDN, kind="step", layer=Layer.STEP.value)

    assert staging.map_of(MapView(nodes=(node,), relations=(), paths=(), total=0)) is None


def test_people_on_the_timeline_are_those_who_acted() -> None:
    """A new owner is a mark; giving back and the machine's own entries are none."""
    drawn = scene().timeline

    assert drawn is not None
    assert [mark.name.zh for mark in drawn.people] == ["周岚\u00a0认领"]


def test_the_board_names_the_most_telling_window() -> None:
    """Exam week goes before the peak of every evening; the peak gives the bar its hours."""
    board = board_staging.board_of(fake_api.board_view(), [])

    assert board.calendar is not None
    assert board.calendar.name.zh == "考试周" and board.calendar.exams == 14
    assert board.calendar.peak == ("19:00", "23:00")


def test_an_ordinary_hour_has_no_calendar_card() -> None:
    """Without a window in force the card hides as a whole."""
    assert board_staging.calendar_of(fake_api.board_view(windows=(), tonight=())) is None


def test_the_board_counts_what_is_lost_apart() -> None:
    """Late sources are lost; the age shown is of the oldest that still speaks."""
    engine = board_staging.engine_of(fake_api.board_view())

    assert len(engine.lost) == 1 and engine.sources == 2
    assert engine.oldest_signal_s == 22.0


def test_a_row_before_the_first_diagnosis_has_nothing_invented() -> None:
    """No step, no people, no cause."""
    bare = fake_api.incident_view(
        samples.incident(), top=None, broken_step=None, users=None, status=None, settling=None
    )

    row = board_staging.row_of(bare)

    assert row.cause is None and row.step is None and row.users is None and row.status is None
