"""The one room that names concrete adapters: settings in, a wired assistant out."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.accounts.register import Accounts
from api.accounts.signing import SigningSecrets
from api.background.bell import Bell
from api.background.lull import Lull
from api.background.overtaken import Diagnosing
from api.background.worker import Worker
from api.executors import EXECUTORS_FILE, RunnerShelf, read_executors
from api.packs.loading import PackLoader
from api.packs.shelf import KnowledgeShelf
from api.settings import Settings
from api.wall_clock import SystemClock
from graph.errors import StoreError
from graph.model.jobs import Job
from graph.ports import Clock, Store
from graph.search_ports import SearchArms

if TYPE_CHECKING:  # loaded when first used: the server answers before the engine is in memory
    from api.grants.desk import GrantDesk
    from api.guides import Guides
    from api.packs.walks import WalkShelf
    from ingest.intake import Intake
    from reasoning.diagnose import Diagnoser
    from reasoning.ports import ActionRunner, KnowledgeFinder
    from reasoning.remediation.desk import RemediationDesk

STORE_FILE: Final = "store.db"
INDEX_FOLDER: Final = "index"
TICK_EVERY_S: Final = 5.0
_LOOK_AGAIN_S: Final = 0.03


@dataclass
class Assistant:
    """Everything that the ways in need, wired; `owner_token` lets this machine's commands in."""

    settings: Settings
    clock: Clock
    store: Store
    accounts: Accounts
    signing: SigningSecrets
    knowledge: KnowledgeShelf
    packs: PackLoader
    runners: RunnerShelf
    owner_token: str | None = None
    ready: threading.Event = field(default_factory=threading.Event)
    diagnosed: Bell = field(default_factory=Bell)
    lull: Lull = field(default_factory=Lull)
    _warm: threading.Event = field(default_factory=threading.Event)
    _stopping: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def walks(self) -> WalkShelf:
        """Keep the walks of the graph page."""
        from api.packs.walks import WalkShelf

        return WalkShelf()

    @cached_property
    def intake(self) -> Intake:
        """Take alerts and changes in."""
        from ingest.intake import Intake

        return Intake(self.store)

    @cached_property
    def diagnoser(self) -> Diagnoser:
        """Keep diagnoses up to date."""
        from reasoning.diagnose import Diagnoser

        finder: KnowledgeFinder = self.knowledge
        return Diagnoser(self.store, finder)

    @cached_property
    def guides(self) -> Guides:
        """Ask a language model, where the settings name one."""
        from api.guides import Guides

        return Guides(self.settings, self.store)

    @cached_property
    def worker(self) -> Worker:
        """The thread that diagnoses, at a lull of the intake."""
        handlers = {"diagnose": self.diagnosing}
        return Worker(self.store, handlers, self.clock, kind="diagnose", pause=self._pause_s)

    @cached_property
    def diagnosing(self) -> Diagnosing:
        """Do the jobs of that thread."""
        bell, lull = self.diagnosed, self.lull
        return Diagnosing(self.store, lambda: self.diagnoser, self.clock, rung=bell, lull=lull)

    @cached_property
    def hands(self) -> Worker:
        """The thread that carries remediations on: a silent peer must not hold up a diagnosis."""
        return Worker(self.store, {"remediation": self._remediate}, self.clock, kind="remediation")

    @cached_property
    def desk(self) -> RemediationDesk:
        """Request, decide, run and settle remediations."""
        from api.cdn_control.child import PROFILE
        from reasoning.remediation.desk import RemediationDesk

        return RemediationDesk(self.store, self.runners, demo_profiles=frozenset({PROFILE}))

    @cached_property
    def grants(self) -> GrantDesk:
        """Grant by two people what nobody may change alone."""
        from api.grants.desk import GrantDesk

        return GrantDesk(self.store, self.accounts.passwords.hashed, self.packs.refused.lowers)

    def start(self, pack_folders: Sequence[Path]) -> None:
        """Load packs, then be ready, warm up and work; returns once ready.

        Once it is ready it raises nothing: a store that is lost from then on is waited for.

        Raises: InputError for a faulty pack; StoreError.
        """
        for folder in pack_folders:
            self.packs.ensure(folder, self.clock.now())
        self.desk.resume(at=self.clock.now())
        self.worker.start()  # it pauses until the engine is loaded
        self.ready.set()
        self.hands.start(first=False)
        threading.Thread(target=self._warm_up_and_tick, name="etiograph-ticks", daemon=True).start()

    def stop(self) -> None:
        """End the threads and close the store."""
        self.ready.clear()
        self._stopping.set()
        self.worker.stop()
        self.hands.stop()
        self.diagnosed.ring()
        self.store.close()

    def answers(self) -> bool:
        """Tell whether the store can be read now."""
        try:
            self.store.epoch()
        except StoreError:
            return False
        return True

    @property
    def stopping(self) -> bool:
        """Tell whether the process is going down."""
        return self._stopping.is_set()

    def await_engine(self) -> None:
        """Return once the engine is loaded."""
        self._warm.wait()

    def _pause_s(self) -> float:
        """Hold the worker until the engine is loaded, which it would do itself, and in a storm."""
        return self.lull.left() if self._warm.is_set() else _LOOK_AGAIN_S

    def _remediate(self, job: Job) -> None:
        """Carry a remediation on as far as it goes now, and queue it for when it goes on."""
        again: datetime | None = self.clock.now()
        while again is not None and again <= self.clock.now():
            again = self.desk.proceed(job.key, at=self.clock.now())
        if again is not None:
            due = again
            self.store.write(
                lambda tx: tx.enqueue(
                    job.kind, key=job.key, payload=job.payload, at=self.clock.now(), not_before=due
                )
            )

    def _warm_up_and_tick(self) -> None:
        """Load what the first storm will need, then let time pass for incidents."""
        import structlog

        from ingest.incidents import pass_time

        try:
            self._warm_up()
        except Exception as error:  # noqa: BLE001 - the process edge: the thread must live on
            if not self.stopping:  # the store may be closed by now
                structlog.get_logger("ticks").error("warm_up_failed", error=str(error))
        finally:
            self._warm.set()
        while not self._stopping.wait(TICK_EVERY_S):
            try:
                if pass_time(self.store, self.intake.shelf, self.clock.now()):
                    self.worker.wake()
                self.desk.expire_due(self.clock.now())
                self.grants.settle(self.clock.now())
            except Exception as error:  # noqa: BLE001 - the process edge: the thread must live on
                structlog.get_logger("ticks").error("tick_failed", error=str(error))

    def _warm_up(self) -> None:
        """Build the indexes and load the engine, by a storm that never was."""
        from api.background.collecting import settle_in
        from reasoning.rehearsal import made_up_storm

        self.intake.shelf.contexts(self.store)
        for header in sorted(self.store.packs(), key=lambda pack: (pack.components, pack.id)):
            self.walks.walks(self.store, header.id)
            analyst = self.diagnoser.analyst(header.id)
            storm = made_up_storm(analyst.pack, analyst.graph, at=self.clock.now())
            if storm is not None and not self.stopping:
                analyst.diagnose(storm, (), computed_at=storm.now)
            settle_in()
            self._warm.set()


def build(settings: Settings, clock: Clock | None = None) -> Assistant:
    """Wire an assistant over the data folder, which the caller owns.

    Raises: StoreError when the store cannot be opened.
    """
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _wire(settings, clock or SystemClock(), settings.home)


def build_in_memory(settings: Settings, clock: Clock | None = None) -> Assistant:
    """Wire an assistant over a store that is gone with the process."""
    return _wire(settings, clock or SystemClock(), None)


def _wire(settings: Settings, clock: Clock, home: Path | None) -> Assistant:
    store, arms = _store(settings, home)
    signing = SigningSecrets(home / "secrets.json" if home else None)
    folder = home / INDEX_FOLDER if home else None
    shelf = KnowledgeShelf(store, settings.embedder, folder, arms=arms)
    return Assistant(
        settings=settings,
        clock=clock,
        store=store,
        accounts=Accounts(store, clock, signing),
        signing=signing,
        knowledge=shelf,
        packs=PackLoader(store, home / "packs.json" if home else None, shelf.forget),
        runners=RunnerShelf(lambda: _runners(home, clock)),
    )


def _store(settings: Settings, home: Path | None) -> tuple[Store, SearchArms | None]:
    """Open the store that the settings name, and what of it searches; without a home in memory."""
    if home is not None and settings.store == "neo4j":
        from graph.stores.neo4j_store import Neo4jGraphStore

        store = Neo4jGraphStore(
            str(settings.neo4j_uri),
            user=settings.neo4j_user,
            password=settings.secret_of_neo4j(),
            database=settings.neo4j_database,
        )
        return store, store.search_arms
    from graph.stores.embedded_store import EmbeddedGraphStore

    return EmbeddedGraphStore(home / STORE_FILE if home else None), None


def _runners(home: Path | None, clock: Clock) -> dict[str, ActionRunner]:
    """Make a runner of each profile, and the dry run.

    Raises: StoreError for a faulty HOME/executors.json.
    """
    from reasoning.remediation.profile import DRY_RUN
    from reasoning.remediation.runners.dry_run import DryRunner
    from reasoning.remediation.runners.webhook import WebhookRunner

    made: dict[str, ActionRunner] = {DRY_RUN: DryRunner()}
    for executor in read_executors(home / EXECUTORS_FILE) if home else ():
        made[executor.profile.profile] = WebhookRunner(executor.profile, executor.secret, clock)
    return made


@contextmanager
def opened(settings: Settings, clock: Clock | None = None) -> Iterator[Assistant]:
    """Own the data folder and its store for one command.

    Raises: FolderOwnedError while another process owns it.
    """
    from api.owner import FolderOwner

    with FolderOwner(settings.home).hold():
        assistant = build(settings, clock)
        try:
            yield assistant
        finally:
            assistant.store.close()
