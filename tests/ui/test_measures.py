"""Temporary measures as they are drawn: age, keeper, successors, the way out, and their end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.schemas.handover import HandoverView, Matter
from api.schemas.remediations import RemediationView
from graph.model.base import Text
from graph.model.incident import Urgency
from graph.model.remediation import Ending, Left, RemediationStatus
from tests.contracts.remediation_samples import remediation
from ui.format import Lang
from ui.widgets import handover, measure

NOON = datetime(2025, 3, 12, 12, 0, tzinfo=UTC)
LANGS: tuple[Lang, ...] = ("zh", "en")


def matter(**changed: object) -> Matter:
    """Make a measure of one hour."""
    known: dict[str, object] = {
        "remediation_id": "rem-1",
        "incident_id": "inc-1",
        "name": Text(zh="切换", en="Switch"),
        "target_ids": ("p:cdn-7",),
        "status": RemediationStatus.VERIFIED,
        "owner": "zhou",
        "since": NOON - timedelta(hours=1),
        "undo": Text(zh="可以撤回", en="It can be taken back"),
        "age_s": 3600,
        "hand_to": ("li", "qian"),
    }
    return Matter.model_validate({**known, **changed})


def drawn(found: Matter, lang: Lang) -> str:
    """Draw a change of shift with one measure."""
    view = HandoverView(at=NOON, incidents=(), waiting=(), unsettled=(), temporary=(found,))
    return str(handover.parts(view, "UTC", lang))


@pytest.mark.parametrize("lang", LANGS)
def test_a_measure_tells_age_owner_and_who_could_take_it(lang: Lang) -> None:
    """One look says whose it is, for how long, who else could have it, and where it is ended."""
    page = drawn(matter(), lang)
    assert ("1 小时" if lang == "zh" else "1 h") in page
    assert "zhou" in page
    assert ("li、qian" if lang == "zh" else "li, qian") in page
    assert f"/approvals?rid=rem-1&amp;lang={lang}" in page
    assert "eg-alarm" not in page
    assert "eg-alarm" in drawn(matter(overdue=True), lang)


@pytest.mark.parametrize("lang", LANGS)
def test_many_successors_are_counted(lang: Lang) -> None:
    """Four names, then how many there are in all."""
    names = tuple(f"p{number}" for number in range(9))
    page = drawn(matter(hand_to=names), lang)
    assert "p3" in page and "p4" not in page
    assert "9" in page


def test_names_are_text() -> None:
    """A name that holds markup is shown, not obeyed."""
    page = drawn(matter(owner="<b>x", hand_to=("<i>y",)), "en")
    assert "<b>x" not in page and "<i>" not in page


def view_of(**changed: object) -> RemediationView:
    """Show a remediation as the API would."""
    found = remediation("rem-1")
    shown = dict(found) | {
        "remediation_id": found.id,
        "incident_title": Text(zh="事件", en="Incident"),
        "urgency": Urgency.P1,
        "timezone": "UTC",
        "target_names": {},
        "required_roles": found.demand.roles,
        "open_roles": (),
        "password_again": False,
        "rules_fired": found.demand.rules_fired,
        "approvals": [a.model_dump() for a in found.approvals],
        "seconds_left": 0,
    }
    return RemediationView.model_validate(shown | changed)


@pytest.mark.parametrize("how", list(Ending))
@pytest.mark.parametrize("lang", LANGS)
def test_an_ended_measure_says_how_and_by_whom(lang: Lang, how: Ending) -> None:
    """The three ends have words of their own; the reason stands below."""
    left = Left(how=how, by="li", reason="<done>", at=NOON)
    drawn_lines = "".join(map(str, measure.standing(view_of(left=left), lang)))
    assert "li" in drawn_lines and "12:00" in drawn_lines
    assert how.value not in drawn_lines or lang == "en"
    assert "&lt;done&gt;" in drawn_lines


def test_what_is_no_measure_says_nothing() -> None:
    """Neither kept nor ended: no line."""
    assert measure.standing(view_of(), "en") == []
