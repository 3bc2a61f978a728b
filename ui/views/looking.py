"""Where people enter what they saw: three answers, a verdict on a cause, or any other check.

A click only marks the entry; the run that it starts draws the pressed button idle, then sends the
entry and draws the new ranking. So the click answers at once, whatever the diagnosis takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from api.schemas.observations import ObservationsPage, ObservationView
from graph.errors import ConflictError, EtiographError
from graph.model.diagnosis import NextCheck
from graph.model.observation import CONFIRM, RULE_OUT, Result
from ui import state
from ui.desk import Desk, Entry
from ui.failures import label_of
from ui.format import Lang, told_apart
from ui.said import Said
from ui.scene import Cause, Scene
from ui.text import pick, say
from ui.widgets import check_card

_ANSWERS: Final = {Result.POSITIVE: "1", Result.NEGATIVE: "2", Result.UNKNOWN: "3"}
_NOTE_LENGTH: Final = 500
_AGAIN: Final = "asked.again"
FAILED: Final = Said[str]("claim.failed")


@dataclass(frozen=True, slots=True)
class Notebook:
    """What the page needs to take entries: whose they are, and why they may be refused.

    `leads`: the person has a role that agrees to actions, and may take back others' entries.
    """

    desk: Desk
    page: ObservationsPage
    me: str
    may_enter: bool
    disabled_why: str | None = None
    leads: bool = False

    @property
    def holding(self) -> tuple[ObservationView, ...]:
        """Return the entries that count."""
        return tuple(entry for entry in self.page.items if entry.holds)

    @property
    def shown(self) -> tuple[ObservationView, ...]:
        """Return the entries that count, and those whose time has passed."""
        return tuple(entry for entry in self.page.items if entry.holds or entry.expired)

    def check(self, entry: ObservationView) -> NextCheck | None:
        """Return the check of an entry, to be asked again; None where it is asked no more."""
        offered = self.page.checks.get(entry.component_id, ())
        found = next((c for c in offered if c.check_id == entry.check_id), None)
        if found is None:
            return None
        return NextCheck(
            check_id=found.check_id,
            text=found.text,
            command=found.command,
            expected_information_gain_bits=0.0,
            minutes=found.minutes,
        )

    def mine(self, check_id: str) -> ObservationView | None:
        """Return one's own entry on a check, or None."""
        found = (e for e in self.holding if e.check_id == check_id and e.by == self.me)
        return next(found, None)

    @property
    def idle(self) -> bool:
        """Tell whether nothing may be pressed now: one entry is on its way, or nobody answers."""
        return self.disabled_why is not None or self.desk.pending is not None


def settle(desk: Desk, incident_id: str) -> None:
    """Send the entry that waits and draw the new ranking; then fetch and draw all the rest."""
    if desk.pending is None:
        if desk.partial:
            desk.partial = False
            st.rerun(scope="fragment")
        return
    try:
        desk.settle(incident_id)
        state.show_moves()
        FAILED.unsay()
    except ConflictError:
        FAILED.say("check.over", incident_id)
    except EtiographError as error:
        FAILED.say(label_of(error), incident_id)
    st.rerun(scope="fragment")


def draw_check(scene: Scene, lang: Lang, book: Notebook) -> NextCheck | None:
    """Draw the next check with its three answers, or what was answered with its undo.

    Returns: the check that is asked, None where none is.
    """
    check = _asked(scene, book)
    with st.container(key="card-check"):
        total = len(scene.checks)
        st.html(check_card.check_card(check, lang, total=max(1, total)))
        if check is None:
            return None
        if check.command:
            with (
                st.container(key="command"),
                st.popover(say(lang, "check.command"), type="tertiary"),
            ):
                st.code(check.command, language=None, wrap_lines=True)
                st.caption(say(lang, "check.readonly"))
        if book.may_enter:
            _draw_answers(check, lang, book)
        else:
            st.html(check_card.role_line(lang))
    # Below the card: the three buttons stay on the first screen, whatever there is to say of them.
    if leads := check_card.leads_to(check, lang):
        with st.container(key="check-leads"):
            st.html(leads)
    return check


def draw_verdicts(cause: Cause, zone: str, lang: Lang, book: Notebook) -> None:
    """Draw 排除, 确认 and 补充观察 below an open cause, and what people entered on it."""
    if cause.kind.value != "component":
        return
    if book.may_enter:
        _draw_judging(cause, lang, book)
    else:
        st.html(check_card.role_line(lang))
    for entry in book.shown:
        if entry.component_id == cause.key:
            _draw_entry(entry, zone, lang, book, place="cause")


def _draw_judging(cause: Cause, lang: Lang, book: Notebook) -> None:
    with st.container(key="judge", horizontal=True):
        for verdict in (RULE_OUT, CONFIRM):
            check_id = f"{verdict}@{cause.key}"
            st.button(
                say(lang, f"judge.{verdict}"),
                key=f"judge-{check_id}",
                disabled=book.idle or book.mine(check_id) is not None,
                help=book.disabled_why,
                on_click=_enter,
                args=(book.desk, Entry(check_id, Result.POSITIVE)),
            )
        with st.popover(say(lang, "observe.add"), disabled=book.idle):
            _draw_form(cause, lang, book)


def draw_entries(scene: Scene, lang: Lang, book: Notebook) -> None:
    """Draw the card of everything that people entered; nothing where nobody did."""
    if not book.shown:
        return
    with st.container(key="card-entries"):
        st.html(check_card.entries_heading(lang))
        for entry in book.shown:
            _draw_entry(entry, scene.zone, lang, book, place="card")


def _asked(scene: Scene, book: Notebook) -> NextCheck | None:
    """Choose the question: the one on screen until it is answered and left, or is no longer asked.

    It must not change under a finger because the ranking moved.
    """
    kept: NextCheck | None = st.session_state.get("asked", {}).get(scene.incident.id)
    offered = {check.check_id: check for check in scene.checks}
    if kept is not None:
        answered = book.mine(kept.check_id) is not None or _waits(book, kept.check_id)
        wanted = st.session_state.get(_AGAIN) == kept.check_id
        if answered or wanted or kept.check_id in offered:
            return kept
    open_ones = [c for c in scene.checks if book.mine(c.check_id) is None]
    chosen = next(iter(open_ones), None)
    st.session_state["asked"] = {scene.incident.id: chosen}
    return chosen


def _waits(book: Notebook, check_id: str) -> bool:
    return book.desk.pending is not None and book.desk.pending.check_id == check_id


def _draw_answers(check: NextCheck, lang: Lang, book: Notebook) -> None:
    mine, waits = book.mine(check.check_id), _waits(book, check.check_id)
    with st.container(key="answers"):
        for result, key in _ANSWERS.items():
            st.button(
                say(lang, f"answer.{result.value}"),
                key=f"answer-{result.value}-{check.check_id}",
                width="stretch",
                shortcut=key,
                disabled=book.idle or mine is not None,
                help=book.disabled_why,
                on_click=_enter,
                args=(book.desk, Entry(check.check_id, result)),
            )
    if waits:
        st.html(check_card.recorded_line(None, lang))
    elif mine is not None:
        _draw_recorded(check, mine, lang, book)


def _draw_recorded(check: NextCheck, mine: ObservationView, lang: Lang, book: Notebook) -> None:
    with st.container(key="recorded", horizontal=True):
        st.html(check_card.recorded_line(mine.result, lang))
        _undo(mine, lang, book, place="check")
        st.button(
            say(lang, "check.following"), key="following", type="tertiary", on_click=_leave_check
        )


def _draw_entry(
    entry: ObservationView, zone: str, lang: Lang, book: Notebook, *, place: str
) -> None:
    with st.container(key=f"entry-{place}-{entry.evidence_id}", horizontal=True):
        st.html(check_card.entry_line(entry, zone, lang, named=place == "card"))
        if entry.expired:
            _again(entry, lang, book, place=place)
        elif entry.by == book.me and book.may_enter:
            _undo(entry, lang, book, place=place)


def _again(entry: ObservationView, lang: Lang, book: Notebook, *, place: str) -> None:
    """Offer an expired check anew: it becomes the question of the card."""
    check = book.check(entry)
    if check is None or not book.may_enter:
        return
    st.button(
        say(lang, "entry.again"),
        key=f"again-{place}-{entry.evidence_id}",
        type="tertiary",
        disabled=book.idle,
        help=book.disabled_why,
        on_click=_ask_again,
        args=(entry.incident_id, check),
    )


def _undo(entry: ObservationView, lang: Lang, book: Notebook, *, place: str) -> None:
    st.button(
        say(lang, "check.undo"),
        key=f"undo-{place}-{entry.evidence_id}",
        type="tertiary",
        disabled=book.idle,
        help=book.disabled_why,
        on_click=_enter,
        args=(book.desk, Entry(entry.check_id, entry.result, evidence_id=entry.evidence_id)),
    )


def _draw_form(cause: Cause, lang: Lang, book: Notebook) -> None:
    checks = {c.check_id: c for c in book.page.checks.get(cause.key, ())}
    texts = told_apart({c: pick(check.text, lang) for c, check in checks.items()})
    with st.form(key=f"observe-{cause.key}", border=False, clear_on_submit=True):
        check_id = st.selectbox(
            say(lang, "observe.check"),
            list(checks),
            format_func=texts.__getitem__,
        )
        result = st.radio(
            say(lang, "observe.result"),
            list(_ANSWERS),
            format_func=lambda r: say(lang, f"answer.{r.value}"),
            horizontal=True,
        )
        note = st.text_area(say(lang, "observe.note"), max_chars=_NOTE_LENGTH, height=80)
        sent = st.form_submit_button(say(lang, "observe.save"), disabled=not checks or book.idle)
    if sent and check_id is not None:
        _enter(book.desk, Entry(check_id, result, note.strip()))


def _enter(desk: Desk, entry: Entry) -> None:
    """Mark what to send; a second click while one is on its way is passed over."""
    if desk.pending is None:
        desk.pending = entry


def _ask_again(incident_id: str, check: NextCheck) -> None:
    st.session_state["asked"] = {incident_id: check}
    st.session_state[_AGAIN] = check.check_id


def _leave_check() -> None:
    st.session_state["asked"] = {}
    st.session_state.pop(_AGAIN, None)
