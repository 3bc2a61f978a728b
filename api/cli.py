"""The command line: `etiograph COMMAND`; exit codes 0 done, 1 no or failed, 2 bad input.

Every command imports what it needs when it runs, so that `--help` and `infer` start fast.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from api.commands import importing, looking_back, searching, why
from graph.errors import EtiographError

if TYPE_CHECKING:
    from api.settings import Settings

_ROLES = ("viewer", "operator", "ops_lead", "academic_lead", "platform_owner", "admin")
# Where an export goes, and a rebuild looks, unless a folder is named.
_EXPORT = "etiograph-export"
_SCOPES = ("read", "operate", "execute", "admin")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2."""
        sys.stderr.write(f"{self.prog}: {message}; see {self.prog} --help\n")
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    _speak_anywhere()
    chosen = _parser().parse_args(arguments)
    try:
        return _run(chosen)
    except EtiographError as error:
        from api.errors import kind_of, shortened

        sys.stderr.write(shortened(" ".join(str(error).splitlines())) + "\n")
        return kind_of(error).exit_code
    except BrokenPipeError:  # the reader of our output has gone, `| head` for example
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:  # the edge of the process: a full disk, for example
        sys.stderr.write(f"the work failed: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 1


def _speak_anywhere() -> None:
    """Escape what the terminal's encoding lacks, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command == "infer":
        from api.commands import engine

        return engine.infer(chosen.problem, chosen.observations, top=_top(chosen))
    if chosen.command == "load" and chosen.check:
        from api.commands import folder

        return folder.check(chosen.packs)
    if chosen.command == "load" and chosen.expand:
        from api.commands import folder

        return folder.expand(chosen.packs)
    return _run_with_settings(chosen)


def _top(chosen: argparse.Namespace) -> int | None:
    return None if chosen.all else int(chosen.top)


def _run_with_settings(chosen: argparse.Namespace) -> int:
    from api.settings import read_settings

    settings = read_settings()
    if chosen.command in ("serve", "demo"):
        from api.commands import serve

        if chosen.command == "demo":
            return serve.demo(settings)
        return serve.serve(settings, demo=chosen.demo)
    if chosen.command == "import":
        return importing.run(settings, chosen)
    if chosen.command == "search":
        return searching.run(settings, chosen)
    if chosen.command in looking_back.COMMANDS:
        return looking_back.run(settings, chosen)
    if chosen.command in ("diagnose", "ask"):
        from api.commands import engine

        if chosen.command == "ask":
            return engine.ask(
                settings, chosen.question, incident_id=chosen.incident, as_json=chosen.json
            )
        return engine.diagnose(
            settings,
            chosen.alerts,
            change_file=chosen.changes,
            packs=chosen.pack,
            source=chosen.source,
            at=chosen.at,
            as_json=chosen.json,
        )
    return _run_on_folder(chosen)


def _run_on_folder(chosen: argparse.Namespace) -> int:
    from api.commands import folder
    from api.settings import read_settings

    settings = read_settings()
    if chosen.command in ("export", "rebuild"):
        from api.commands import moving

        run = moving.export if chosen.command == "export" else moving.rebuild
        return run(settings, chosen.place, as_json=chosen.json)
    if chosen.command == "load":
        return folder.load(settings, chosen.packs)
    if chosen.command == "doctor":
        return folder.doctor(settings, as_json=chosen.json)
    if chosen.command == "audit":
        return folder.verify_audit(settings, as_json=chosen.json)
    if chosen.command == "audit-inference":
        return _audit_inference(settings, chosen)
    if chosen.command == "why-not":
        return why.why_not(settings, chosen.incident, chosen.component, as_json=chosen.json)
    if chosen.command == "token":
        return folder.create_token(
            settings,
            chosen.name,
            user=chosen.user,
            source=chosen.source,
            replay=chosen.replay,
            scopes=chosen.scope,
            as_json=chosen.json,
        )
    if chosen.deed == "reset":
        return folder.reset_user(settings, chosen.name, as_json=chosen.json)
    if chosen.deed == "grant":
        return folder.give_roles(settings, chosen.name, chosen.role, as_json=chosen.json)
    return folder.add_user(
        settings, chosen.name, chosen.role, sites=chosen.site, as_json=chosen.json
    )


def _audit_inference(settings: Settings, chosen: argparse.Namespace) -> int:
    from api.commands import audit

    return audit.audit_inference(
        settings,
        chosen.incident,
        bif=chosen.bif,
        xmlbif=chosen.xmlbif,
        seconds=chosen.seconds,
        everything=chosen.all,
        as_json=chosen.json,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="etiograph", description="Finds the root cause of an alert storm, and says why."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve screens and API on one port")
    serve.add_argument("--demo", action="store_true", help="post the demo storm and print it")
    commands.add_parser("demo", help="the demo storm in a throw-away store, printed")
    _add_load(commands)
    importing.describe(commands)
    searching.describe(commands)
    _add_diagnose(commands)
    _add_infer(commands)
    ask = commands.add_parser("ask", help="ask for SOP steps, in Chinese or English")
    ask.add_argument("question")
    ask.add_argument("--incident", metavar="ID", help="the incident that the question is about")
    ask.add_argument("--json", action="store_true", help="answer/v1")
    why.describe(commands)
    looking_back.describe(commands)
    _add_moving(commands)
    _add_user(commands)
    _add_token(commands)
    doctor = commands.add_parser("doctor", help="examine the data folder")
    doctor.add_argument("--json", action="store_true")
    audit = commands.add_parser("audit", help="verify the audit chain")
    deeds = audit.add_subparsers(dest="deed", required=True, metavar="verify")
    verify = deeds.add_parser("verify", help="1 where a line is missing or not as it was written")
    verify.add_argument("--json", action="store_true")
    _add_audit_inference(commands)
    return parser


_Commands = argparse._SubParsersAction  # its class has no public name


def _add_load(commands: _Commands[_Parser]) -> None:
    load = commands.add_parser("load", help="load packs, or check or expand them")
    load.add_argument("packs", nargs="+", metavar="PACK", help="a folder, or a seed pack's name")
    deed = load.add_mutually_exclusive_group()
    deed.add_argument("--check", action="store_true", help="only check; 2 names file and key")
    deed.add_argument("--expand", action="store_true", help="only print the whole graph")
    load.add_argument(
        "--json", action="store_true", help="no effect: --expand is always JSON, the rest text"
    )


def _add_diagnose(commands: _Commands[_Parser]) -> None:
    diagnose = commands.add_parser("diagnose", help="diagnose alerts from files, store nothing")
    diagnose.add_argument("alerts", nargs="+", type=Path, metavar="ALERTS", help=".json or .jsonl")
    diagnose.add_argument("--changes", type=Path, metavar="FILE", help="change/v1 lines")
    diagnose.add_argument("--pack", action="append", default=[], metavar="NAME|DIR")
    diagnose.add_argument("--source", default="demo-alerts", metavar="S")
    diagnose.add_argument("--at", metavar="INSTANT", help="as of this instant")
    diagnose.add_argument("--json", action="store_true", help="one diag/v1 a line per incident")


def _add_infer(commands: _Commands[_Parser]) -> None:
    infer = commands.add_parser("infer", help="the bare engine: causal/v1 in, posterior/v1 out")
    infer.add_argument("problem", metavar="PROBLEM.json")
    infer.add_argument("observations", metavar="OBSERVATIONS.jsonl")
    cut = infer.add_mutually_exclusive_group()
    cut.add_argument("--top", type=_positive, default=20, metavar="K", help="keep K (default 20)")
    cut.add_argument("--all", action="store_true", help="keep all")


def _add_moving(commands: _Commands[_Parser]) -> None:
    export = commands.add_parser("export", help="write the whole store to a folder, no secrets")
    export.add_argument("place", nargs="?", type=Path, default=Path(_EXPORT), metavar="FOLDER")
    rebuild = commands.add_parser("rebuild", help="make an empty store equal to an export")
    rebuild.add_argument("place", nargs="?", type=Path, default=Path(_EXPORT), metavar="EXPORT")
    for deed in (export, rebuild):
        deed.add_argument("--json", action="store_true")


def _add_audit_inference(commands: _Commands[_Parser]) -> None:
    audit = commands.add_parser(
        "audit-inference", help="recompute a stored diagnosis with pgmpy, another engine"
    )
    audit.add_argument("incident", metavar="INCIDENT")
    audit.add_argument("--all", action="store_true", help="also what no page shows: minutes")
    audit.add_argument("--bif", type=Path, metavar="FILE", help="also write the network as BIF")
    audit.add_argument("--xmlbif", type=Path, metavar="FILE", help="and as XMLBIF")
    audit.add_argument(
        "--seconds", type=_positive, default=900, metavar="S", help="at most (default 900)"
    )
    audit.add_argument("--json", action="store_true")


def _add_user(commands: _Commands[_Parser]) -> None:
    user = commands.add_parser("user", help="make an account, add roles, or renew its password")
    deeds = user.add_subparsers(dest="deed", required=True, metavar="add|grant|reset")
    add = deeds.add_parser("add", help="make an account")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", action="append", required=True, choices=_ROLES, metavar="ROLE")
    add.add_argument(
        "--site", action="append", default=[], metavar="SITE", help="sees only this (default: all)"
    )
    grant = deeds.add_parser("grant", help="add roles to an account")
    grant.add_argument("name", metavar="NAME")
    grant.add_argument("--role", action="append", required=True, choices=_ROLES, metavar="ROLE")
    reset = deeds.add_parser("reset", help="renew a password and end the sessions")
    reset.add_argument("name", metavar="NAME")
    for deed in (add, grant, reset):
        deed.add_argument("--json", action="store_true")


def _add_token(commands: _Commands[_Parser]) -> None:
    token = commands.add_parser("token", help="make a token")
    deeds = token.add_subparsers(dest="deed", required=True, metavar="create")
    create = deeds.add_parser("create", help="make a token; it is shown once")
    create.add_argument("name", metavar="NAME")
    bearer = create.add_mutually_exclusive_group(required=True)
    bearer.add_argument("--user", metavar="U")
    bearer.add_argument("--source", metavar="S", help="an alert source, made when it is new")
    create.add_argument("--replay", action="store_true", help="its payloads say when they came")
    create.add_argument("--scope", action="append", default=[], choices=_SCOPES, metavar="SCOPE")
    create.add_argument("--json", action="store_true")


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0):
        wanted = "must be a whole number of at least 1 and at most 18 digits"
        raise argparse.ArgumentTypeError(f"{wanted}, is {text[:40]!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
