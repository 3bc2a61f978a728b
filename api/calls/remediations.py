"""The calls of the client that have to do with remediations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from api.calls.transport import Transport, part_of
from api.schemas.handover import Briefing, HandoverView
from api.schemas.incidents import Items
from api.schemas.remediations import (
    AuditVerification,
    RemediationView,
    StopView,
)
from graph.model.access import Role
from graph.model.audit import AuditEvent
from graph.model.remediation import Decision, RemediationStatus
from graph.model.topology import Scalar


class RemediationCalls(Transport):
    """Request, decide, execute, settle; the emergency stop; the audit chain."""

    def request_remediation(
        self,
        incident_id: str,
        *,
        action_id: str,
        target_ids: Sequence[str],
        parameters: Mapping[str, Scalar],
        reason: str,
    ) -> RemediationView:
        """Plan an action and ask for the approvals that its policy demands."""
        body = {
            "action_id": action_id,
            "target_ids": list(target_ids),
            "parameters": dict(parameters),
            "reason": reason,
        }
        path = f"/incidents/{part_of(incident_id)}/remediations"
        return self._read(self._write("POST", path, json=body), RemediationView)

    def remediations(
        self,
        *,
        statuses: Sequence[RemediationStatus] = (),
        incident_id: str | None = None,
        cursor: str | None = None,
    ) -> Items[RemediationView]:
        """Page over remediations, newest request first; every status if none is named."""
        params = [("status", status.value) for status in statuses]
        params += [("incident", incident_id)] if incident_id else []
        params += [("cursor", cursor)] if cursor else []
        return self._get("/remediations", Items[RemediationView], params=params)

    def remediation(self, remediation_id: str) -> RemediationView:
        """Show one remediation as it stands now."""
        return self._get(f"/remediations/{part_of(remediation_id)}", RemediationView)

    def decide(
        self,
        remediation_id: str,
        *,
        digest: str,
        decision: Decision,
        reason: str = "",
        role: Role | None = None,
        password: str | None = None,
    ) -> RemediationView:
        """Agree to exactly this digest, or refuse it with a reason."""
        body = {"digest": digest, "decision": decision.value, "reason": reason}
        body |= {"role": role.value} if role else {}
        body |= {"password": password} if password else {}
        path = f"/remediations/{part_of(remediation_id)}/approvals"
        return self._read(self._write("POST", path, json=body), RemediationView)

    def withdraw(self, remediation_id: str) -> RemediationView:
        """Take one's own approval back, as long as nothing runs."""
        path = f"/remediations/{part_of(remediation_id)}/approvals/mine"
        return self._read(self._write("DELETE", path), RemediationView)

    def execute(self, remediation_id: str) -> RemediationView:
        """Start it.

        Raises: ConflictError unless every demanded approval stands and every precondition holds.
        """
        path = f"/remediations/{part_of(remediation_id)}/execution"
        return self._read(self._write("POST", path), RemediationView)

    def resolve(self, remediation_id: str, *, outcome: str, note: str) -> RemediationView:
        """Settle an unknown or held outcome: verified, rolled_back or escalated."""
        path = f"/remediations/{part_of(remediation_id)}/resolution"
        body = {"outcome": outcome, "note": note}
        return self._read(self._write("POST", path, json=body), RemediationView)

    def undo(self, remediation_id: str, *, reason: str) -> RemediationView:
        """Have it taken back: itself, running, or the request that needs approvals first."""
        path = f"/remediations/{part_of(remediation_id)}/undo"
        return self._read(self._write("POST", path, json={"reason": reason}), RemediationView)

    def end_measure(self, remediation_id: str, *, how: str, reason: str) -> RemediationView:
        """Say that a temporary measure is permanent, or was undone by_hand."""
        path = f"/remediations/{part_of(remediation_id)}/ending"
        body = {"how": how, "reason": reason}
        return self._read(self._write("POST", path, json=body), RemediationView)

    def emergency_stop(self) -> StopView:
        """Tell whether the emergency stop holds."""
        return self._get("/emergency-stop", StopView)

    def pull_stop(self, reason: str) -> StopView:
        """Let nothing more start."""
        return self._read(self._write("POST", "/emergency-stop", json={"reason": reason}), StopView)

    def release_stop(self) -> StopView:
        """Agree to lift the emergency stop; two distinct people lift it."""
        return self._read(self._write("DELETE", "/emergency-stop"), StopView)

    def briefing(self, incident_id: str) -> Briefing:
        """Tell the four lines for those who call."""
        return self._get(f"/incidents/{part_of(incident_id)}/briefing", Briefing)

    def handover(self) -> HandoverView:
        """Show what a successor must know."""
        return self._get("/handover", HandoverView)

    def accept_handover(self, note: str = "") -> HandoverView:
        """Take over by name."""
        return self._read(self._write("POST", "/handover", json={"note": note}), HandoverView)

    def audit(self, *, cursor: str | None = None) -> Items[AuditEvent]:
        """Page over the audit log, newest first."""
        params = [("cursor", cursor)] if cursor else []
        return self._get("/audit", Items[AuditEvent], params=params)

    def verify_audit(self) -> AuditVerification:
        """Tell whether the audit chain holds."""
        return self._get("/audit/verification", AuditVerification)
