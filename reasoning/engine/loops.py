"""The engine's inner loops: compiled by numba where it is there, plain Python where it is not.

The loops in `kernels` are ordinary functions. Numba's twin of each is made from the same code, its
callees compiled too; machine code is kept on disk, in a folder named by the code's digest, never
beside the source. Both kinds agree to rounding.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Literal, NamedTuple

import numpy as np

from reasoning.engine.kernels import (
    arrays,
    arrays_compiled,
    assembly,
    counting,
    ordering,
    ordering_words,
    placing,
    propagation,
    scalars,
    settling,
    signed,
    stars,
    summation,
    writing,
)
from reasoning.engine.plain_sums import plain_marginals, plain_signed
from reasoning.engine.tryout import try_out

_CHAIN = (
    arrays_compiled,
    scalars,
    counting,
    propagation,
    settling,
    writing,
    assembly,
    stars,
    ordering_words,
    summation,
    placing,
    signed,
)
_OFF = "NUMBA_DISABLE_JIT"


class Loops(NamedTuple):
    """The loops of one kind; `listed` makes of a numpy array what they run on.

    `log_marginals` is for tables that doubles cannot sum.
    """

    kind: Literal["compiled", "plain"]
    listed: Callable[[Any], Any]
    wake: Callable[..., None]
    propagate: Callable[..., int]
    note: Callable[..., None]
    bethe: Callable[..., float]
    assemble: Callable[..., arrays.Tables]
    assemble_stars: Callable[..., arrays.Tables]
    min_degree: Callable[..., arrays.Order]
    marginals: Callable[..., tuple[int, float, Any]]
    signed_marginals: Callable[..., tuple[int, float, float, Any]]
    log_marginals: Callable[..., tuple[int, float, Any]]


@functools.lru_cache(maxsize=2)
def loops(*, patient: bool = False) -> Loops:
    """Return the compiled loops where they are ready, else the plain ones; one kind a process.

    Without numba, or with its switch NUMBA_DISABLE_JIT set, they are plain, and numba is not even
    imported. So they are where the cache holds no machine code yet: to make it takes half a
    minute (`warming.warm`), which only a patient caller waits for.
    """
    if os.environ.get(_OFF, "0") not in ("", "0"):  # noqa: TID251  # numba's switch, not ours
        return plain_loops()
    if not has_numba() or not (patient or ready_mark().exists()):
        return plain_loops()
    try:
        tempfile.TemporaryFile(dir=_made(ready_mark().parent)).close()
    except OSError:  # numba would put its cache beside the source instead
        return plain_loops()
    return _sound_loops(patient=patient)


def _sound_loops(*, patient: bool) -> Loops:
    """Return compiled loops that have run once, so that all their code is loaded.

    A cache that was cut off or overwritten makes numba raise whatever it likes: such a cache is
    thrown away, and made anew by whoever is patient. Where numba itself cannot be loaded, as beside
    a numpy that it does not know, there is nothing to throw away and nothing to wait for.
    """
    try:
        found = compiled_loops()
        try_out(found)
    except ImportError:
        return plain_loops()
    except Exception:  # noqa: BLE001  # see above
        shutil.rmtree(ready_mark().parent, ignore_errors=True)
        if not patient:
            return plain_loops()
        _made(ready_mark().parent)
        found = compiled_loops()
        try_out(found)
    if patient:
        ready_mark().touch()
    return found


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def has_numba() -> bool:
    """Say whether numba is installed, whole and with its version, without importing it."""
    try:
        return bool(version("numba")) and find_spec("numba") is not None
    except ModuleNotFoundError:  # a folder without its metadata, or metadata without the folder
        return False


def plain_loops() -> Loops:
    """Return the loops as they are written, on lists; sums over tables by numpy."""
    return Loops(
        "plain",
        _as_list,
        propagation.wake,
        propagation.propagate,
        settling.note,
        settling.bethe,
        assembly.assemble,
        stars.assemble_stars,
        ordering.min_degree,
        plain_marginals,
        plain_signed,
        plain_marginals,
    )


def compiled_loops() -> Loops:
    """Return the loops compiled, or read back from the cache.

    Raises: ImportError without numba.
    """
    numba: Any = importlib.import_module("numba")
    config: Any = importlib.import_module("numba.core.config")
    before, config.CACHE_DIR = config.CACHE_DIR, str(ready_mark().parent)
    try:
        made = _bound(functools.partial(_jit, numba))
    finally:
        config.CACHE_DIR = before
    return Loops(
        "compiled",
        np.ascontiguousarray,
        made[propagation.wake],
        made[propagation.propagate],
        made[settling.note],
        made[settling.bethe],
        made[assembly.assemble],
        made[stars.assemble_stars],
        made[ordering_words.min_degree],
        made[summation.marginals],
        made[signed.signed_marginals],
        plain_marginals,
    )


@functools.lru_cache(maxsize=1)
def ready_mark() -> Path:
    """Return the file that stands where all machine code of this very source is cached.

    Of these very files, that is, on this kind of processor: numba makes code anew where a file has
    moved, was written again or the processor is another, and a mark for that would be a lie.
    The folder is $NUMBA_CACHE_DIR, else $XDG_CACHE_HOME/etiograph/numba, else the same in ~/.cache;
    never in the source tree.
    """
    files = [Path(module.__file__ or "") for module in _CHAIN]
    parts = [f"{file} {file.stat().st_mtime_ns} {file.read_text('utf-8')}" for file in files]
    made_by = version("numba"), version("numpy"), str(sys.implementation.cache_tag), _processor()
    text = "\n".join((*made_by, *parts))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")  # noqa: TID251
    home = os.environ.get("NUMBA_CACHE_DIR") or str(Path(base) / "etiograph" / "numba")  # noqa: TID251
    return Path(home) / digest / "ready"


def _processor() -> str:
    """Name the kind of processor and what it can do, where the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            told = file.read(8192).partition("\n\n")[0].splitlines()
    except OSError:
        told = []
    kinds = ("model name", "flags", "Features", "CPU part")
    return " ".join((platform.machine(), *(line for line in told if line.startswith(kinds))))


def _bound(jit: Callable[[FunctionType, Mapping[str, Any]], Any]) -> Mapping[object, Any]:
    """Compile every function of the chain, in names where its callees are compiled."""
    made: dict[object, Any] = {}
    for module in _CHAIN:
        names = dict(vars(module))
        own = [f for f in names.values() if isinstance(f, FunctionType) and _is_of(f, module)]
        for name, value in names.items():
            if isinstance(value, FunctionType) and value in made:
                names[name] = made[value]
        for function in own:
            made[function] = names[function.__name__] = jit(_rebound(function, names), names)
        if module is arrays_compiled:
            made[arrays.ints] = made[arrays_compiled.ints]
            made[arrays.floats] = made[arrays_compiled.floats]
    return made


def _jit(numba: Any, function: FunctionType, names: Mapping[str, Any]) -> Any:
    """Compile one function; those that pass many arrays on are inlined, for a call counts them."""
    inline = "always" if function.__name__ in names.get("INLINED", ()) else "never"
    return numba.njit(cache=True, error_model="numpy", nogil=True, inline=inline)(function)


def _is_of(function: FunctionType, module: ModuleType) -> bool:
    return function.__module__ == module.__name__


def _rebound(function: FunctionType, names: dict[str, Any]) -> FunctionType:
    twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    twin.__qualname__ = function.__qualname__
    return twin


def _as_list(values: Sequence[Any]) -> list[Any]:
    listed: list[Any] = np.asarray(values).tolist()
    return listed
