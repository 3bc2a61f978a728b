"""What a Neo4j server refuses is told in one sentence: what, which, what to do, and no password."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from benchmarks.served import COMMAND, ROOT, environment, free_port
from graph.errors import StoreError
from graph.stores.neo4j_store import Neo4jGraphStore
from tests.conftest import require
from tests.contracts.greeting_server import BOLT_4_4, BOLT_5_4, NO_BOLT, GreetingServer
from tests.neo4j_server import DATABASE, USER, Neo4jServer, neo4j_server

SECRET: Final = "open-sesame-48"


def refusal(uri: str, *, user: str = USER, password: str = SECRET, database: str = DATABASE) -> str:
    """Open a store that cannot be opened, and give the sentence; it is one, without the secret."""
    with pytest.raises(StoreError) as refused:
        Neo4jGraphStore(uri, user=user, password=password, database=database).close()
    said = str(refused.value)
    assert password not in said
    assert "\n" not in said
    return said


# ── Too old, or something else: only 5.26 and 2026 are at hand, others are greeted as ───────────


@pytest.mark.parametrize(
    ("agent", "handshake", "told"),
    [
        ("Neo4j/5.25.1", BOLT_5_4, "is version 5.25.1; Etiograph needs 5.26 LTS"),
        ("Neo4j/5.9.0", BOLT_5_4, "is version 5.9.0; Etiograph needs 5.26 LTS"),
        ("Neo4j/4.4.30", BOLT_4_4, "it is too old, or no Neo4j; Etiograph needs 5.26 LTS"),
        ("Neo4j/3.5.35", NO_BOLT, "it is too old, or no Neo4j; Etiograph needs 5.26 LTS"),
        ("sshd", b"SSH-", "it is too old, or no Neo4j; Etiograph needs 5.26 LTS"),
        ("nginx", b"HTTP", "check ETIOGRAPH_NEO4J_URI"),
        (
            "Neo4j/v5.11.0 compatible graph database server - Memgraph",
            BOLT_5_4,
            "is version v5.11.0 compatible graph database server - Memgraph; Etiograph needs 5.26",
        ),
        ("", BOLT_5_4, "is version unknown; Etiograph needs 5.26 LTS"),
    ],
)
def test_a_server_of_another_version_is_named(agent: str, handshake: bytes, told: str) -> None:
    """What it is, where, and which versions will do."""
    with closing(GreetingServer(agent, handshake=handshake)) as server:
        said = refusal(server.uri)
        assert told in said
        assert repr(server.uri) in said


# ── Who may not, and what may not be written ────────────────────────────────────────────────────


def with_user(server: Neo4jServer, name: str) -> str:
    """Make an account whose password must be changed first; gives the address."""
    with server.driver() as driver:
        driver.execute_query(
            f"CREATE USER {name} IF NOT EXISTS SET PASSWORD $word CHANGE REQUIRED",
            word=SECRET,
            database_="system",
        )
    return server.uri


def test_a_user_who_must_change_the_password_is_told_so(running: Neo4jServer) -> None:
    """The account is right and useless: the sentence says what to do first."""
    said = refusal(with_user(running, "newcomer"), user="newcomer")
    assert "user 'newcomer' must change the password" in said
    assert "ALTER CURRENT USER SET PASSWORD" in said


def test_guessing_makes_the_server_say_wait(running: Neo4jServer) -> None:
    """After some wrong passwords the server no longer says that they are wrong; we do."""
    uri = with_user(running, "guesser")
    said = [refusal(uri, user="guesser", password=f"{SECRET}{n}") for n in range(5)]
    assert "does not let user 'guesser' in" in said[0]
    assert "lets user 'guesser' wait after several wrong passwords" in said[-1]
    assert all("ETIOGRAPH_NEO4J_PASSWORD" in one for one in said)


def test_the_database_of_accounts_takes_no_records(running: Neo4jServer) -> None:
    """Whoever names `system` learns that it is the wrong one."""
    said = refusal(running.uri, password=running.password, database="system")
    assert "database 'system'" in said
    assert "ETIOGRAPH_NEO4J_DATABASE" in said


@pytest.mark.parametrize("version", ["2026"])
def test_a_read_only_database_names_the_missing_right(version: str) -> None:
    """Writing is what lacks, and the settings that forbid it are named."""
    require("neo4j")
    with neo4j_server(version) as server:
        server.stop()
        server.configure(f"server.databases.read_only={DATABASE}")
        server.start()
        said = refusal(server.uri, password=server.password)
    assert "may only read database 'neo4j'" in said
    assert "the right to write" in said
    assert "server.databases.read_only" in said


# ── Addresses ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["bolt", "neo4j", "bolt+s"])
def test_a_password_in_the_address_is_refused_and_not_repeated(scheme: str) -> None:
    """It would stand in logs and exports; the sentence says where it belongs."""
    said = refusal(f"{scheme}://neo4j:{SECRET}@127.0.0.1:7687")
    assert "ETIOGRAPH_NEO4J_USER and _PASSWORD" in said
    assert f"{scheme}://…@127.0.0.1:7687" in said


def test_encryption_that_the_server_does_not_speak_is_hinted_at(running: Neo4jServer) -> None:
    """The address asks for TLS; the sentence says so."""
    said = refusal(running.uri.replace("bolt:", "bolt+s:"), password=running.password)
    assert "cannot be reached" in said
    assert "+s asks the server for TLS" in said


# ── Commands ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of the product with the Neo4j settings given."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        named = {f"ETIOGRAPH_{name.upper()}": value for name, value in settings.items()}
        known = {"ETIOGRAPH_STORE": "neo4j", "ETIOGRAPH_NEO4J_PASSWORD": SECRET}
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=ROOT,
            env=environment(tmp_path / "home", free_port()) | known | named,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


@pytest.mark.parametrize("arguments", [("serve",), ("doctor", "--json")])
def test_a_command_whose_server_is_too_old_ends_with_1(
    command: Callable[..., subprocess.CompletedProcess[str]], arguments: tuple[str, ...]
) -> None:
    """One line on stderr, nothing on stdout."""
    with closing(GreetingServer("Neo4j/5.25.1")) as server:
        done = command(*arguments, neo4j_uri=server.uri)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "5.25.1" in done.stderr


def test_a_command_whose_server_is_not_there_ends_with_1(
    command: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """It gives up in seconds, and says which address it tried."""
    done = command("serve", neo4j_uri="bolt://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "neo4j 'bolt://127.0.0.1:1' cannot be reached" in done.stderr
    assert SECRET not in done.stderr


def test_a_command_without_an_address_ends_with_2(
    command: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """The variable that is missing is named."""
    done = command("load", "medical_education")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ETIOGRAPH_NEO4J_URI: is needed by ETIOGRAPH_STORE=neo4j")


def test_a_command_with_a_wrong_password_ends_with_1(
    command: Callable[..., subprocess.CompletedProcess[str]], running: Neo4jServer
) -> None:
    """The password stands in neither stream."""
    done = command("serve", neo4j_uri=running.uri, neo4j_user="nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not let user 'nobody' in" in done.stderr
    assert SECRET not in done.stderr
