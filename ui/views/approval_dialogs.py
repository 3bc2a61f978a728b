"""The dialogs of approvals: each confirms once, in business words, what is about to be recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import streamlit as st

from api.client import ApiClient
from api.schemas.remediations import RemediationView
from graph.errors import (
    ConflictError,
    EtiographError,
    GoneError,
    InputError,
    NotAllowedError,
    RateLimitedError,
)
from graph.model.base import Text
from graph.model.remediation import Decision
from ui import state
from ui.failures import label_of
from ui.format import Lang
from ui.said import Said
from ui.text import say
from ui.widgets import approval, frame

# What a person chooses from, by the kind of dialog; and the group of labels that names it.
_CHOICES: Final = {
    "resolve": ("dlg.outcome", "outcome", ("verified", "rolled_back", "escalated")),
    "ending": ("dlg.ending.how", "ending", ("permanent", "by_hand")),
}
_REASON_NEEDED: Final = frozenset({"refuse", "resolve", "stop", "undo", "ending"})
_MAX: Final = 1000
SAID: Final = Said[str | Text]("approval.said")


class Asked(NamedTuple):
    """What a person began: the kind of the decision, and on which remediation ("" for the stop)."""

    kind: str
    remediation_id: str


class Entered(NamedTuple):
    """What a dialog holds when it is confirmed."""

    reason: str = ""
    password: str | None = None
    outcome: str = "escalated"


def ask(kind: str, remediation_id: str) -> None:
    """Open the dialog in the run that follows; a button's callback."""
    st.session_state["approval.ask"] = Asked(kind, remediation_id)


def asked() -> Asked | None:
    """Tell which dialog is open."""
    found: Asked | None = st.session_state.get("approval.ask")
    return found


def show(client: ApiClient, what: Asked, lang: Lang) -> None:
    """Draw the open dialog; what it records is said on the page afterwards."""
    view = client.remediation(what.remediation_id) if what.remediation_id else None
    if what.kind == "withdraw" and view is not None:
        _record(lambda _: client.withdraw(view.remediation_id), Entered())
        return
    title = say(lang, f"dlg.{what.kind}")

    @st.dialog(title, on_dismiss=_forget)
    def dialog() -> None:
        if view is not None:
            st.html(frame.wrap(lang, approval.note(approval.action_name(view, lang), lang)))
        st.html(approval.note(_explained(what.kind, view, lang), lang))
        entered = _fields(what.kind, view, lang)
        failed = st.session_state.pop("approval.failed", None)
        if failed:
            st.html(frame.notice(say(lang, failed), lang))
        with st.container(key="dialog-primary"):
            confirmed = st.button(
                say(lang, "dlg.confirm"), key="confirm", type="primary", width="stretch"
            )
        if confirmed:
            _confirm(client, what, view, entered)

    dialog()


def _explained(kind: str, view: RemediationView | None, lang: Lang) -> str:
    if kind == "agree" and view is not None and view.may_decide_as:
        role = say(lang, f"role.{view.may_decide_as[0]}")
        return say(lang, "dlg.agree.text", role=role, code=view.digest[:8])
    if kind == "undo" and view is not None and view.is_measure:
        return say(lang, "dlg.undo.measure")
    return say(lang, f"dlg.{kind}.text") if kind != "agree" else say(lang, "fail.moved")


def _fields(kind: str, view: RemediationView | None, lang: Lang) -> Entered:
    grave = view is not None and view.password_again
    outcome = "escalated"
    if kind in _CHOICES:
        title, group, choices = _CHOICES[kind]
        outcome = (
            st.radio(
                say(lang, title),
                choices,
                index=None,
                format_func=lambda name: say(lang, f"{group}.{name}"),
                key="dialog-outcome",
            )
            or ""
        )
    reason = ""
    if kind not in ("execute", "release"):
        needed = kind in _REASON_NEEDED or grave
        name = say(lang, "dlg.reason" if needed else "dlg.note")
        reason = st.text_input(name, max_chars=_MAX, key="dialog-reason")
    password = None
    if kind == "agree" and grave:
        password = st.text_input(say(lang, "dlg.password"), type="password", key="dialog-password")
    return Entered(reason.strip(), password or None, outcome)


def _confirm(
    client: ApiClient, what: Asked, view: RemediationView | None, entered: Entered
) -> None:
    needed = what.kind in _REASON_NEEDED or (what.kind == "agree" and _is_grave(view))
    if (needed and not entered.reason) or not entered.outcome:
        missing = "fail.reason" if entered.outcome else "fail.choice"
        st.session_state["approval.failed"] = missing
        st.rerun()
    calls: dict[str, Callable[[Entered], object]] = {
        "stop": lambda e: client.pull_stop(e.reason),
        "release": lambda _: client.release_stop(),
    }
    if view is not None:
        calls |= _on(client, view)
    _record(calls[what.kind], entered)


def _on(client: ApiClient, view: RemediationView) -> dict[str, Callable[[Entered], object]]:
    name, digest = view.remediation_id, view.digest
    role = view.may_decide_as[0] if view.may_decide_as else None
    return {
        "agree": lambda e: client.decide(
            name,
            digest=digest,
            decision=Decision.APPROVE,
            reason=e.reason,
            role=role,
            password=e.password,
        ),
        "refuse": lambda e: client.decide(
            name, digest=digest, decision=Decision.REJECT, reason=e.reason, role=role
        ),
        "execute": lambda _: client.execute(name),
        "resolve": lambda e: client.resolve(name, outcome=e.outcome, note=e.reason),
        "undo": lambda e: _undo(client, name, e.reason),
        "ending": lambda e: client.end_measure(name, how=e.outcome, reason=e.reason),
    }


def _undo(client: ApiClient, name: str, reason: str) -> None:
    """Have it taken back, show the request where one was made, and say which of the two it is."""
    made = client.undo(name, reason=reason)
    running = made.remediation_id == name
    if not running:
        state.remember("rid", made.remediation_id)
    SAID.say("done.undo_running" if running else "done.undo_asked")


def _record(call: Callable[[Entered], object], entered: Entered) -> None:
    """Do it and close; a wrong password keeps the dialog open with what was typed."""
    SAID.unsay()
    try:
        call(entered)
    except NotAllowedError as error:
        key = f"fail.{error.code}"
        if error.code == "step_up_required":
            st.session_state["approval.failed"] = key
            st.rerun()
        SAID.say(key)
    except GoneError:
        SAID.say("fail.gone")
    except ConflictError as error:
        SAID.say(_told(error, "fail.moved"))
    except RateLimitedError as error:
        SAID.say(_told(error, "fail.often"))
    except InputError:
        SAID.say("fail.input")
    except EtiographError as error:
        SAID.say(label_of(error))
    _forget()
    st.rerun()


def _told(error: EtiographError, otherwise: str) -> Text | str:
    """Say what is in the way in the server's words, where it has them in both languages."""
    return otherwise if error.zh is None else Text(zh=f"{error.zh}。", en=f"{error}.")


def _is_grave(view: RemediationView | None) -> bool:
    return view is not None and view.password_again


def _forget() -> None:
    st.session_state.pop("approval.ask", None)
    st.session_state.pop("approval.chain", None)  # what was just done added to it
