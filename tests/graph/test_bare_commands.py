"""Commands without code marks are told from sentences that only speak of programs."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.bare_commands import bare_commands


def found(text: str) -> list[str]:
    """Cut the commands out of a text."""
    return [text[place.start : place.end] for place in bare_commands(text)]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("执行 kubectl delete pod api-0，再看一次", ["kubectl delete pod api-0"]),
        ("然后运行systemctl restart live再看一次", ["systemctl restart live"]),
        ("then run systemctl restart live and wait 5 minutes", ["systemctl restart live"]),
        ("Restart it with kubectl rollout restart deploy/x.", ["kubectl rollout restart deploy/x"]),
        ("先 kill -9 4711；再 sudo reboot", ["kill -9 4711", "sudo reboot"]),
        ("as a last way (rm -rf /var/cache) and no other", ["rm -rf /var/cache"]),
        ('mysql -e "DROP TABLE a, b. c" 之后', ['mysql -e "DROP TABLE a, b. c"']),
        ("在主库 ALTER TABLE t DROP INDEX i;", ["ALTER TABLE t DROP INDEX i"]),
        ("用 /opt/exam/bin/stop.sh all 停掉", ["/opt/exam/bin/stop.sh all"]),
        ("redis-cli -h r2 replicaof no one", ["redis-cli -h r2 replicaof no one"]),
        ("执行 service nginx restart", ["service nginx restart"]),
    ],
)
def test_a_command_is_found_with_its_end(text: str, commands: list[str]) -> None:
    """What the sentence goes on to say is no part of it."""
    assert found(text) == commands


@pytest.mark.parametrize(
    "text",
    [
        "kubectl is slow, and systemctl must be asked again",
        "Check mysql replication, then kill the session and call the vendor",
        "The service must stop before the docker host restarts",
        "重启 mysql 主库后看 redis-cli 的输出",
        "See https://wiki.example/run/install.sh for more",
        "UPDATE the owner, CALL the vendor at 400, DROP it",
        "切换到备用节点，3 分钟后再看",
    ],
)
def test_a_sentence_about_programs_is_no_command(text: str) -> None:
    """A step that hides plain words is of no use."""
    assert found(text) == []


@given(st.text(alphabet="rm -f/ab.\"'\n;，执kubectlDROP ", max_size=60))
def test_places_lie_in_the_text_in_order_and_hold_something(text: str) -> None:
    """Whatever is typed, what is folded is a piece of it."""
    places = list(bare_commands(text))
    assert all(0 <= a < b <= len(text) and text[a:b].strip() for a, b in places)
    assert all(one.end <= two.start for one, two in pairwise(places))
