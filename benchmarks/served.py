"""A real server process of the product, for figures and for the tests that need one.

Everything is on 127.0.0.1, on a free port, over a data folder that the caller throws away.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from api.client import ApiClient, connect

ROOT: Final = Path(__file__).resolve().parents[1]
COMMAND: Final = (sys.executable, "-m", "api.cli")
_STEP_S: Final = 0.02
_LOG_TAIL: Final = 3_000


class ServerError(RuntimeError):
    """The server did not do what was waited for; the message ends with the tail of its log."""


class ServerProcess:
    """One `etiograph serve` over a data folder; start it, speak to it, stop or kill it."""

    def __init__(
        self,
        home: Path,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """Serve `home`; `arguments` follow `serve`, `settings` are variables of its process.

        `command` is the program, where it is not `etiograph` as it is installed.
        """
        self.home: Final = home
        self.port: Final = free_port()
        self.url: Final = f"http://127.0.0.1:{self.port}"
        self._arguments: Final = arguments
        self._settings: Final = dict(settings or {})
        self._command: Final = tuple(command)
        self._log: Final = home.with_name(f"{home.name}.{self.port}.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that serves."""
        return self._running().pid

    def start(self) -> None:
        """Start the process; it is not ready yet."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, "serve", *self._arguments],
                cwd=ROOT,
                env=environment(self.home, self.port) | self._settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_ready(self, *, timeout_s: float = 300.0) -> float:
        """Wait until `/api/readyz` is 200; returns the seconds that it took.

        Raises: ServerError if the process ends or the time is over.
        """
        return wait_until(
            lambda: status_of(f"{self.url}/api/readyz") == 200,
            what=f"{self.url}/api/readyz to be 200",
            timeout_s=timeout_s,
            alive=self.check_alive,
        )

    def client(self, token: str | None = None) -> ApiClient:
        """Connect as the bearer of `token`, else as the owner of the data folder."""
        return connect(self.url, token=token or self.owner_token())

    def owner_token(self) -> str:
        """Read the token that the server left for the commands of this machine."""
        owner = json.loads((self.home / "owner.json").read_text(encoding="utf-8"))
        return str(owner["token"])

    def resident_mb(self, line: str = "VmRSS") -> float:
        """Read the resident memory of the process in MB (10^6 bytes); `VmHWM` is its peak."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = next(row for row in status.splitlines() if row.startswith(f"{line}:"))
        return round(int(found.split()[1]) * 1024 / 1e6, 1)

    def log(self) -> str:
        """Read what the process said so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self, *, timeout_s: float = 30.0) -> int:
        """Ask the process to end, kill it where it does not; returns its exit status."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End the process by SIGKILL and wait until it is gone."""
        process = self._running()
        process.kill()
        return process.wait(timeout=30)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerError("the server was not started; call start() first")
        return self._process

    def check_alive(self) -> None:
        """Raise ServerError with the end of its log if the process has ended."""
        if (code := self._running().poll()) is not None:
            raise ServerError(f"the server ended with exit status {code}:\n{self._tail()}")

    def _tail(self) -> str:
        return self.log()[-_LOG_TAIL:]


@contextmanager
def serving(
    home: Path,
    *arguments: str,
    settings: Mapping[str, str] | None = None,
    command: Sequence[str] = COMMAND,
) -> Iterator[ServerProcess]:
    """Serve `home` until the context ends; the server is ready when it begins."""
    server = ServerProcess(home, *arguments, settings=settings, command=command)
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


def environment(home: Path, port: int) -> dict[str, str]:
    """Make the environment of a command on `home`: nothing of the caller's own settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ETIOGRAPH_")}
    return {
        **kept,
        "ETIOGRAPH_HOME": str(home),
        "ETIOGRAPH_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }


def run_command(
    home: Path, *arguments: str, port: int = 8501, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command of the product on `home` and return what it said; `settings` as variables."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment(home, port) | dict(settings or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def free_port() -> int:
    """Find a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status_of(url: str) -> int | None:
    """GET a URL and return the status; None where nobody answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (urllib.error.URLError, OSError):
        return None


def wait_until(
    holds: Callable[[], object],
    *,
    what: str,
    timeout_s: float,
    alive: Callable[[], None] = lambda: None,
) -> float:
    """Ask again and again until `holds()` is true; returns the seconds that it took.

    Raises: ServerError naming `what` when the time is over; whatever `alive` raises.
    """
    started, pause = time.monotonic(), threading.Event()
    while not holds():
        alive()
        if time.monotonic() - started > timeout_s:
            raise ServerError(f"waited {timeout_s} s in vain for {what}")
        pause.wait(_STEP_S)
    return time.monotonic() - started
