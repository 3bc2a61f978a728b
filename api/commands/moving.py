"""`etiograph export` and `rebuild`: moving house."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from api.chores import examination
from api.commands.terminal import say, say_json, warn
from api.moving.export import Progress
from api.moving.house import Rebuilt, rebuild_house
from api.moving.manifest import Manifest
from api.settings import Settings
from graph.model.moving import RecordKind

# Besides the first of a kind, so many records are told of at a time.
_STEP: Final = 50_000
_PATIENCE_S: Final = 2.0


def export(settings: Settings, folder: Path, *, as_json: bool) -> int:
    """Write the store to a folder, over HTTP while a server holds it."""
    with examination(settings) as desk:
        manifest = desk.export(folder, _progress("export"))
    if as_json:
        say_json(manifest.model_dump(mode="json", by_alias=True))
        return 0
    english = settings.lang == "en"
    for line in _told(manifest, english=english):
        say(line)
    say(
        f"exported to {folder}: {manifest.count} records, digest {manifest.digest}"
        if english
        else f"已导出到 {folder}：{manifest.count} 条记录，摘要 {manifest.digest}"
    )
    return 0


def rebuild(settings: Settings, path: Path, *, as_json: bool) -> int:
    """Make the empty store of this folder equal to an export, and begin its epoch."""
    told = (_progress("check", patience_s=_PATIENCE_S), _progress("rebuild"))
    done = rebuild_house(settings, path, told=told)
    if as_json:
        say_json(
            {
                "export": done.manifest.digest,
                "epoch": done.epoch,
                "records": done.manifest.count,
                "written": done.written,
                "source_sealed": done.sealed,
                "guarded": {name: [*roles] for name, roles in done.guarded.items()},
                "kinds": {tally.kind.value: tally.count for tally in done.manifest.kinds},
            }
        )
        return 0
    for line in _outcome(done, _place_of(settings), english=settings.lang == "en"):
        say(line)
    return 0


def _told(manifest: Manifest, *, english: bool) -> list[str]:
    return [
        f"  {tally.kind:<16}{tally.count:>9}  {tally.sha256[:16]}"
        for tally in manifest.kinds
        if tally.count
    ] or [("the store is empty" if english else "存储是空的")]


def _place_of(settings: Settings) -> str:
    """Name where the store stands: its folder, or its database on a server."""
    if settings.store == "embedded":
        return str(settings.home)
    return f"neo4j {settings.neo4j_uri} ({settings.neo4j_database})"


def _outcome(done: Rebuilt, place: str, *, english: bool) -> list[str]:
    manifest = done.manifest
    lines = _told(manifest, english=english)
    if english:
        first = f"rebuilt in {place}: {manifest.count} records, equal to export {manifest.digest}"
        lines += [first if done.written else f"{first} (it was done before)"]
        lines += [f"epoch {done.epoch}: open requests, approvals, sessions and tokens are void"]
        lines += ["accounts have no password yet: .venv/bin/etiograph user reset NAME"]
        if done.guarded:
            lines += [f"these approve or administer; look whether they ought to: {_people(done)}"]
        old = f"the old store in {_printable(_old_place(manifest))}"
        unsealed = f"{old} was not found and is not sealed: never serve it again"
        lines += [f"{old} is sealed" if done.sealed else unsealed]
        return lines
    first = f"已在 {place} 重建：{manifest.count} 条记录，与导出 {manifest.digest} 一致"
    lines += [first if done.written else f"{first}（此前已完成）"]
    lines += [f"纪元 {done.epoch}：未完成的申请、审批、会话和令牌全部作废"]
    lines += ["账号还没有密码，请执行 .venv/bin/etiograph user reset NAME"]
    if done.guarded:
        lines += [f"以下账号可审批或管理，请核对是否应当如此：{_people(done)}"]
    old = f"旧存储 {_printable(_old_place(manifest))}"
    lines += [f"{old} 已封存" if done.sealed else f"没有找到{old}，未能封存；请不要再启动它"]
    return lines


def _old_place(manifest: Manifest) -> str:
    """Name where the exported store stands; of one on a server also whose data folder it is."""
    origin = manifest.origin
    return origin.home if origin.store == "embedded" else f"{origin.store} ({origin.home})"


def _people(done: Rebuilt) -> str:
    return ", ".join(f"{name} ({', '.join(roles)})" for name, roles in done.guarded.items())


def _printable(text: str) -> str:
    """Write what an export says without what would steer a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _progress(deed: str, *, patience_s: float = 0.0) -> Progress:
    """Tell on stderr of each kind as it begins, and of every so many records.

    Nothing is told within the first `patience_s` seconds: what is checked fast needs no words, and
    a fault then stands alone.
    """
    begun = time.monotonic()
    told: dict[RecordKind, int] = {}

    def tell(kind: RecordKind, count: int) -> None:
        fresh = kind not in told or count - told[kind] >= _STEP
        if fresh and time.monotonic() - begun >= patience_s:
            told[kind] = count
            warn(f"{deed}: {kind} {count} …")

    return tell
