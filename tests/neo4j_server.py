"""A real Neo4j that lives as long as somebody needs it: for tests, and for people by `make neo4j`.

`.ci/neo4j` fetches it. It listens on loopback, keeps everything in one folder and is gone with it.
"""

from __future__ import annotations

import argparse
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, LiteralString

from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

PARTS: Final = Path(__file__).parent / "e2e" / ".parts"
USER: Final = "neo4j"
DATABASE: Final = "neo4j"
# What people call a version -> its folder among the parts, and the class that starts it.
VERSIONS: Final = {
    "5.26": ("neo4j-5.26.12", "org.neo4j.server.CommunityEntryPoint"),
    "2026": ("neo4j-2026.05.0", "org.neo4j.server.Neo4jCommunity"),
}
_FIRST_PASSWORD: Final = "neo4j"  # what every new server has; changed before anybody uses it
_NAME_IT: Final = "ALTER CURRENT USER SET PASSWORD FROM $old TO $new"
_START_S: Final = 180.0
_STOP_S: Final = 30.0
_HEAP_MB: Final = 512
# A server of a test lives for a minute: what the second compiler makes of its code comes too late,
# and takes half of the CPU time of such a life. One that is measured is compiled like any other.
_SHORT: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_LONG: Final = ("-XX:+UseG1GC",)
_JVM: Final = (
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
    "--add-modules=jdk.incubator.vector",
    "-Dlog4j2.disable.jmx=true",
)
_CONF: Final = """\
server.directories.data={home}/data
server.directories.logs={home}/logs
server.directories.run={home}/run
server.directories.plugins={home}/plugins
server.directories.import={home}/import
server.directories.transaction.logs.root={home}/transactions
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=64m
dbms.usage_report.enabled=false
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
"""


class Neo4jServer:
    """One server of a version of `VERSIONS`, its files in `home`; the port stays over restarts."""

    def __init__(
        self, version: str, home: Path, *, heap_mb: int = _HEAP_MB, lasting: bool = False
    ) -> None:
        """Prepare the folder; nothing runs yet. A `lasting` one starts slower, and gets faster."""
        self.version: Final = version
        self.password: Final = secrets.token_urlsafe(12)
        self._home: Final = home
        self._machine: Final = ("-Xms128m", f"-Xmx{heap_mb}m", *(_LONG if lasting else _SHORT))
        self._port: Final = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._named = False
        self._sweeper: Driver | None = None
        (home / "conf").mkdir()
        conf = _CONF.format(home=home, port=self._port)
        (home / "conf" / "neo4j.conf").write_text(conf, encoding="utf-8")

    @property
    def uri(self) -> str:
        """Where it listens."""
        return f"bolt://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start the process and wait until it answers with our password."""
        part, main = VERSIONS[self.version]
        place = PARTS / part
        command = [str(place / "java"), *self._machine, *_JVM, "-cp", f"{place}/lib/*", main]
        command += [f"--home-dir={self._home}", f"--config-dir={self._home}/conf", "--console-mode"]
        with (self._home / "console.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait()

    def configure(self, line: str) -> None:
        """Add a line to its configuration, which holds from the next start on."""
        with (self._home / "conf" / "neo4j.conf").open("a", encoding="utf-8") as conf:
            conf.write(f"{line}\n")

    def stop(self) -> None:
        """Shut it down in order; what was committed is there after the next start."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._end(signal.SIGKILL)

    def driver(self) -> Driver:
        """Open a driver of one's own, past the store."""
        return _driver(self.uri, self.password)

    def clear(self) -> None:
        """Delete every node, so that the next store begins as in an empty database."""
        self._sweeper = self._sweeper or self.driver()
        self._sweeper.execute_query("MATCH (n) DETACH DELETE n", database_=DATABASE)

    def _end(self, how: signal.Signals) -> None:
        if self._sweeper is not None:
            self._sweeper.close()
            self._sweeper = None
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(timeout=_STOP_S)
        self._process = None

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_S
        while not self._answers():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                log = (self._home / "console.log").read_text(encoding="utf-8", errors="replace")
                self.kill()
                raise RuntimeError(f"neo4j {self.version} did not start:\n{log[-4000:]}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            if not self._named:
                with _driver(self.uri, _FIRST_PASSWORD) as driver:
                    _run_once(driver, "system", _NAME_IT, self.password)
                self._named = True
            with self.driver() as driver:
                _run_once(driver, DATABASE, "RETURN 1 AS one")
        except (DriverError, Neo4jError):
            return False
        return True


@contextmanager
def neo4j_server(
    version: str, *, heap_mb: int = _HEAP_MB, lasting: bool = False, line: str = ""
) -> Iterator[Neo4jServer]:
    """Run a server in a folder of its own, with a `line` more in its configuration.

    Both are gone at the end.
    """
    with tempfile.TemporaryDirectory(prefix="etiograph-neo4j-") as folder:
        server = Neo4jServer(version, Path(folder), heap_mb=heap_mb, lasting=lasting)
        server.configure(line)
        server.start()
        try:
            yield server
        finally:
            server.kill()


def _run_once(driver: Driver, database: str, statement: LiteralString, new: str = "") -> None:
    """Run a statement, without the tries over and over of a managed transaction."""
    with driver.session(database=database) as session:
        session.run(statement, old=_FIRST_PASSWORD, new=new).consume()


def _driver(uri: str, password: str) -> Driver:
    return GraphDatabase.driver(
        uri,
        auth=(USER, password),
        telemetry_disabled=True,
        connection_timeout=5,
        notifications_min_severity="OFF",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    """Run one server until the terminal says stop."""
    parser = argparse.ArgumentParser(prog="make neo4j", description=main.__doc__)
    parser.add_argument("version", choices=VERSIONS, nargs="?", default="5.26")
    parser.add_argument("--heap-mb", type=int, default=_HEAP_MB)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = parser.parse_args()
    with neo4j_server(chosen.version, heap_mb=chosen.heap_mb, lasting=True) as server:
        sys.stdout.write(
            f"export ETIOGRAPH_STORE=neo4j ETIOGRAPH_NEO4J_URI={server.uri} "
            f"ETIOGRAPH_NEO4J_USER={USER} ETIOGRAPH_NEO4J_PASSWORD={server.password}\n"
            f"ready {server.uri}\n"
        )
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):  # Ctrl-C, or the same from SIGTERM
            signal.pause()


if __name__ == "__main__":
    main()
