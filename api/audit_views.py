"""Whether the audit chain holds, as routes and the command tell it."""

from __future__ import annotations

from api.schemas.remediations import AuditVerification
from graph.audit_chain import verify_log
from graph.ports import Store


def verify_audit(store: Store) -> AuditVerification:
    """Verify the chain from its first line; says the first wrong one."""
    report = verify_log(store)
    broken = report.broken
    return AuditVerification(
        holds=broken is None,
        lines=report.seq,
        head=report.head,
        broken_at=broken.seq if broken else None,
        why=broken.reason.value if broken else "",
    )
