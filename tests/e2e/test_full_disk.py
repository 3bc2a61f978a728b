"""A disk that is full while a storm comes in: what was acknowledged stays, the rest is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import pytest

from api.client import ApiClient
from benchmarks.served import status_of
from benchmarks.storm_posts import Post, storm_posts
from graph.errors import StoreError
from tests.e2e.full_disks import FullDisk, limited_files, small_disk
from tests.e2e.grounds import FileGrounds, Place
from tests.e2e.kill_storm import ALERTS, POSTS, Digests, digests, undisturbed

# Before these posts the disk fills up; it is full until a post is refused: pages may be left.
_FULL_FROM: Final = (2, 9, 16)

Disk = Callable[[Path], AbstractContextManager[FullDisk]]


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> FileGrounds:
    """One prepared data folder."""
    return FileGrounds(tmp_path_factory.mktemp("grounds"))


@pytest.fixture(scope="module")
def truth(grounds: FileGrounds) -> Digests:
    """What a server with room says of the storm."""
    return undisturbed(grounds.fresh("calm"))


@pytest.mark.parametrize("disk", [small_disk, limited_files])
def test_a_full_disk_loses_nothing_and_says_so(
    disk: Disk, grounds: FileGrounds, truth: Digests, tmp_path: Path
) -> None:
    """503 with what to look at while it is full; with room again the same posts go in, once."""
    with disk(tmp_path / "disk") as full:
        home, copied = full.folder / "home", grounds.fresh(f"full-{disk.__name__}")
        shutil.move(copied.home, home)
        place = Place(home, copied.token)
        with place.serving() as server, server.client(place.token) as source:
            refused = 0
            for number, post in enumerate(storm_posts(alerts=ALERTS, posts=POSTS)):
                if number in _FULL_FROM:
                    full.fill(server.pid)
                if (reason := _refusal(source, post)) is not None:
                    assert "check its disk" in reason
                    assert status_of(f"{server.url}/api/healthz") == 200
                    full.free(server.pid)
                    assert _refusal(source, post) is None
                    refused += 1
            assert refused == len(_FULL_FROM)
            assert digests(server) == truth


def _refusal(source: ApiClient, post: Post) -> str | None:
    """Post; gives the reason if it is refused."""
    try:
        source.post_alerts(post.body, received_at=post.received_at)
    except StoreError as error:
        return str(error)
    return None
