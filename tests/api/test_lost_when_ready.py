"""A store that is lost in the moment in which the server is ready does not end the process."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from api.bootstrap import Assistant, build
from api.commands.serve import _Run
from api.serving import server_of
from api.settings import Settings
from graph.ports import Store
from tests.api.room import SetClock


class Losing(threading.Event):
    """Readiness, said in the very moment in which the store goes."""

    def __init__(self, store: Store) -> None:
        """Take the store that is lost."""
        super().__init__()
        self._store: Final = store

    def set(self) -> None:
        """Be ready without a store."""
        super().set()
        self._store.close()


def _losing(home: Path) -> Assistant:
    settings = Settings.model_construct(
        home=home, host="127.0.0.1", port=8501, store="embedded", lang="zh", embedder="none"
    )
    assistant = build(settings, SetClock())
    assistant.ready = Losing(assistant.store)
    return assistant


def test_the_server_lives_on_without_its_store(tmp_path: Path) -> None:
    """It says that it is ready, works on its jobs when the store is back, and ends on a signal."""
    assistant = _losing(tmp_path)
    current = _Run(assistant, demo=False, server=server_of(Starlette()))
    try:
        current.prepare()
        assert (current.exit_code, current.server and current.server.should_exit) == (0, False)
        assert assistant.ready.is_set()
        assert not assistant.answers()
        names = {thread.name for thread in threading.enumerate()}
        assert {"etiograph-worker-diagnose", "etiograph-worker-remediation"} <= names
    finally:
        assistant.stop()


def test_a_store_that_is_lost_before_ends_the_start(tmp_path: Path) -> None:
    """Nothing was promised yet: the reason is told, and the process ends with 1."""
    assistant = _losing(tmp_path)
    assistant.store.close()
    current = _Run(assistant, demo=False, server=server_of(Starlette()))
    current.prepare()
    assert current.exit_code == 1
    assert current.server is not None
    assert current.server.should_exit
    assert not assistant.ready.is_set()
