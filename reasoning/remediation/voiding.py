"""What a new epoch ends: nothing that people agreed to in one life of a store runs in the next."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from graph.model.base import Text
from graph.model.remediation import Remediation, RemediationStatus
from graph.ports import Transaction
from reasoning.remediation.book import Book, all_of
from reasoning.remediation.moves import WAITING

_VOIDED: Final = Text(
    zh="数据已迁入新的存储，迁移前的申请和审批作废；请重新申请",
    en="the store was rebuilt, which voids requests and approvals from before; request it again",
)
_UNPROVEN: Final = Text(
    zh="数据已迁入新的存储，迁移时这项处置正在执行；做到哪一步不明，请查看后给出结论",
    en="the store was rebuilt while this was running; nobody can tell how far it got: look, and "
    "settle it",
)


def void_open(tx: Transaction, *, actor: str, at: datetime) -> tuple[str, ...]:
    """End every open remediation, each with its audit and ledger lines; returns their ids.

    What waited for approvals or its start is `refused`; what was running becomes `unknown`, since
    the old house may have sent more than it told, and is never sent again (safety.md 5, 10).
    """
    book = Book(tx, at)
    running = frozenset({RemediationStatus.RUNNING})
    found = sorted(all_of(tx, WAITING | running), key=lambda r: (r.requested_at, r.id))
    return tuple(_void(book, remediation, actor).id for remediation in found)


def _void(book: Book, found: Remediation, actor: str) -> Remediation:
    if found.status is RemediationStatus.RUNNING:
        return book.move(
            found,
            "remediation_unknown",
            actor=actor,
            status=RemediationStatus.UNKNOWN,
            refusal=_UNPROVEN,
        )
    refused = RemediationStatus.REFUSED
    return book.move(found, "remediation_voided", actor=actor, status=refused, refusal=_VOIDED)
