"""`etiograph load`, `user`, `token`, `doctor` and `audit`: what is done to a data folder."""

from __future__ import annotations

from collections.abc import Sequence

from api.chores import chores, examination
from api.commands.terminal import checked, say, say_json
from api.packs.loading import pack_folder, read_pack
from api.schemas.admin import AccountName, IssuedPassword, NewToken, NewUser
from api.settings import Settings
from graph.model.access import Scope


def load(settings: Settings, names: Sequence[str]) -> int:
    """Load packs into the store and print what changed."""
    folders = [pack_folder(name) for name in names]
    with chores(settings) as desk:
        loaded = desk.load(folders)
    for pack in loaded.packs:
        say(
            f"{pack.pack_id}: {pack.added} added, {pack.changed} changed, {pack.removed} removed, "
            f"{pack.unchanged} unchanged"
            if settings.lang == "en"
            else f"{pack.pack_id}：新增 {pack.added}，修改 {pack.changed}，删除 {pack.removed}，"
            f"不变 {pack.unchanged}"
        )
    return 0


def check(names: Sequence[str]) -> int:
    """Check packs without a store."""
    packs = [read_pack(pack_folder(name)) for name in names]  # all, before the first is told
    for pack in packs:
        parts = (
            (len(pack.components), "component"),
            (len(pack.relations), "relation"),
            (len(pack.flows), "flow"),
            (len(pack.sops), "SOP"),
            (len(pack.cases), "case"),
        )
        told = ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in parts)
        say(f"{pack.id}: {told}: all well")
    return 0


def expand(names: Sequence[str]) -> int:
    """Print each pack's whole graph as one line of JSON."""
    from ingest.packs import expand_to_json

    packs = [read_pack(pack_folder(name)) for name in names]
    for pack in packs:
        say_json(expand_to_json(pack))
    return 0


def add_user(
    settings: Settings, name: str, roles: Sequence[str], *, sites: Sequence[str], as_json: bool
) -> int:
    """Make an account that sees these sites (none named: all), and print its password, once."""
    wanted = checked(NewUser, {"name": name, "roles": roles, "sites": sites or None})
    with chores(settings) as desk:
        issued = desk.add_user(wanted.name, wanted.roles, sites=wanted.sites)
    return _print_password(issued, as_json=as_json)


def give_roles(settings: Settings, name: str, roles: Sequence[str], *, as_json: bool) -> int:
    """Add roles to an account and print those it holds."""
    wanted = checked(NewUser, {"name": name, "roles": roles})
    with chores(settings) as desk:
        held = desk.give_roles(wanted.name, wanted.roles)
    if as_json:
        say_json({"name": name, "roles": list(held)})
    else:
        say(f"{name} ({', '.join(held)})")
    return 0


def reset_user(settings: Settings, name: str, *, as_json: bool) -> int:
    """Renew a password and print it, once."""
    wanted = checked(AccountName, {"name": name})
    with chores(settings) as desk:
        issued = desk.reset_user(wanted.name)
    return _print_password(issued, as_json=as_json)


def _print_password(issued: IssuedPassword, *, as_json: bool) -> int:
    if as_json:
        say_json(issued.model_dump(mode="json"))
    else:
        say(f"{issued.name} ({', '.join(issued.roles)}): password {issued.password}")
    return 0


def create_token(
    settings: Settings,
    name: str,
    *,
    user: str | None,
    source: str | None,
    replay: bool,
    scopes: Sequence[str],
    as_json: bool,
) -> int:
    """Make a token and print it, once."""
    fields = {"name": name, "user": user, "source": source, "replay": replay}
    wanted = checked(NewToken, fields | {"scopes": [Scope(scope) for scope in scopes]})
    with chores(settings) as desk:
        issued = desk.create_token(wanted)
    if as_json:
        say_json(issued.model_dump(mode="json"))
        return 0
    say(f"token {issued.token}")
    if issued.signing_secret:
        say(f"signing secret {issued.signing_secret}")
    return 0


def doctor(settings: Settings, *, as_json: bool) -> int:
    """Print the report; 1 when something is not well."""
    with examination(settings) as desk:
        report = desk.doctor()
    if as_json:
        say_json(report.model_dump(mode="json"))
    else:
        for result in report.checks:
            text = result.text.en if settings.lang == "en" else result.text.zh
            say(f"{'ok ' if result.ok else '!! '} {result.name:<9} {text}")
    return 0 if report.ok else 1


def verify_audit(settings: Settings, *, as_json: bool) -> int:
    """Print whether the audit chain holds; 1 where it is broken."""
    with examination(settings) as desk:
        found = desk.verify_audit()
    if as_json:
        say_json(found.model_dump(mode="json"))
    elif found.holds:
        say(
            f"audit chain whole: {found.lines} lines, head {found.head}"
            if settings.lang == "en"
            else f"审计链完整：{found.lines} 条，末条 {found.head}"
        )
    else:
        say(
            f"audit chain broken at line {found.broken_at}: {found.why}"
            if settings.lang == "en"
            else f"审计链在第 {found.broken_at} 条断开：{found.why}"
        )
    return 0 if found.holds else 1
