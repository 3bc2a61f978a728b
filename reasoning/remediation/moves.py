"""The moves that people make: what each checks, and what it writes through the book."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from graph.errors import ConflictError, EtiographError
from graph.model.access import Principal, Role
from graph.model.base import Text
from graph.model.digest import sha256_hex
from graph.model.incident import Incident, IncidentState
from graph.model.remediation import Approval, Decision, Remediation, RemediationStatus
from graph.ports import Transaction
from reasoning.remediation.book import Book, all_of, last_audit
from reasoning.remediation.brakes import OCCUPYING, WINDOW
from reasoning.remediation.people import open_roles, role_of
from reasoning.remediation.plan import moved, remediation_digest
from reasoning.remediation.policy import lacking
from reasoning.remediation.preconditions import broken
from reasoning.remediation.refusals import (
    bad_input,
    conflict,
    gone,
    not_allowed,
    roles_named,
    status_named,
)
from reasoning.remediation.scene import Scene

# Long enough for two people who are called at night to read one page each (operations.md 14 has
# the call go on after 2, 5 and 8 minutes), short enough that the storm is still the same one.
REQUEST_LIFE: Final = timedelta(minutes=15)
# safety.md 10: a clock that jumps further than this voids what is open.
CLOCK_JUMP: Final = timedelta(seconds=60)
MAX_REASON: Final = 2000
WAITING: Final = frozenset({RemediationStatus.REQUESTED, RemediationStatus.APPROVED})


@dataclass(frozen=True)
class Turned:
    """What a transaction left behind, and the error to raise once it is kept."""

    remediation: Remediation
    error: EtiographError | None = None


@dataclass(frozen=True)
class Wanted:
    """A decision as it came in, before anything of it is believed."""

    digest: str
    decision: Decision
    reason: str
    role: Role | None
    password_confirmed: bool


def approval_of(
    found: Remediation, principal: Principal, wanted: Wanted, *, at: datetime
) -> Approval:
    """Make the approval of what this person saw, in a role that they hold and nobody fills.

    Raises: ConflictError (another digest, the same person, a filled role); NotAllowedError
        `wrong_role`, or `step_up_required` where the password is needed again.
    """
    if wanted.digest != found.digest:
        raise other_digest(found)
    role = role_of(found, principal, wanted.role)
    agreed = wanted.decision is Decision.APPROVE
    if agreed and found.demand.password_again and not wanted.password_confirmed:
        raise _password_again()
    return Approval(
        user=principal.name,
        role=role,
        decision=wanted.decision,
        reason=wanted.reason,
        digest=wanted.digest,
        at=at,
    )


def stale(book: Book, found: Remediation, allowed: Collection[RemediationStatus]) -> Turned | None:
    """Turn away what is over, expired, or made before the clock was set back.

    Raises: ConflictError or GoneError where nothing is left to write.
    """
    if found.status not in allowed:
        raise other_state(found)
    if book.set_back > CLOCK_JUMP:
        return _voided(book, found)
    if found.expires_at <= book.now:
        return Turned(expired(book, found), _gone(found))
    return None


def expired(book: Book, found: Remediation) -> Remediation:
    """Let a request end because its time is over."""
    status = RemediationStatus.EXPIRED
    return book.move(found, "remediation_expired", actor="engine", status=status)


def decided(book: Book, found: Remediation, approval: Approval) -> Remediation:
    """Add a decision: one no rejects, the last missing yes approves."""
    detail = {"role": approval.role.value, "decision": approval.decision.value}
    approvals = (*found.approvals, approval)
    if approval.decision is Decision.REJECT:
        status, kind = RemediationStatus.REJECTED, "remediation_rejected"
    else:
        left = open_roles(found.model_copy(update={"approvals": approvals}))
        status = RemediationStatus.REQUESTED if left else RemediationStatus.APPROVED
        kind = "approval_given"
    return book.move(
        found, kind, actor=approval.user, detail=dict(detail), status=status, approvals=approvals
    )


def withdrawn(book: Book, found: Remediation, user: str) -> Remediation:
    """Take back a person's approval, or the request where it is theirs.

    Raises: ConflictError where this person has given nothing.
    """
    left = tuple(approval for approval in found.approvals if approval.user != user)
    if user != found.requester and left == found.approvals:
        raise conflict(
            "nothing_to_withdraw",
            zh="你没有同意过，没有可撤回的",
            en=f"{user!r} has not approved {found.id!r}; there is nothing to take back",
        )
    still_asked = user != found.requester and found.status is RemediationStatus.REQUESTED
    status = RemediationStatus.REQUESTED if still_asked else RemediationStatus.REVOKED
    kind = "approval_withdrawn" if user != found.requester else "request_withdrawn"
    return book.move(found, kind, actor=user, status=status, approvals=left)


def refusal(found: Remediation, scene: Scene, now: datetime) -> Text | None:
    """Say what moved since people agreed: content, demand or a precondition; None: nothing did."""
    return (
        moved(found.plan, scene.plan) or _demanded_more(found, scene, now) or broken(scene.look())
    )


def tampered(found: Remediation) -> ConflictError | None:
    """Say that the stored plan is not the one of its digest."""
    digest = remediation_digest(
        found.id, found.incident_id, plan=found.plan, demand=found.demand, undoes=found.undoes
    )
    return None if digest == found.digest else other_digest(found)


def others_of(tx: Transaction, now: datetime) -> list[Remediation]:
    """List what a brake looks at: all that occupies, and all that may have started lately."""
    since = now - WINDOW - REQUEST_LIFE
    found = {r.id: r for r in all_of(tx, None, since=since)}
    return list({**found, **{r.id: r for r in all_of(tx, OCCUPYING)}}.values())


def twin_of(
    tx: Transaction, principal: Principal, scene: Scene, now: datetime
) -> Remediation | None:
    """Find the same open request of the same person: a second click asks for nothing new."""
    for other in all_of(tx, frozenset({RemediationStatus.REQUESTED})):
        if other.undoes is not None:
            continue
        same = (other.incident_id, other.requester) == (scene.incident.id, principal.name)
        plan = (other.plan.action_id, other.plan.target_ids, other.plan.parameters)
        wanted = (scene.plan.action_id, scene.plan.target_ids, scene.plan.parameters)
        if same and plan == wanted and other.expires_at > now:
            return other
    return None


def new_id(tx: Transaction, incident_id: str) -> str:
    """Name a new remediation: `rem-` + 16 hex over its incident and its place in the chain."""
    newest = last_audit(tx)
    return "rem-" + sha256_hex([incident_id, newest.seq + 1 if newest else 1])[:16]


def check_reason(reason: str, *, needed: bool) -> None:
    """Refuse a reason that is too long, no text, or blank where one is needed.

    Raises: InputError.
    """
    if len(reason) > MAX_REASON:
        raise bad_input(
            "/reason",
            "reason_too_long",
            zh=f"理由最多 {MAX_REASON} 个字，现有 {len(reason)} 个",
            en=f"a reason has at most {MAX_REASON} characters, this has {len(reason)}",
        )
    if any("\ud800" <= char <= "\udfff" for char in reason):
        raise bad_input(
            "/reason",
            "reason_unreadable",
            zh="理由里有不成对的代理字符，请重新输入",
            en="the reason holds half a character (a lone surrogate); type it again",
        )
    if needed and not any(char.isprintable() and char != " " for char in reason):
        raise bad_input("/reason", "reason_missing", zh="请写明理由", en="say why, in a few words")


def check_live(incident: Incident) -> None:
    """Refuse actions for an incident that is over or merged.

    Raises: ConflictError `incident_closed`.
    """
    if incident.merged_into is not None or incident.state is IncidentState.CLOSED:
        where = incident.merged_into or "none"
        raise conflict(
            "incident_closed",
            zh="这个事件已经关闭或并入别的事件",
            en=f"incident {incident.id!r} is closed (merged into {where}); act on a live one",
        )


def other_state(found: Remediation) -> EtiographError:
    """Make the error for a move that the state does not allow."""
    if found.status is RemediationStatus.EXPIRED:
        return _gone(found)
    if found.status is RemediationStatus.REQUESTED:
        named = roles_named(open_roles(found))
        return conflict(
            "not_approved",
            zh=f"还没有得到全部同意，还缺{named.zh}",
            en=f"{found.id!r} still lacks the approval of {named.en}",
        )
    return conflict(
        "other_state",
        zh=f"这份申请的状态是「{status_named(found.status).zh}」，现在不能这样做",
        en=f"{found.id!r} is {status_named(found.status).en}; this cannot be done now",
    )


def other_digest(found: Remediation) -> ConflictError:
    """Make the error for an approval of something else."""
    return conflict(
        "other_digest",
        zh="内容指纹不符：这不是你看到的那份内容，请重新打开",
        en=f"the digest is not that of {found.id!r}; read it again and approve what you see",
    )


def _gone(found: Remediation) -> EtiographError:
    return gone(
        "expired",
        zh="这份申请已经过期，请重新申请",
        en=f"{found.id!r} has expired; request it again",
    )


def _voided(book: Book, found: Remediation) -> Turned:
    why = Text(
        zh="时钟被拨回超过 60 秒，未执行的申请作废",
        en="the clock was set back by more than 60 s, which voids what has not run",
    )
    status = RemediationStatus.REVOKED
    moved_on = book.move(found, "remediation_voided", actor="engine", status=status, refusal=why)
    return Turned(moved_on, conflict("clock", zh=why.zh, en=f"{why.en}; request it again"))


def _demanded_more(found: Remediation, scene: Scene, now: datetime) -> Text | None:
    present = scene.demand(now)
    missing = lacking(found.demand, present)
    if missing:
        named = roles_named(missing)
        why = [rule.why for rule in present.rules_fired]
        return Text(
            zh=f"现在还须{named.zh}同意（{''.join(w.zh for w in why)}）",
            en=f"now {named.en} must agree as well ({' '.join(w.en for w in why)})",
        )
    if present.password_again and not found.demand.password_again:
        return Text(zh="现在还须再次输入密码", en="now the password must be given again as well")
    return None


def _password_again() -> EtiographError:
    return not_allowed(
        "step_up_required",
        zh="这项处置碰学分数据，请再次输入密码",
        en="this needs the password again; give it with the approval",
    )
