"""What commands do to a data folder: over HTTP while a server owns it, else on the store itself."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from api.bootstrap import STORE_FILE, Assistant, build_in_memory, opened
from api.moving.epochs import check_in_use
from api.moving.export import Progress
from api.moving.manifest import Manifest
from api.owner import current_owner
from api.packs.loading import archive_of
from api.schemas.admin import (
    DoctorReport,
    IssuedPassword,
    IssuedToken,
    NewToken,
    PacksLoaded,
    Question,
)
from api.schemas.documents import ImportReport, Incoming
from api.schemas.remediations import AuditVerification
from api.settings import Settings
from graph.errors import FolderOwnedError, NotFoundError
from graph.model.access import Principal, Role
from graph.model.why import Why

if TYPE_CHECKING:  # the client is loaded where a server runs: without one nobody waits for it
    from api.calls.network import NetworkView
    from api.client import ApiClient

LOCAL = Principal(name="local", roles=frozenset({Role.VIEWER, Role.ADMIN}))


class Chores(Protocol):
    """The work that needs the data folder."""

    def add_user(
        self, name: str, roles: tuple[Role, ...], *, sites: tuple[str, ...] | None = None
    ) -> IssuedPassword:
        """Make an account."""
        ...

    def give_roles(self, name: str, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        """Add roles to an account; returns all it holds."""
        ...

    def reset_user(self, name: str) -> IssuedPassword:
        """Renew a password."""
        ...

    def create_token(self, wanted: NewToken) -> IssuedToken:
        """Make a token."""
        ...

    def load(self, folders: Sequence[Path]) -> PacksLoaded:
        """Load packs."""
        ...

    def bring_in(self, wanted: Incoming) -> ImportReport:
        """Take documents or past cases in; a report of each file."""
        ...

    def ask(self, question: str, *, incident_id: str | None) -> JsonValue:
        """Answer a question as answer/v1."""
        ...

    def has_packs(self) -> bool:
        """Tell whether any pack is loaded."""
        ...

    def doctor(self) -> DoctorReport:
        """Examine the folder."""
        ...

    def verify_audit(self) -> AuditVerification:
        """Tell whether the audit chain holds."""
        ...

    def network(self, incident_id: str) -> NetworkView:
        """Give the network behind an incident's newest diagnosis."""
        ...

    def why_not(self, incident_id: str, component_id: str) -> Why:
        """Say why a component is not the cause of an incident."""
        ...

    def export(self, folder: Path, progress: Progress) -> Manifest:
        """Write the whole store to a folder."""
        ...


class LocalChores:
    """Chores on a store that this process owns."""

    def __init__(self, assistant: Assistant) -> None:
        """Work on this assistant."""
        self.assistant = self._assistant = assistant

    def add_user(
        self, name: str, roles: tuple[Role, ...], *, sites: tuple[str, ...] | None = None
    ) -> IssuedPassword:
        """Make an account."""
        return self._assistant.accounts.add_user(name, roles, sites=sites)

    def give_roles(self, name: str, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        """Add roles to an account; returns all it holds."""
        return self._assistant.accounts.give_roles(
            name, roles, by=f"local:{getpass.getuser()}"
        ).roles

    def reset_user(self, name: str) -> IssuedPassword:
        """Renew a password."""
        return self._assistant.accounts.reset_user(name, by=f"local:{getpass.getuser()}")

    def create_token(self, wanted: NewToken) -> IssuedToken:
        """Make a token."""
        return self._assistant.accounts.create_token(wanted, by=f"local:{getpass.getuser()}")

    def load(self, folders: Sequence[Path]) -> PacksLoaded:
        """Load packs."""
        by, at = f"local:{getpass.getuser()}", self._assistant.clock.now()
        return self._assistant.packs.load(folders, by=by, at=at)

    def bring_in(self, wanted: Incoming) -> ImportReport:
        """Take documents or past cases in; a report of each file."""
        from api.knowledge.documents.imports import import_files

        return import_files(self._assistant, wanted, by=f"local:{getpass.getuser()}")

    def ask(self, question: str, *, incident_id: str | None) -> JsonValue:
        """Answer a question as answer/v1."""
        from api.knowledge.asking import answer_question

        asked = Question(question=question, incident_id=incident_id)
        return answer_question(self._assistant, LOCAL, asked)

    def has_packs(self) -> bool:
        """Tell whether any pack is loaded."""
        return bool(self._assistant.store.packs())

    def doctor(self) -> DoctorReport:
        """Examine the folder."""
        from api.doctor import examine

        return examine(self._assistant, serving=False)

    def verify_audit(self) -> AuditVerification:
        """Tell whether the audit chain holds."""
        from api.audit_views import verify_audit

        return verify_audit(self._assistant.store)

    def network(self, incident_id: str) -> NetworkView:
        """Give the network behind an incident's newest diagnosis."""
        from api.incidents.network_views import view_network

        return view_network(self._assistant.store, incident_id)

    def why_not(self, incident_id: str, component_id: str) -> Why:
        """Say why a component is not the cause of an incident."""
        from api.incidents.why_views import Whys

        return Whys().why(self._assistant, LOCAL, incident_id, component_id)

    def export(self, folder: Path, progress: Progress) -> Manifest:
        """Write the whole store to a folder.

        Raises: NotFoundError where there is none.
        """
        from api.moving.house import export_house

        settings = self._assistant.settings
        if not _has_store(settings):
            home = str(settings.home)
            raise NotFoundError(f"data folder {home!r} holds no store; check ETIOGRAPH_HOME")
        return export_house(self._assistant, folder, progress)

    def check_in_use(self) -> None:
        """Refuse a store that moved out or is half rebuilt.

        Raises: StoreError.
        """
        check_in_use(self._assistant.store)


class RemoteChores:
    """Chores asked of the server that owns the folder."""

    def __init__(self, client: ApiClient) -> None:
        """Ask through this client."""
        self.client = self._client = client
        self.add_user = client.add_user
        self.reset_user = client.reset_user
        self.create_token = client.create_token
        self.doctor = client.doctor
        self.verify_audit = client.verify_audit
        self.network = client.network
        self.why_not = client.why_not

    def give_roles(self, name: str, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        """Add roles to an account; returns all it holds."""
        return self._client.give_roles(name, roles).roles

    def load(self, folders: Sequence[Path]) -> PacksLoaded:
        """Send the folders as one archive."""
        return self._client.load_packs(archive_of(folders))

    def bring_in(self, wanted: Incoming) -> ImportReport:
        """Send the files as one archive."""
        return self._client.bring_in(wanted)

    def ask(self, question: str, *, incident_id: str | None) -> JsonValue:
        """Answer a question as answer/v1."""
        return self._client.ask(question, incident_id=incident_id)

    def has_packs(self) -> bool:
        """Tell whether any pack is loaded."""
        return bool(self._client.packs())

    def export(self, folder: Path, progress: Progress) -> Manifest:
        """Write what the server sends to a folder."""
        from api.moving.archive import unpack_export

        with self._client.export() as chunks:
            return unpack_export(chunks, folder, progress)


@contextmanager
def examination(settings: Settings) -> Iterator[Chores]:
    """Find the way to the data folder and make none: where none is, it is examined as empty.

    A store that moved out or is half rebuilt is examined too.

    Raises: FolderOwnedError while another command is at work in it.
    """
    if current_owner(settings.home) is not None or _has_store(settings):
        with _way_to(settings) as desk:
            yield desk
        return
    assistant = build_in_memory(settings)
    try:
        yield LocalChores(assistant)
    finally:
        assistant.store.close()


@contextmanager
def chores(settings: Settings) -> Iterator[LocalChores | RemoteChores]:
    """Find the way to the data folder, to work in it.

    Raises: FolderOwnedError while another command is at work in it; StoreError where its store
        moved out or is half rebuilt.
    """
    with _way_to(settings) as desk:
        if isinstance(desk, LocalChores):
            desk.check_in_use()
        yield desk


@contextmanager
def _way_to(settings: Settings) -> Iterator[LocalChores | RemoteChores]:
    owner = current_owner(settings.home)
    if owner is None:
        with opened(settings) as assistant:
            yield LocalChores(assistant)
    elif owner.address is None:
        raise FolderOwnedError(
            f"data folder {str(settings.home)!r} is used by process {owner.pid}; try again when "
            "its command has ended"
        )
    else:
        from api.client import connect

        with connect(owner.address, token=owner.token) as client:
            yield RemoteChores(client)


def _has_store(settings: Settings) -> bool:
    """Tell whether there is a store to look at; a server's is asked for in any case."""
    return str(settings.store) != "embedded" or (settings.home / STORE_FILE).exists()
