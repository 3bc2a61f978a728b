"""`python -m api.cdn_control --home HOME [--port N]`: serve on loopback until a signal.

`--fd N` serves on a listener that the parent took, and ends when stdin does: when the parent ends.
`--behave HOW` tells a service that runs how to answer switch-overs from now on.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from api.cdn_control.child import FOLDER, ask_to_behave, enrol, enrolled
from api.cdn_control.register import Behaviour, Register
from api.cdn_control.service import Service
from api.owner import FolderOwner
from api.serving import bind
from graph.errors import EtiographError, StoreError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    try:
        if chosen.behave is not None:
            ask_to_behave(chosen.home, Behaviour(chosen.behave))
        else:
            _serve(chosen.home, _listener(chosen))
    except EtiographError as error:
        sys.stderr.write(f"cdn-control: {error}\n")
        return 1
    return 0


def _listener(chosen: argparse.Namespace) -> socket.socket:
    if chosen.fd is not None:
        threading.Thread(target=_end_with_parent, daemon=True).start()
        return socket.socket(fileno=chosen.fd)
    chosen.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    listener = bind("127.0.0.1", chosen.port)
    url = enrol(chosen.home, listener).profile.url
    sys.stdout.write(f"ready {url.removesuffix('/operations')}\n")
    sys.stdout.flush()
    return listener


def _serve(home: Path, listener: socket.socket) -> None:
    executor = enrolled(home)
    if executor is None:
        raise StoreError(f"{home}: names no profile for this service; start it with --port")
    folder = home / FOLDER
    with FolderOwner(folder).hold(), Service(listener, Register(folder), executor.secret) as server:
        server.serve_forever()


def _end_with_parent() -> None:
    """Wait for the end of stdin, which no death of the parent can prevent."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api.cdn_control", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the data folder")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--port", type=int, default=0, help="the port to serve on (0: any)")
    way.add_argument("--fd", type=int, help="a listener of the parent")
    way.add_argument("--behave", choices=[str(each) for each in Behaviour], metavar="HOW")
    return parser


if __name__ == "__main__":
    sys.exit(main())
