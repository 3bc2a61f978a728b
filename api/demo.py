"""The demo: accounts to sign in with, and the storm of exam week, posted to the real webhook."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from api.accounts.passwords import drawn
from api.accounts.register import hash_of
from api.accounts.signing import write_private
from api.bootstrap import Assistant
from api.client import ApiClient
from api.packs.loading import SEEDS
from api.schemas.incidents import IncidentDetail, IncidentView, Pending
from graph.errors import ConflictError, InputError, StoreError
from graph.model.access import Role, User
from graph.model.base import Model
from graph.model.diagnosis import Diagnosis
from graph.model.moving import NO_PASSWORD

STORM: Final = SEEDS / "medical_education" / "scenarios" / "cdn-storm"
SOURCE: Final = "demo-alerts"
_USERS: Final = (
    ("demo-operator", Role.OPERATOR),
    ("demo-academic", Role.ACADEMIC_LEAD),
    ("demo-ops", Role.OPS_LEAD),
    ("demo-owner", Role.PLATFORM_OWNER),
)
_WAIT_S: Final = 30
_PATIENCE: Final = 600
_LOOK_AGAIN_S: Final = 0.4


class DemoUser(Model):
    """A demo account with its secrets."""

    name: str
    role: Role
    password: str
    token: str


class DemoSource(Model):
    """A demo alert source with its secret."""

    name: str
    token: str


class Demo(Model):
    """HOME/demo.json: how to get in."""

    url: str
    users: tuple[DemoUser, ...]
    sources: tuple[DemoSource, ...]


def ensure_demo(assistant: Assistant, path: Path) -> Demo:
    """Make demo accounts and source, or find those of an earlier run; written to `path` (0600).

    The file is written before the accounts are made, in one transaction: a crash between the two
    leaves a file whose accounts the next run makes. Demo accounts that a rebuild brought have no
    password and no token; they get new ones.

    Raises: ConflictError where real people have accounts, or demo.json is gone.
    """
    known = _read(path)
    held = known is not None and _holds(assistant, known)
    if not held and any(map(_settled, assistant.store.users())):
        raise ConflictError(
            f"this store has accounts that {path.name} does not know; serve it without the "
            "demo (make run DEMO=0), or give the demo a new ETIOGRAPH_HOME"
        )
    found = (known or _draw()).model_copy(update={"url": assistant.settings.url})
    if found != known:
        write_private(path, found.model_dump_json(indent=1) + "\n")
    if not held:
        tokens = {source.name: source.token for source in found.sources}
        assistant.accounts.add_demo(found.users, tokens)
    return found


def _settled(user: User) -> bool:
    """Tell whether an account is more than what a rebuild brought of an earlier demo."""
    return not user.demo or user.password_hash != NO_PASSWORD


def _draw() -> Demo:
    """Draw the secrets of accounts that are yet to be made."""
    users = (
        DemoUser(
            name=name,
            role=role,
            password=drawn(),
            token=secrets.token_urlsafe(32),
        )
        for name, role in _USERS
    )
    source = DemoSource(name=SOURCE, token=secrets.token_urlsafe(32))
    return Demo(url="", users=tuple(users), sources=(source,))


def _read(path: Path) -> Demo | None:
    try:
        return Demo.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _holds(assistant: Assistant, demo: Demo) -> bool:
    texts = [user.token for user in demo.users] + [source.token for source in demo.sources]
    return all(assistant.store.token_by_hash(hash_of(text)) is not None for text in texts)


def storm_posts(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield (kind, received_at, body) of a scenario's payloads and changes, in order of receipt.

    Raises: InputError naming FILE:LINE.
    """
    posts: list[tuple[str, int, str, bytes]] = []
    for name, kind in (("changes.jsonl", "change"), ("alerts.jsonl", "alerts")):
        path = folder / name
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for number, line in enumerate(lines, 1):
            try:
                value = json.loads(line)
                received_at = str(value.pop("received_at"))
            except (ValueError, KeyError) as error:
                raise InputError(f"{path}:{number}: is no scenario line ({error})") from error
            body = value["payload"] if kind == "alerts" else value
            posts.append((received_at, len(posts), kind, json.dumps(body).encode()))
    return ((kind, received_at, body) for received_at, _, kind, body in sorted(posts))


def replay(source: ApiClient, folder: Path) -> int:
    """Post a scenario to the webhook; returns the number of POSTs."""
    count = 0
    for kind, received_at, body in storm_posts(folder):
        post = source.post_alerts if kind == "alerts" else source.post_changes
        post(body, received_at=received_at)
        count += 1
    return count


def await_main_incident(reader: ApiClient) -> tuple[IncidentDetail, Diagnosis]:
    """Wait until all work is done; return the most urgent incident (then the one with most alerts).

    Raises: StoreError when there is none in time.
    """
    pause = threading.Event()
    for _ in range(_PATIENCE):
        if reader.board().engine.jobs_open == 0:
            break
        pause.wait(_LOOK_AGAIN_S)
    views = _all_incidents(reader)
    if views:
        main = min(views, key=lambda view: (view.urgency or "P9", -view.alerts, view.id))
        found = reader.diagnosis(main.id, wait_s=_WAIT_S)
        if not isinstance(found, Pending):
            return reader.incident(main.id), found
    raise StoreError("the storm was posted, but no diagnosis came; see `etiograph doctor`")


def _all_incidents(reader: ApiClient) -> list[IncidentView]:
    found: list[IncidentView] = []
    cursor: str | None = None
    while True:
        page = reader.incidents(cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return [view for view in found if view.merged_into is None]
