"""Moving the house that settings name: its export, and its rebuild with the old one sealed."""

from __future__ import annotations

import getpass
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from api.accounts.sealing import GUARDED
from api.bootstrap import STORE_FILE, Assistant, build, opened
from api.moving.archive import packed
from api.moving.epochs import is_origin, named_origin, seal
from api.moving.export import Progress, export, note_export, writing
from api.moving.manifest import Manifest, Origin
from api.moving.rebuild import rebuild
from api.moving.sources import opened_source, read_manifest
from api.settings import Settings
from graph.errors import StoreError
from graph.model.access import Role
from graph.model.base import Model
from graph.ports import Store

_SPOOL: Final = "export.spool"


class Rebuilt(Model):
    """What a rebuild did; `sealed`: the old store was reached and serves no more.

    `guarded`: the accounts that approve or administer, with their roles, by name. An export is not
    signed, so that only a person can tell whether they ought to.
    """

    manifest: Manifest
    epoch: int
    written: bool
    sealed: bool
    guarded: dict[str, tuple[Role, ...]]


def export_house(
    assistant: Assistant, folder: Path, progress: Progress, *, by: str | None = None
) -> Manifest:
    """Write the store to a folder, with the audit line that says who takes it out.

    Args:
        by: who; None: whoever runs this process.

    Raises: as `export`; StoreError where a rebuild of it is not finished.
    """
    now, settings = assistant.clock.now(), assistant.settings
    origin = named_origin(
        assistant.store,
        home=str(settings.home).encode(errors="backslashreplace").decode(),
        kind=settings.store,
        at=now,
        epoch_id=secrets.token_hex(8),
    )
    with writing(folder):
        actor = f"local:{getpass.getuser()}" if by is None else by
        note_export(assistant.store, at=now, actor=actor, epoch=origin.epoch)
    return export(assistant.store, folder, at=now, origin=origin, progress=progress)


def rebuild_house(settings: Settings, path: Path, *, told: tuple[Progress, Progress]) -> Rebuilt:
    """Rebuild the store from an export, own its folder so long, and seal the store it came from.

    Raises: as `rebuild`; FolderOwnedError while this or the old folder is in use.
    """
    with opened(settings) as assistant, opened_source(path) as source:
        manifest = read_manifest(source)
        with _old_house(settings, manifest) as old:
            now, actor = assistant.clock.now(), f"local:{getpass.getuser()}"
            _, written = rebuild(
                assistant.store,
                source,
                at=now,
                epoch_id=secrets.token_hex(8),
                actor=actor,
                told=told,
            )
            if old is not None:
                seal(old, manifest, at=now, actor=actor)
        epoch = manifest.origin.epoch + 1
        return Rebuilt(
            manifest=manifest,
            epoch=epoch,
            written=written,
            sealed=old is not None,
            guarded=_guarded(assistant.store),
        )


def _guarded(store: Store) -> dict[str, tuple[Role, ...]]:
    users = sorted(store.users(), key=lambda user: user.name)
    return {user.name: user.roles for user in users if GUARDED & set(user.roles)}


@contextmanager
def _old_house(settings: Settings, manifest: Manifest) -> Iterator[Store | None]:
    """Own the store that was exported, where these settings reach it; else None.

    An embedded store is reached by its folder, a server's by the address that the settings give.

    Raises: FolderOwnedError while somebody uses its folder.
    """
    origin = manifest.origin
    home = Path(origin.home)
    here = _is_same(home, settings.home)
    if (here and settings.store == origin.store) or not _reached(settings, origin):
        yield None  # it is the target, or out of reach
    elif here or not _stands(home.is_dir):
        assistant = build(settings.model_copy(update={"store": origin.store}))
        try:
            yield assistant.store if is_origin(assistant.store, manifest) else None
        finally:
            assistant.store.close()
    else:
        old = settings.model_copy(update={"home": home, "store": origin.store})
        with opened(old) as assistant:
            yield assistant.store if is_origin(assistant.store, manifest) else None


def _reached(settings: Settings, origin: Origin) -> bool:
    if origin.store == "embedded":
        return _stands((Path(origin.home) / STORE_FILE).is_file)
    return origin.store == "neo4j" and settings.neo4j_uri is not None


def _is_same(home: Path, other: Path) -> bool:
    return _stands(lambda: home.resolve() == other.resolve())


def _stands(look: Callable[[], bool]) -> bool:
    """Look at a path that an export names; one that cannot be a path here is out of reach."""
    try:
        return look()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, links in a ring
        return False


class Spool:
    """Exports on their way out over HTTP: written beside the store first, then streamed.

    So a slow reader holds no state of the store, and a fault is told before the first byte.
    """

    def __init__(self, assistant: Assistant) -> None:
        """Write below the data folder, or below the system's own where there is none."""
        self._assistant: Final = assistant
        self._lock: Final = threading.Lock()
        self._swept = False

    def stream(self, *, by: str) -> Iterator[bytes]:
        """Write an export for `by` and return its archive, which is taken away when it was read.

        Raises: as `export_house`.
        """
        with self._lock:
            temporary = tempfile.TemporaryDirectory(
                prefix="etiograph-", dir=self._room(), ignore_cleanup_errors=True
            )
            try:
                folder = Path(temporary.name) / "export"
                manifest = export_house(self._assistant, folder, lambda *_: None, by=by)
            except BaseException:
                temporary.cleanup()
                raise
        return _streamed(temporary, folder, manifest)

    def _room(self) -> Path | None:
        """Make the place for exports, once emptied of what a killed process left."""
        home = self._assistant.settings.home
        if not home.is_dir():
            return None
        room = home / _SPOOL
        try:
            if not self._swept:
                shutil.rmtree(room, ignore_errors=True)
                self._swept = True
            room.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{room}: cannot be made ({error}); make room") from error
        return room


def _streamed(
    temporary: tempfile.TemporaryDirectory[str], folder: Path, manifest: Manifest
) -> Iterator[bytes]:
    with temporary:
        yield from packed(folder, manifest)
