"""Commands that stand in a text without code marks: `then run kubectl delete pod x`.

Told by what they begin with: a program whose name is no word (`kubectl`, `rm`, a script's path,
whatever ends in `ctl`); one whose name is a word as well, where the line begins with it, Chinese
stands before it or the text says to run it; a statement of SQL in capitals. They end with the line,
before a Han or full-width character, or with the clause, so that the words behind stay readable.
What begins otherwise is not found: a document should set its commands in code marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

_PROGRAM: Final = (
    r"(?:\.{0,2}/)?(?:[\w.\-]+/)*(?:[a-z][a-z0-9]*ctl|sudo|redis-cli|mongosh?|amtool|ipmitool"
    r"|docker-compose|podman|helm|rm|rmdir|mkfs(?:\.\w+)?|chmod|chown|iptables|crontab|dd|jcmd"
    r"|psql|mysql|mysqladmin|dropdb|logrotate|lvremove|vgremove|wipefs|killall|pkill|nohup"
    r"|curl|wget|ssh|scp|rsync|ansible(?:-playbook)?|terraform|[\w\-]+\.(?:sh|py|pl))"
)
_ALSO_A_WORD: Final = r"(?:docker|kill|service|mv|cp|sh|bash|python3?|perl|nginx|init|reboot)"
_TOLD: Final = r"(?:^|[$#>]|\b(?:[Rr]un|[Ee]xecute|[Tt]ype|[Ee]nter|[Ii]ssue)\b|[^\x00-\x7f])\s*"
_SQL: Final = (
    r"(?:ALTER\s+(?:TABLE|USER|SYSTEM|DATABASE)|(?:DROP|RESET|FLUSH)\s+[A-Z]+|TRUNCATE|DELETE\s+FROM"
    r"|INSERT\s+INTO|UPDATE\s+[\w.]+\s+SET|SET\s+GLOBAL|KILL|CALL\s+\w+[.(]|PURGE\s+BINARY"
    r"|(?:START|STOP)\s+(?:REPLICA|SLAVE)|CHANGE\s+(?:MASTER|REPLICATION)|GRANT|REVOKE)"
)
# Behind a program's name these make it the subject of a sentence: `kubectl is slow`.
_SPOKEN_OF: Final = (
    r"(?!\s+(?:is|are|was|were|has|have|had|can|could|cannot|must|may|might|will|would|shall|should"
    r"|does|did|do|not|and|or|in|into|on|onto|at|of|for|from|by|as|but|than|that|which|the|an?|it"
    r"|its|this|to|if|when|then|with|while|until|again|fails?|failed|returns?|shows?|says|hangs?"
    r"|works?|needs?|itself|alone|commands?|output|version|replication|client|server|session"
    r"|connections?|access|login|chart|release|query|queries|scripts?)(?![\w\-./=]))"
)
_ENDS: Final = r"[,.;:!?](?=\s|$)|\s(?:and|then|until|before|after|unless|if|when|once|while)\s"
_BODY: Final = re.compile(rf"""(?:"[^"\n]*"|'[^'\n]*'|(?!{_ENDS})[ -~])+""", re.M)
_BEGINS: Final = re.compile(
    rf"(?<![\w.\-/@])(?P<program>{_PROGRAM})(?=\s+[!-~]){_SPOKEN_OF}"
    rf"|{_TOLD}(?P<word>{_ALSO_A_WORD})(?=\s+[!-~]){_SPOKEN_OF}"
    rf"|(?<![\w.\-/])(?P<sql>{_SQL})(?=\s*[!-~])",
    re.A | re.M,
)


class Place(NamedTuple):
    """Characters [start, end) of a text."""

    start: int
    end: int


def bare_commands(text: str, begins: re.Pattern[str] = _BEGINS) -> Iterator[Place]:
    """Yield where commands stand outside code marks, in reading order; marks are not looked at.

    `begins`: what they begin with (`phrases`), if not with a program.

    >>> text = "重启后执行 kubectl delete pod api-0，再看一次"
    >>> [text[place.start : place.end] for place in bare_commands(text)]
    ['kubectl delete pod api-0']
    """
    at = 0
    while found := begins.search(text, at):
        start = found.start(found.lastgroup or 0)
        body = _BODY.match(text, start)
        end = start + len(_closed(body[0])) if body else found.end()
        yield Place(start, end)
        at = max(end, found.end())


def phrases(patterns: Iterable[str], any_word: str) -> re.Pattern[str] | None:
    """Make what finds patterns of two and more words anywhere; `any_word` stands for one.

    None where there is no such pattern: one word alone is often a word of the text.
    """
    words = [pattern.split() for pattern in patterns]
    told = (
        r"\s+".join(r"\S+" if word == any_word else re.escape(word) for word in pattern)
        for pattern in words
        if len(pattern) > 1
    )
    joined = "|".join(sorted(told, key=lambda one: (-len(one), one)))
    return re.compile(rf"(?<![\w\-/])(?:{joined})(?![\w\-])", re.A | re.I) if joined else None


def _closed(body: str) -> str:
    """Leave out spaces and a bracket behind a command that the text opened before it."""
    body = body.rstrip()
    return body[:-1].rstrip() if body.endswith(")") and "(" not in body else body
