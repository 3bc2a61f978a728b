"""What stands beside every figure: the machine, the versions, the commit."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path


def describe_machine() -> str:
    """Name the machine in words: processor, cores, memory, system.

    >>> describe_machine().count(", ") >= 2
    True
    """
    cores = len(os.sched_getaffinity(0))
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return f"{_processor()}, {cores} cores, {memory_gb:.0f} GB, {system}"


def versions() -> dict[str, str]:
    """Name the versions that a figure depends on."""
    return {"python": platform.python_version()} | {
        name: version(name) for name in ("etiograph", "numpy", "fastapi", "streamlit")
    }


def commit(root: Path) -> str | None:
    """Name the commit of a checkout; `+` at its end says that files differ from it."""
    head = _git(root, "rev-parse", "HEAD")
    if head is None:
        return None
    return head + ("+" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")


def provenance(root: Path, seed: object) -> dict[str, object]:
    """Name seed, commit, versions and machine, as every result file does."""
    return {
        "seed": seed,
        "commit": commit(root),
        "versions": versions(),
        "machine": describe_machine(),
    }


def _git(root: Path, *arguments: str) -> str | None:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _processor() -> str:
    try:
        rows = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        rows = []
    names = [row.partition(":")[2].strip() for row in rows if row.startswith("model name")]
    return names[0] if names else platform.machine()
