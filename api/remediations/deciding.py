"""One decision on a remediation, by HTTP or by the page: the password first where one is given."""

from __future__ import annotations

from api.bootstrap import Assistant
from api.doorway.auth import Caller
from api.schemas.remediations import DecisionRequest
from graph.errors import EtiographError, StoreError
from graph.model.base import is_safe_id
from graph.model.remediation import Remediation


def decide_on(
    assistant: Assistant,
    caller: Caller,
    remediation_id: str,
    wanted: DecisionRequest,
) -> Remediation:
    """Agree or refuse; a wrong password is a refused attempt and stands in the audit log.

    Raises: as `Accounts.confirm` and `RemediationDesk.decide`.
    """
    confirmed = False
    if wanted.password is not None and caller.session is not None:
        try:
            session = caller.session.id_hash
            assistant.accounts.confirm(caller.principal.name, wanted.password, session=session)
        except StoreError:
            raise
        except EtiographError as error:
            _note_refused(assistant, caller, remediation_id, error)
            raise
        confirmed = True
    return assistant.desk.decide(
        caller.principal,
        remediation_id,
        digest=wanted.digest,
        decision=wanted.decision,
        reason=wanted.reason,
        role=wanted.role,
        password_confirmed=confirmed,
        at=assistant.clock.now(),
    )


def _note_refused(
    assistant: Assistant, caller: Caller, remediation_id: str, error: EtiographError
) -> None:
    from reasoning.remediation.book import not_before_last

    now = assistant.clock.now()
    assistant.store.write(
        lambda tx: tx.add_audit(
            at=not_before_last(tx, now),
            actor=caller.principal.name,
            kind="attempt_refused",
            subject=remediation_id if is_safe_id(remediation_id) else "unreadable",
            detail={
                "call": "decide",
                "code": error.code or type(error).__name__,
                "by": "session",
            },
        )
    )
