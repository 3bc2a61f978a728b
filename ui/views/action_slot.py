"""The action card of the diagnosis page: what could be done, who must agree, and the request."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from api.client import ApiClient
from api.schemas.catalogue import ActionView
from api.schemas.remediations import RemediationView
from graph.errors import EtiographError, InputError, NotAllowedError
from graph.model.actions import ActionParameter, ParameterKind
from graph.model.base import Text
from graph.model.diagnosis import ProposedAction
from graph.model.remediation import Decision, Ending, RemediationStatus
from graph.model.topology import Scalar
from ui import state
from ui.failures import label_of
from ui.format import Lang
from ui.scene import Scene
from ui.text import pick, say
from ui.widgets import action, approval, frame

_UNDER_WAY = frozenset(
    {
        RemediationStatus.REQUESTED,
        RemediationStatus.APPROVED,
        RemediationStatus.RUNNING,
        RemediationStatus.UNKNOWN,
        RemediationStatus.HELD,
        RemediationStatus.VERIFIED,
    }
)


@dataclass(frozen=True, slots=True)
class Slot:
    """What the card needs: the API, whether the person may request, and where approvals are."""

    client: ApiClient
    may_request: bool
    approvals_path: str


def fetch(scene: Scene, slot: Slot) -> tuple[RemediationView, ...]:
    """Fetch what was requested for the incident, newest first, and the catalogue once a tab."""
    if scene.diagnosis.proposed_actions:
        _catalogue(slot.client)
    return slot.client.remediations(incident_id=scene.incident.id).items


def draw_refusal(told: str, lang: Lang) -> bool:
    """Draw why there is no action card; it took no primary button."""
    st.html(frame.notice(told, lang))
    return False


def draw(made: tuple[RemediationView, ...], scene: Scene, lang: Lang, slot: Slot) -> bool | None:
    """Draw the card and tell whether it took the page's one primary button.

    Nothing is drawn, and None told, where nothing is proposed and nothing was requested.
    """
    under_way = _newest(made)
    proposed = scene.diagnosis.proposed_actions
    if under_way is None and not proposed:
        return None
    with st.container(key="card-action"):
        if under_way is not None:
            _draw_under_way(under_way, lang, slot)
            return False
        return _draw_proposal(made, scene, lang, slot)


def take_asked() -> None:
    """Open the request that a link asked for (`ask` in the URL), once: a reload opens none."""
    asked = state.parameter("ask")
    if asked is not None:
        state.remember("ask", None)
        st.session_state["action.ask"] = asked


def open_request(scene: Scene, lang: Lang, slot: Slot) -> None:
    """Draw the dialog of a request, where one is open; called outside every fragment.

    Where there is nothing to request, the dialog says why.
    """
    action_id = st.session_state.get("action.ask")
    found = next((p for p in scene.diagnosis.proposed_actions if p.action_id == action_id), None)
    try:
        known = _catalogue(slot.client).get(str(action_id))
        made = slot.client.remediations(incident_id=scene.incident.id).items
    except EtiographError as error:
        _open_refusal(label_of(error), lang)
        return
    if not slot.may_request:
        _open_refusal("action.role", lang)
    elif _newest(made) is not None:
        _open_refusal("action.busy", lang)
    elif found is None or known is None:
        _open_refusal("action.unproposed", lang)
    else:
        _open_form(scene, found, known, lang=lang, slot=slot)


def _open_refusal(why: str, lang: Lang) -> None:
    @st.dialog(say(lang, "dlg.no_request"), on_dismiss=_forget)
    def dialog() -> None:
        st.html(approval.note(say(lang, why), lang))

    dialog()


def _open_form(
    scene: Scene, found: ProposedAction, known: ActionView, *, lang: Lang, slot: Slot
) -> None:
    @st.dialog(say(lang, "dlg.request", name=pick(known.name, lang)), on_dismiss=_forget)
    def dialog() -> None:
        st.html(action.card(known, found, scene.action_words.get(found.action_id), lang))
        parameters = {p.id: _field(p, found, lang) for p in known.parameters}
        reason = st.text_input(say(lang, "action.why"), max_chars=1000, key="action-reason")
        failed = st.session_state.pop("action.failed", None)
        if failed:
            told = pick(failed, lang) if isinstance(failed, Text) else say(lang, failed)
            st.html(frame.notice(told, lang))
        with st.container(key="dialog-primary"):
            if st.button(
                say(lang, "action.request"), key="action-send", type="primary", width="stretch"
            ):
                _send(scene.incident.id, found, parameters, reason.strip(), slot)

    dialog()


def is_asking() -> bool:
    """Tell whether the dialog of a request is open."""
    return "action.ask" in st.session_state


def _newest(views: tuple[RemediationView, ...]) -> RemediationView | None:
    return next((view for view in views if view.status in _UNDER_WAY and not _is_gone(view)), None)


def _is_gone(view: RemediationView) -> bool:
    """Tell what has no effect any more: a measure that was taken back, and the undo that did it."""
    back = view.left is not None and view.left.how is not Ending.PERMANENT
    return back or (view.undoes is not None and view.status is RemediationStatus.VERIFIED)


def _draw_under_way(view: RemediationView, lang: Lang, slot: Slot) -> None:
    agreed = sum(a.decision is Decision.APPROVE for a in view.approvals)
    need = len(view.required_roles)
    st.html(action.under_way(approval.action_name(view, lang), lang))
    if view.status in (RemediationStatus.REQUESTED, RemediationStatus.APPROVED):
        line = say(lang, "action.waiting", have=str(agreed), need=str(need))
        st.html(approval.note(line, lang))
    else:
        st.html(approval.outcome(view, lang))
    st.html(action.link(_link(view, lang, slot), lang))


def _link(view: RemediationView, lang: Lang, slot: Slot) -> str:
    return f"{slot.approvals_path}?rid={view.remediation_id}&lang={lang}"


def _draw_proposal(
    made: tuple[RemediationView, ...],
    scene: Scene,
    lang: Lang,
    slot: Slot,
) -> bool:
    proposed = scene.diagnosis.proposed_actions
    first = proposed[0]
    known = _catalogue(slot.client).get(first.action_id)
    if known is None:
        return False
    st.html(action.card(known, first, scene.action_words.get(first.action_id), lang))
    if made:
        outcome = say(lang, f"rem.{made[0].status}")
        st.html(approval.note(say(lang, "action.last", outcome=outcome), lang))
        st.html(action.link(_link(made[0], lang, slot), lang))
    if not slot.may_request:
        st.html(approval.note(say(lang, "action.role"), lang))
        return False
    with st.container(key="action-primary"):
        if st.button(
            say(lang, "action.request"), key="request-first", type="primary", width="stretch"
        ):
            _ask(first.action_id)
    if len(proposed) > 1:
        with st.popover(say(lang, "action.more", n=str(len(proposed) - 1)), type="tertiary"):
            for other in proposed[1:]:
                also = _catalogue(slot.client).get(other.action_id)
                if also is not None and st.button(
                    pick(also.name, lang), key=f"request-{other.action_id}"
                ):
                    _ask(other.action_id)
    return True


def _field(parameter: ActionParameter, proposed: ProposedAction, lang: Lang) -> Scalar:
    """Draw one parameter, filled with what is proposed; bounds are those of the catalogue."""
    name = pick(parameter.name, lang)
    given = proposed.parameters.get(parameter.id, parameter.default)
    key = f"parameter-{parameter.id}"
    if parameter.kind is ParameterKind.CHOICE:
        place = parameter.choices.index(str(given)) if given in parameter.choices else 0
        return str(st.selectbox(name, parameter.choices, index=place, key=key))
    if parameter.kind is ParameterKind.COMPONENT:
        return str(st.text_input(name, value=str(given or ""), key=key)).strip()
    low, high = parameter.minimum, parameter.maximum
    start = float(given) if isinstance(given, int | float) else (low if low is not None else 0.0)
    value = st.number_input(name, low, high, value=start, key=key)
    return int(value) if parameter.kind is ParameterKind.INTEGER else float(value)


def _send(
    incident_id: str,
    proposed: ProposedAction,
    parameters: dict[str, Scalar],
    reason: str,
    slot: Slot,
) -> None:
    if not reason:
        st.session_state["action.failed"] = "fail.reason"
        st.rerun()
    try:
        slot.client.request_remediation(
            incident_id,
            action_id=proposed.action_id,
            target_ids=proposed.target_ids,
            parameters=parameters,
            reason=reason,
        )
    except NotAllowedError as error:
        st.session_state["action.failed"] = f"fail.{error.code}"
    except InputError:
        st.session_state["action.failed"] = "fail.input"
    except EtiographError as error:
        known = Text(zh=f"{error.zh}。", en=f"{error}.") if error.zh else None
        st.session_state["action.failed"] = known or label_of(error)
    else:
        _forget()
    st.rerun()


def _catalogue(client: ApiClient) -> dict[str, ActionView]:
    """Read the catalogue once a tab: it changes with its pack only."""
    known: dict[str, ActionView] | None = st.session_state.get("catalogue")
    if known is None:
        views = [ActionView.model_validate(item) for item in client.actions()]
        known = {view.id: view for view in views}
        st.session_state["catalogue"] = known
    return known


def _ask(action_id: str) -> None:
    """Open the dialog: the page above this fragment has to run."""
    st.session_state["action.ask"] = action_id
    st.rerun(scope="app")


def _forget() -> None:
    st.session_state.pop("action.ask", None)
