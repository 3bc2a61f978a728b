"""The calls of the client that change roles, alone or by two people."""

from __future__ import annotations

from collections.abc import Sequence

from api.calls.transport import Transport, part_of
from api.schemas.admin import UserView
from api.schemas.grants import GrantMoved, GrantView, NewGrant, NewRoles, RoleTaken
from api.schemas.incidents import Items
from graph.model.access import Role
from graph.model.grant import GrantStatus


class GrantCalls(Transport):
    """Give and take roles; ask for, confirm and stop grants that need two people."""

    def give_roles(self, name: str, roles: tuple[Role, ...]) -> UserView:
        """Add roles to an account.

        Raises: NotAllowedError `needs_two_people` once set-up is sealed.
        """
        body = NewRoles(roles=roles).model_dump(mode="json")
        path = f"/users/{part_of(name)}/roles"
        return self._read(self._write("POST", path, json=body), UserView)

    def take_role(self, name: str, role: Role) -> RoleTaken:
        """Take a role from an account at once."""
        path = f"/users/{part_of(name)}/roles/{role.value}"
        return self._read(self._write("DELETE", path), RoleTaken)

    def grants(
        self, *, statuses: Sequence[GrantStatus] = (), cursor: str | None = None
    ) -> Items[GrantView]:
        """Page over grants, newest asked first; every status if none is named."""
        params = [("status", status.value) for status in statuses]
        params += [("cursor", cursor)] if cursor else []
        return self._get("/grants", Items[GrantView], params=params)

    def grant(self, grant_id: str) -> GrantView:
        """Show one grant as it stands now."""
        return self._get(f"/grants/{part_of(grant_id)}", GrantView)

    def ask_grant(self, wanted: NewGrant) -> GrantMoved:
        """Ask for a grant; half of a new password is in the answer and nowhere else."""
        body = wanted.model_dump(mode="json")
        return self._read(self._write("POST", "/grants", json=body), GrantMoved)

    def confirm_grant(self, grant_id: str, *, digest: str) -> GrantMoved:
        """Agree to exactly this grant, as another person; the other half is in the answer."""
        path = f"/grants/{part_of(grant_id)}/confirm"
        return self._read(self._write("POST", path, json={"digest": digest}), GrantMoved)

    def object_grant(self, grant_id: str, reason: str) -> GrantView:
        """Stop a grant before it takes effect."""
        path = f"/grants/{part_of(grant_id)}/object"
        return self._read(self._write("POST", path, json={"reason": reason}), GrantView)

    def withdraw_grant(self, grant_id: str) -> GrantView:
        """Take one's own wish back."""
        return self._read(self._write("POST", f"/grants/{part_of(grant_id)}/withdraw"), GrantView)
