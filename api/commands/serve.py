"""`etiograph serve` and `etiograph demo`."""

from __future__ import annotations

import importlib
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from api.bootstrap import Assistant, build
from api.cdn_control.child import CdnControl, nodes_of, offer_nodes
from api.client import connect
from api.commands.terminal import people_watch, say, warn
from api.demo import STORM, Demo, await_main_incident, ensure_demo, replay
from api.errors import kind_of
from api.indexing import index_beside
from api.knowledge.model_check import start_warning
from api.log_config import configure_logging
from api.moving.epochs import check_in_use
from api.owner import FolderOwner
from api.packs.loading import DEFAULT_PACK, pack_folder, packs_of
from api.reports.diagnosis import report
from api.series.wiring import series_reader
from api.serving import bind, in_background, run, served_in_thread, server_of
from api.settings import Settings
from graph.errors import EtiographError, StoreError
from graph.ports import Clock

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

    from api.series.reader import SeriesReader


_NO_ACCOUNT: Final = {
    "zh": "还没有账号，请用下面的命令添加第一个：",
    "en": "no account yet; make the first one with:",
}
_DEMO_ACCOUNTS: Final = {"zh": "演示账号：", "en": "demo accounts: "}


@dataclass
class _Run:
    """One run of the server; `exit_code` is what the process will say."""

    assistant: Assistant
    demo: bool
    server: uvicorn.Server | None = None
    control: CdnControl | None = None
    series: SeriesReader | None = None
    exit_code: int = 0

    def prepare(self) -> None:
        """Load the packs, replay the demo if wanted, and say where the server is."""
        try:
            self.assistant.runners.check()
            series = series_reader(self.assistant)
            if self.demo:
                self._prepare_demo()
            else:
                self._prepare_house()
            if series is not None:
                self.series = series
                series.start()
            if (beware := start_warning(self.assistant.settings)) is not None:
                say(beware)
            index_beside(self.assistant)
            say(f"ready {self.assistant.settings.url}")
        except EtiographError as error:
            self._fail(str(error), kind_of(error).exit_code)
        except Exception as error:  # noqa: BLE001 - the process edge: told, and the process ends
            self._fail(f"{type(error).__name__}: {error}", 1)

    def _prepare_house(self) -> None:
        """Ask the store for nothing once it is ready: if it is lost then, it is waited for."""
        nobody = not self.assistant.store.users()
        self.assistant.start([pack_folder(DEFAULT_PACK)])
        if nobody:
            say(_NO_ACCOUNT[self.assistant.settings.lang])
            say("  .venv/bin/etiograph user add NAME --role admin --role viewer")

    def _prepare_demo(self) -> None:
        """Start the CDN control first: a remediation that was cut off goes on with the packs."""
        home = self.assistant.settings.home
        known = ensure_demo(self.assistant, home / "demo.json")
        self.control = CdnControl(home)
        self.assistant.runners.forget()
        self.assistant.start([pack_folder(DEFAULT_PACK)])
        offer_nodes(
            home, [node for pack in packs_of(self.assistant.store) for node in nodes_of(pack)]
        )
        _show_demo(self.assistant, known)

    def _fail(self, reason: str, exit_code: int) -> None:
        if self.server is None or self.server.should_exit:
            return  # the process is going down: what was cut off failed for that
        warn(reason)
        self.exit_code = exit_code
        self.server.should_exit = True


def serve(settings: Settings, *, demo: bool, clock: Clock | None = None) -> int:
    """Own the folder, serve screens and API on one port, and stay until a signal; exit code.

    `clock` is the wall clock unless another is given.

    Raises: FolderOwnedError naming the first server; PortTakenError; StoreError.
    """
    configure_logging()
    with FolderOwner.acquire(settings.home, settings.url) as owner:
        listener = bind(settings.host, settings.port)
        assistant = _built(settings, listener, clock)
        assistant.owner_token = owner.token
        current = _Run(assistant, demo)
        # The floor above, by name: api imports nothing of ui.
        site = importlib.import_module("ui.asgi").create_site(
            assistant, lambda: in_background("etiograph-prepare", current.prepare)
        )
        current.server = server_of(cast("ASGIApp", site))
        try:
            run(current.server, listener)
        finally:
            if current.series is not None:
                current.series.stop()
            assistant.stop()
            if current.control is not None:
                current.control.stop()
    return current.exit_code


def _built(settings: Settings, listener: socket.socket, clock: Clock | None) -> Assistant:
    """Open the store, unless it moved out or is half rebuilt."""
    assistant = build(settings, clock)
    try:
        check_in_use(assistant.store)
    except StoreError:
        assistant.store.close()
        listener.close()
        raise
    return assistant


def demo(settings: Settings) -> int:
    """Replay the storm into a store that is thrown away, print the diagnosis; exit code."""
    from api.app import create_app

    configure_logging()
    with tempfile.TemporaryDirectory(prefix="etiograph-demo-") as folder:
        listener = bind(settings.host, 0)
        port = int(listener.getsockname()[1])
        thrown_away = settings.model_copy(
            update={"home": Path(folder), "port": port, "store": "embedded"}
        )
        assistant = build(thrown_away)
        with served_in_thread(create_app(assistant), listener):
            try:
                assistant.start([pack_folder(DEFAULT_PACK)])
                _replay_and_print(assistant, ensure_demo(assistant, Path(folder) / "demo.json"))
            finally:
                assistant.stop()
    return 0


def _show_demo(assistant: Assistant, known: Demo) -> None:
    _replay_and_print(assistant, known)
    say("")
    settings = assistant.settings
    say(f"{_DEMO_ACCOUNTS[settings.lang]}{settings.home / 'demo.json'}")
    if people_watch():
        for user in known.users:
            say(f"  {user.name:<14} {user.role:<15} {user.password}")


def _replay_and_print(assistant: Assistant, known: Demo) -> None:
    """Post the storm over HTTP as the demo source, and print what the demo operator sees."""
    settings = assistant.settings
    with connect(settings.url, token=known.sources[0].token) as source:
        replay(source, STORM)
    with connect(settings.url, token=known.users[0].token, timeout_s=60.0) as reader:
        detail, diagnosis = await_main_incident(reader)
    for line in report(detail, diagnosis, settings.lang):
        say(line)
