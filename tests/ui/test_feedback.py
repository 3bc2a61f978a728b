"""What people say it was, and what is ruled out, as the page draws it."""

from __future__ import annotations

from pydantic import JsonValue

from api.schemas.feedback import (
    Feedback,
    FeedbackCause,
    FeedbackPage,
    FeedbackState,
    FeedbackView,
    Outcome,
)
from graph.model.base import Text
from graph.model.diagnosis import HypothesisKind
from tests.ui import samples
from ui.views.feedback import candidates, named, right
from ui.widgets.feedback import feedback_lines, ruled_out_card

NAMES = {"cdn:cdn-7": Text(zh="CDN 节点 cdn-7", en="CDN node cdn-7")}


def _word(**changes: object) -> FeedbackView:
    values: dict[str, object] = {
        "causes": (FeedbackCause(component_id="cdn:cdn-7"),),
        "cause": Outcome.MODELLED,
        "by": "zhou",
        "at": samples.scene().diagnosis.as_of.now,
        "second_needed": True,
    }
    return FeedbackView.model_validate(values | changes)


def test_a_p0_outcome_waits_for_the_second_person() -> None:
    """The line names the cause, who said so, and that one more must."""
    page = FeedbackPage(
        items=(_word(note=samples.HOSTILE),), state=FeedbackState.PROVISIONAL, second_waits=True
    )
    chinese, english = (feedback_lines(page, NAMES, samples.ZONE, lang) for lang in ("zh", "en"))
    assert "反馈等第二个人确认" in chinese
    assert "原因是 CDN 节点 cdn-7（zhou，" in chinese
    assert "waits for a second person" in english
    assert samples.HOSTILE not in chinese


def test_nothing_is_drawn_where_nothing_was_said_or_ruled_out() -> None:
    """Absent parts hide as a whole."""
    assert feedback_lines(FeedbackPage(items=()), NAMES, samples.ZONE, "zh") == ""
    assert ruled_out_card((), NAMES, "zh") == ""


def test_what_is_ruled_out_stands_in_its_card_as_plain_text() -> None:
    """One line each, in the language of the page."""
    text: JsonValue = {"zh": "人工排除<b>", "en": "ruled out by hand<b>"}
    card = ruled_out_card(({"component_id": "cdn:cdn-7", "text": text},), NAMES, "zh")
    assert "已排除" in card
    assert "CDN 节点 cdn-7：人工排除&lt;b&gt;" in card


def test_right_means_what_stands_first() -> None:
    """An outcome without a component is told as such."""
    top = samples.scene().diagnosis.hypotheses[0]
    assert right(top).causes[0].component_id == top.component_id
    outside = top.model_copy(update={"kind": HypothesisKind.EXTERNAL, "component_id": None})
    assert right(outside) == Feedback(cause=Outcome.EXTERNAL)
    crowd = outside.model_copy(update={"kind": HypothesisKind.CROWD})
    assert right(crowd) == Feedback(cause=Outcome.NO_FAULT)


def test_candidates_stand_first_and_the_rest_is_found_by_name() -> None:
    """Every component of the incident once, but the one that stands first: that would be right."""
    scene = samples.scene()
    found = candidates(scene, "zh")
    first, *others = scene.diagnosis.hypotheses
    ranked = [h.component_id for h in others if h.component_id]
    assert first.component_id not in found
    assert found[: len(ranked)] == ranked
    assert len(set(found)) == len(found)


def test_a_component_is_named_with_the_id_that_people_know() -> None:
    """Its slug stands behind a name that does not hold it, never the pack."""
    names = {**NAMES, "cdn:db-1": Text(zh="考试库", en="Exam database")}
    assert named("cdn:cdn-7", names, "zh") == "CDN 节点 cdn-7"
    assert named("cdn:db-1", names, "zh") == "考试库（db-1）"
    assert named("cdn:db-1", names, "en") == "Exam database (db-1)"
    assert named("cdn:gone", names, "en") == "gone"
