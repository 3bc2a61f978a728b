"""The approval page `/a/{id}`: server-rendered, without script, for a phone at night.

Who is not signed in goes to the sign-in page and comes back. A decision takes two taps: the answer,
and the confirmation, which posts the digest that was shown.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from api.client import SESSION_COOKIE
from api.doorway.auth import Ability, Caller, Gate
from api.doorway.doors import assistant_of, raw_body, ready_assistant
from api.doorway.slowing import slowed
from api.remediations import approval_html
from api.remediations.approval_sure import how_sure
from api.remediations.approval_words import Lang, word
from api.remediations.deciding import decide_on
from api.remediations.views import view_remediation
from api.schemas.remediations import DecisionRequest, RemediationView
from graph.errors import (
    ConflictError,
    EtiographError,
    GoneError,
    InputError,
    NotAllowedError,
    NotFoundError,
    RateLimitedError,
    UnauthenticatedError,
)
from graph.model.remediation import Decision

router = APIRouter(include_in_schema=False)


@router.get("/a/{remediation_id}")
def show(request: Request, remediation_id: str, lang: str | None = None) -> Response:
    """Show the request and the two answers."""
    chosen = _lang(request, lang)
    caller = _caller(request)
    if caller is None:
        return _to_login(remediation_id, chosen)
    return _card(request, caller, remediation_id, chosen)


@router.get("/a/{remediation_id}/details")
def details(request: Request, remediation_id: str, lang: str | None = None) -> Response:
    """Show exactly what will run."""
    chosen = _lang(request, lang)
    caller = _caller(request)
    if caller is None:
        return _to_login(remediation_id, chosen)
    view = _find(request, caller, remediation_id)
    if view is None:
        return _html(approval_html.message(chosen, word("missing", chosen)), 404)
    return _html(approval_html.details(view, chosen))


@router.get("/a/{remediation_id}/confirm")
def confirm(
    request: Request, remediation_id: str, decision: str = "approve", lang: str | None = None
) -> Response:
    """Show the second step; nothing is recorded yet."""
    chosen = _lang(request, lang)
    caller = _caller(request)
    if caller is None:
        return _to_login(remediation_id, chosen)
    view = _find(request, caller, remediation_id)
    if view is None or not view.may_decide_as or decision not in set(Decision):
        return _card(request, caller, remediation_id, chosen)
    return _confirm(request, caller, view, chosen, Decision(decision))


@router.post("/a/{remediation_id}")
def decide(
    request: Request,
    remediation_id: str,
    body: Annotated[bytes, Depends(raw_body)],
    lang: str | None = None,
) -> Response:
    """Record the decision and show where the request stands."""

    def do(caller: Caller, fields: dict[str, str]) -> None:
        _decide(request, caller, remediation_id, fields)

    return _record(request, remediation_id, body, lang, do)


@router.post("/a/{remediation_id}/withdraw")
def withdraw(
    request: Request,
    remediation_id: str,
    body: Annotated[bytes, Depends(raw_body)],
    lang: str | None = None,
) -> Response:
    """Take one's own agreement back."""
    assistant = assistant_of(request)

    def do(caller: Caller, _fields: dict[str, str]) -> None:
        assistant.desk.withdraw(caller.principal, remediation_id, at=assistant.clock.now())

    return _record(request, remediation_id, body, lang, do)


def _record(
    request: Request,
    remediation_id: str,
    body: bytes,
    lang: str | None,
    do: Callable[[Caller, dict[str, str]], None],
) -> Response:
    """Do what a form of the page posted, for who is signed in and proves that it was theirs."""
    chosen = _lang(request, lang)
    caller, fields = _caller(request), _fields(body)
    if caller is None:
        return _to_login(remediation_id, chosen)
    if not _has_proof(caller, fields):
        return _html(
            approval_html.message(chosen, word("stale", chosen), _path(remediation_id)), 403
        )
    try:
        with slowed(request, caller):
            do(caller, fields)
    except EtiographError as error:
        answer = _refusal(request, caller, remediation_id, chosen, fields, error)
        if isinstance(error, RateLimitedError):
            answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer
    return RedirectResponse(f"{_path(remediation_id)}?lang={chosen}", 303)


def _decide(request: Request, caller: Caller, remediation_id: str, fields: dict[str, str]) -> None:
    decide_on(
        assistant_of(request),
        caller,
        remediation_id,
        _wanted(fields),
    )


def _wanted(fields: dict[str, str]) -> DecisionRequest:
    """Read what the confirmation step posted; anything that it cannot have posted is refused."""
    given = {name: fields.get(name, "") for name in ("digest", "decision", "reason", "role")}
    try:
        return DecisionRequest.model_validate(given | {"password": fields.get("password") or None})
    except ValidationError as error:
        raise ConflictError("the form is not one of this page; open the page again") from error


def _refusal(
    request: Request,
    caller: Caller,
    remediation_id: str,
    lang: Lang,
    fields: dict[str, str],
    error: EtiographError,
) -> Response:
    """Say why nothing was recorded; a missing password or reason comes back to the same step."""
    line, status = _said(error, lang)
    view = _find(request, caller, remediation_id)
    if view is None:
        return _html(approval_html.message(lang, word("missing", lang)), 404)
    again = isinstance(error, RateLimitedError) or (
        isinstance(error, NotAllowedError) and error.code == "step_up_required"
    )
    decided = fields.get("decision") in set(Decision)
    if decided and view.may_decide_as and (again or status == 422):
        wanted = Decision(fields["decision"])
        return _confirm(request, caller, view, lang, wanted, problem=line, status=status)
    return _html(approval_html.message(lang, line, _path(remediation_id)), status)


def _said(error: EtiographError, lang: Lang) -> tuple[str, int]:
    if isinstance(error, NotAllowedError):
        known = ("wrong_role", "own_request", "step_up_required", "session_required")
        return word(error.code if error.code in known else "wrong_role", lang), 403
    if isinstance(error, RateLimitedError):
        return word("often", lang, wait_s=error.retry_after_s), 429
    if isinstance(error, GoneError):
        return word("gone", lang), 410
    if isinstance(error, NotFoundError):
        return word("missing", lang), 404
    if isinstance(error, ConflictError):
        return word("twice" if error.code == "same_person" else "moved", lang), 409
    if isinstance(error, InputError) and error.code == "reason_too_long":
        return (error.zh or str(error)) if lang == "zh" else str(error), 422
    return word("need_reason", lang), 422


def _card(request: Request, caller: Caller, remediation_id: str, lang: Lang) -> Response:
    view = _find(request, caller, remediation_id)
    if view is None:
        return _html(approval_html.message(lang, word("missing", lang)), 404)
    store = assistant_of(request).store
    diagnosis = store.diagnosis(view.incident_id, view.plan.diagnosis_revision)
    html = approval_html.card(
        view,
        caller.principal.name,
        lang,
        sure=how_sure(diagnosis, lang),
        at=_clock(request, view),
        csrf=caller.session.csrf if caller.session else "",
    )
    return _html(html)


def _confirm(
    request: Request,
    caller: Caller,
    view: RemediationView,
    lang: Lang,
    decision: Decision,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    html = approval_html.confirm(
        view,
        caller.principal.name,
        lang,
        decision=decision,
        at=_clock(request, view),
        csrf=caller.session.csrf if caller.session else "",
        problem=problem,
    )
    return _html(html, status)


def _find(request: Request, caller: Caller, remediation_id: str) -> RemediationView | None:
    assistant = ready_assistant(request)
    now = assistant.clock.now()
    assistant.desk.expire_due(now)
    if Ability.READ not in caller.abilities:
        return None
    try:
        found = assistant.store.remediation(caller.principal, remediation_id)
    except NotFoundError:
        return None
    return view_remediation(assistant.store, caller, found, now=now)


def _caller(request: Request) -> Caller | None:
    """Find the signed-in person; a token does not count here."""
    gate: Gate = request.app.state.gate
    cookie = request.cookies.get(SESSION_COOKIE)
    try:
        return gate.by_session(cookie) if cookie else None
    except UnauthenticatedError:
        return None


def _has_proof(caller: Caller, fields: dict[str, str]) -> bool:
    csrf = caller.session.csrf if caller.session else ""
    return bool(csrf) and hmac.compare_digest(csrf.encode(), fields.get("csrf", "").encode())


def _to_login(remediation_id: str, lang: Lang) -> Response:
    target = f"/api/login?lang={lang}&next=/a/{remediation_id}"
    return RedirectResponse(target if remediation_id.isascii() else "/api/login", 303)


def _fields(body: bytes) -> dict[str, str]:
    try:
        read = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in read.items()}


def _clock(request: Request, view: RemediationView) -> str:
    now = assistant_of(request).clock.now()
    return now.astimezone(ZoneInfo(view.timezone)).strftime("%H:%M")


def _lang(request: Request, asked: str | None) -> Lang:
    if asked in ("zh", "en"):
        return "en" if asked == "en" else "zh"
    return assistant_of(request).settings.lang


def _path(remediation_id: str) -> str:
    return f"/a/{remediation_id}"


def _html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status)
