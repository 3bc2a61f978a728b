"""One storm to a server: the pack loaded, 380 alerts in 10 POSTs, the diagnosis that covers all."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api.client import ApiClient, connect
from api.schemas.admin import NewToken
from benchmarks.served import ServerError, ServerProcess, run_command, serving
from benchmarks.storm_posts import Post, storm_posts, warning_before
from graph.model.diagnosis import Diagnosis

PACK: Final = "medical_education"
ALERTS: Final = 380
POSTS: Final = 10


@dataclass(frozen=True)
class Prepared:
    """A data folder with the pack and a replay source in it; rounds work on copies."""

    home: Path
    token: str
    load_s: float

    def copy(self, home: Path) -> Path:
        """Copy the folder; the copy has no owner."""
        shutil.copytree(self.home, home)
        return home


def prepare(folder: Path, settings: Mapping[str, str] | None = None) -> Prepared:
    """Load the pack into a new store by the command, and make a replay source as an admin would.

    Raises: ServerError if a command fails.
    """
    home = folder / "prepared"
    began = time.perf_counter()
    done = run_command(home, "load", PACK, settings=settings)
    load_s = round(time.perf_counter() - began, 3)
    if done.returncode != 0:
        raise ServerError(f"etiograph load: exit {done.returncode}: {done.stderr}")
    with serving(home, settings=settings) as server, server.client() as owner:
        wanted = NewToken(name="bench", source="bench", replay=True)
        token = owner.create_token(wanted).token
    return Prepared(home, token, load_s)


@dataclass(frozen=True)
class Storm:
    """One storm: seconds to the last 202, to the covering diagnosis, and what it said."""

    seconds: float
    posted: float
    counts: dict[str, int]
    seed: int


def storm_seconds(
    home: Path, token: str, *, warm: bool, settings: Mapping[str, str] | None = None
) -> Storm:
    """Send the storm to a fresh server; from the first byte sent to the diagnosis of all of it.

    `warm`: the server has diagnosed one alert of the day before, as one that runs for days has.
    """
    posts = storm_posts(alerts=ALERTS, posts=POSTS)
    with ExitStack() as stack:
        server = stack.enter_context(serving(home, settings=settings))
        reader = stack.enter_context(server.client())
        source = stack.enter_context(_source(server, token))
        if warm:
            _warm(source, reader)
        began = time.perf_counter()
        posted, diagnoses = _send(source, reader, posts)
        seconds = time.perf_counter() - began
    included = sum(diagnosis.as_of.alerts_included for diagnosis in diagnoses)
    counts = {"incidents": len(diagnoses), "alerts_included": included}
    return Storm(seconds, posted - began, counts, seed=_seed())


def _source(server: ServerProcess, token: str) -> ApiClient:
    return connect(server.url, token=token)


def _send(
    source: ApiClient, reader: ApiClient, posts: Sequence[Post]
) -> tuple[float, list[Diagnosis]]:
    """Post all, then wait for the diagnosis of every incident they touched."""
    touched: set[str] = set()
    for post in posts:
        answer: Any = source.post_alerts(post.body, received_at=post.received_at)
        touched |= set(answer["incident_ids"])
    posted = time.perf_counter()
    return posted, [_covering(reader, incident_id) for incident_id in sorted(touched)]


def _warm(source: ApiClient, reader: ApiClient) -> None:
    """Have one alert diagnosed.

    Raises: ServerError if it opened no incident: nothing would be warm then.
    """
    _, diagnoses = _send(source, reader, [warning_before()])
    if not diagnoses:
        raise ServerError("the alert of the day before opened no incident; make it name another")


def _covering(reader: ApiClient, incident_id: str) -> Diagnosis:
    """Wait for a diagnosis that covers everything stored by now.

    Raises: ServerError after two minutes without one.
    """
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = reader.diagnosis(incident_id, wait_s=30)
        if isinstance(found, Diagnosis):
            return found
    raise ServerError(f"no diagnosis covered {incident_id!r} within 120 s")


def _seed() -> int:
    import yaml

    from benchmarks.storm_posts import STORM

    return int(yaml.safe_load((STORM / "case.yaml").read_text(encoding="utf-8"))["seed"])
