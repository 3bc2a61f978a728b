"""The calls of the client by which a person looks after the own account."""

from __future__ import annotations

from api.calls.transport import Transport
from api.schemas.own_account import NewPassword, OwnAccount, SessionsEnded


class OwnAccountCalls(Transport):
    """What `ApiClient` asks for the person whose session it carries."""

    def own_account(self) -> OwnAccount:
        """Give the account, its open sessions and its tokens."""
        return self._get("/me/account", OwnAccount)

    def change_password(self, current: str, new: str) -> SessionsEnded:
        """Change the own password.

        Raises: InputError naming `/current` or `/new`; NotAllowedError; ConflictError.
        """
        body = NewPassword(current=current, new=new).model_dump(mode="json")
        return self._read(self._write("POST", "/me/password", json=body), SessionsEnded)

    def end_other_sessions(self) -> SessionsEnded:
        """End every session of this person but this one."""
        return self._read(self._write("DELETE", "/me/sessions"), SessionsEnded)
