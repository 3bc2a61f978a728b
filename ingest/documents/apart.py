"""Reading a document apart: in a process of its own that is killed when it wants too much."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import IO, Final

from ingest.documents.blocks import Note, Reading, from_json
from ingest.documents.child import OUT_OF_MEMORY

BYTES_AT_MOST: Final = 20 * 1024 * 1024
_MAGIC: Final = ((b"%PDF-", "pdf"), (b"PK\x03\x04", "docx"))
_MEMORY_EXITS: Final = {OUT_OF_MEMORY, 120}  # 120: Python could not even flush
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENDINGS: Final = {
    ".md": "md", ".markdown": "md", ".txt": "md", ".html": "html", ".htm": "html",
    ".docx": "docx", ".pdf": "pdf",
}  # fmt: skip
# However many people send documents, no more of them are read at once.
_TURNS: Final = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Limits:
    """What one document may cost: memory, processor and wall time, bytes of what is read."""

    memory_mib: int = 1024
    cpu_s: int = 30
    wall_s: float = 60.0
    output_bytes: int = 16 * 1024 * 1024


def read_apart(name: str, raw: bytes, limits: Limits | None = None) -> Reading:
    """Read a document by the ending of its name; whatever goes wrong is a refusal with a code."""
    if not raw.strip(b"\x00\t\n\r "):
        return _refused("empty")
    if len(raw) > BYTES_AT_MOST:
        return _refused("too_large", f"{len(raw)} > {BYTES_AT_MOST}")
    form = _ENDINGS.get(_ending(name))
    if form is None:
        return _refused("unknown_format", _ending(name) or name)
    mark = next((kind for magic, kind in _MAGIC if raw.startswith(magic)), None)
    if raw.startswith(_OLE):
        return _refused("password_office")
    if (mark or form) != form or (mark is None and form in {"pdf", "docx"}):
        return _refused("other_format", mark or "?")
    with _TURNS:
        return _run(form, raw, limits or Limits())


def _ending(name: str) -> str:
    return f".{name.rsplit('.', 1)[-1].lower()}" if "." in name else ""


def _refused(code: str, seen: str = "") -> Reading:
    return Reading("file", refused=Note(code, 0, seen))


def _run(form: str, raw: bytes, limits: Limits) -> Reading:
    command = [sys.executable, "-I", "-m", "ingest.documents.child", form]
    command += [str(limits.memory_mib), str(limits.cpu_s)]
    # Isolated, and with an empty environment: no secret of ours is in the reach of a parser.
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        alarm = threading.Timer(limits.wall_s, child.kill)
        feeder = threading.Thread(target=_feed, args=(child.stdin, raw), daemon=True)
        alarm.start()
        feeder.start()
        told = child.stdout.read(limits.output_bytes + 1)
        if len(told) > limits.output_bytes:
            child.kill()
        code = child.wait()
        late = not alarm.is_alive()
        alarm.cancel()
        alarm.join()
        feeder.join()
    if len(told) > limits.output_bytes:
        return _refused("too_much", f"{limits.output_bytes}")
    return _outcome(told, code, late=late, limits=limits)


def _feed(pipe: IO[bytes], raw: bytes) -> None:
    try:
        pipe.write(raw)
        pipe.close()
    except BrokenPipeError:
        pass  # it has died; its exit code says of what


def _outcome(told: bytes, code: int, *, late: bool, limits: Limits) -> Reading:
    if code == -signal.SIGXCPU or (late and code != 0):
        return _refused("too_slow", f"{limits.cpu_s} s")
    if code in _MEMORY_EXITS:
        return _refused("too_big_inside", f"{limits.memory_mib} MiB")
    if code != 0:
        return _refused("died", f"exit {code}")
    try:
        return from_json(told.decode("ascii"))
    except (ValueError, KeyError, TypeError) as error:
        return _refused("died", type(error).__name__)
