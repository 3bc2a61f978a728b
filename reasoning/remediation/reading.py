"""Whether a command plainly reads: what is in doubt changes something.

Each part between `;`, `|`, `&`, brackets and lines must ask for `--status`, or have one of its
first two words after the program and its options in `READING`. A word that changes things, wherever
it stands, and output that goes into a file undo that: `rm -rf logs` reads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

READING: Final = frozenset(
    {"describe", "diff", "export", "get", "history", "list", "logs", "show", "status", "top"}
)
# Names of things may be words of `READING`; what is done to them stands before.
_CHANGES: Final = re.compile(
    r"abort|alter|apply|bash|cancel|chmod|chown|clear|commit|cordon|cp|create|dd|deactivate"
    r"|del|delete|deploy|destroy|detach|disable|drain|drop|edit|enable|eval|evict|exec|expire"
    r"|failover|fdisk|flush|flushall|flushdb|grant|halt|init|insert|install|invalidate|kill"
    r"|killall|merge|mkfs|move|mv|patch|pause|perl|poweroff|promote|prune|purge|push|put|python"
    r"|python3|reboot|rebuild|reload|remove|rename|replace|reset|resize|restart|restore|resume"
    r"|revert|revoke|rm|rmdir|rollback|rotate|ruby|run|scale|sed|set|sh|shred|shutdown|start"
    r"|stop|swap|switch|tee|terminate|touch|truncate|undo|uninstall|unlink|unlock|unset|update"
    r"|upgrade|wipe|write|zsh"
)
# One word alone is a name, such as an alert's; these do all their work alone.
ALONE: Final = frozenset(
    {"reboot", "shutdown", "halt", "poweroff", "flushall", "flushdb", "failover"}
)
_BETWEEN: Final = re.compile(r"[\s;|&()]+")
_PARTS: Final = re.compile(r"[;|&()\n]+")
_TAKES_VALUE: Final = re.compile(r"-[a-z]")
_INTO_FILE: Final = re.compile(r"(?<!-)>(?!\s*(?:/dev/null\b|&))")
_QUOTES: Final = "\"'`{}[],:"


@lru_cache(maxsize=4096)  # every command is held against the patterns of the whole catalogue
def words_of(text: str) -> tuple[str, ...]:
    """Give the words of a command, in lower case.

    >>> words_of("sudo KUBECTL get pods; date")
    ('sudo', 'kubectl', 'get', 'pods', 'date')
    """
    return tuple(word for word in _BETWEEN.split(text.casefold()) if word)


def only_reads(command: str) -> bool:
    """Tell whether every part of a command plainly reads.

    >>> [only_reads(c) for c in ("kubectl get pods", "drop table history", "date")]
    [True, False, False]
    """
    if _INTO_FILE.search(command):
        return False
    parts = [words for words in map(words_of, _PARTS.split(command)) if words]
    return all(_says_reading(words) and not _says_changing(words) for words in parts)


def _says_reading(words: Sequence[str]) -> bool:
    said = [
        word
        for before, word in pairwise(words)
        if not word.startswith("-") and not _TAKES_VALUE.fullmatch(before)
    ]
    return "--status" in words or bool(READING & set(said[:2]))


def _says_changing(words: Sequence[str]) -> bool:
    return any(_CHANGES.fullmatch(word.strip(_QUOTES)) for word in words)
