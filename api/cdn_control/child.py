"""The service as a child of the server: its port and profile are there before it runs."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2

from api.accounts.signing import write_private
from api.cdn_control.nodes import NodeSpec
from api.cdn_control.register import NODE_SPECS, NODES_FILE, Behaviour
from api.cdn_control.signature import signature_of
from api.executors import EXECUTORS_FILE, Executor, put_executor, read_executors
from api.serving import PortTakenError, bind
from graph.errors import StoreError
from graph.model.pack import DomainPack
from graph.model.topology import RelationType
from reasoning.remediation.profile import WebhookProfile

PROFILE: Final = "cdn-control"
FOLDER: Final = "cdn-control"
_HOST: Final = "127.0.0.1"
_KIND: Final = "cdn_node"
# Nobody measured the demo's traffic: what hangs on a node stands for it, 1.0 of strength as this.
_MBIT_PER_STRENGTH: Final = 100
_SECRET_BYTES: Final = 32
_CONNECT_S: Final = 1.0
# A state is written durably before it is told; far longer than that takes on a busy machine.
_ANSWER_S: Final = 5.0
_STOP_S: Final = 2.0
# The child of a killed server needs a moment to let its port go.
_TRIES: Final = 10
_TRY_AGAIN_S: Final = 0.05


class CdnControl:
    """The running child; it ends with this process, however that ends."""

    def __init__(self, home: Path) -> None:
        """Enrol the service in HOME/executors.json and start it; callers queue until it serves.

        Raises: StoreError.
        """
        with listen_again(home) as listener:
            enrol(home, listener)
            descriptor = listener.fileno()
            self._process: Final = subprocess.Popen(
                [sys.executable, "-m", "api.cdn_control", f"--home={home}", f"--fd={descriptor}"],
                stdin=subprocess.PIPE,  # never written to: it ends when this process does
                stdout=subprocess.DEVNULL,
                pass_fds=(descriptor,),
                start_new_session=True,  # Ctrl-C is for the server, which then stops its child
            )

    @property
    def pid(self) -> int:
        """The process that serves."""
        return self._process.pid

    def stop(self) -> None:
        """End the child, and wait until it has."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def listen_again(home: Path) -> socket.socket:
    """Take the port of the last run, so that a restart voids no approval; else any free one.

    Raises: StoreError.
    """
    known = enrolled(home)
    port = urlsplit(known.profile.url).port if known else None
    for _ in range(_TRIES if port else 0):
        try:
            return bind(_HOST, port or 0)
        except PortTakenError:
            threading.Event().wait(_TRY_AGAIN_S)
    return bind(_HOST, 0)


def enrol(home: Path, listener: socket.socket) -> Executor:
    """Write the profile of the service that will serve `listener`; its secret is kept or made.

    Raises: StoreError.
    """
    url = f"http://{_HOST}:{listener.getsockname()[1]}"
    known = enrolled(home)
    profile = WebhookProfile(
        profile=PROFILE,
        url=f"{url}/operations",
        state_url=f"{url}/nodes/{{target}}",
        allow=(url,),
        connect_s=_CONNECT_S,
        answer_s=_ANSWER_S,
        can_roll_back=True,
        honours_idempotency_key=True,
    )
    secret = known.secret if known else secrets.token_bytes(_SECRET_BYTES)
    executor = Executor(profile, secret)
    put_executor(home / EXECUTORS_FILE, executor)
    return executor


def enrolled(home: Path) -> Executor | None:
    """Find the service's profile and secret; None where it was never enrolled.

    Raises: StoreError.
    """
    found = read_executors(home / EXECUTORS_FILE)
    return next((each for each in found if each.profile.profile == PROFILE), None)


def nodes_of(pack: DomainPack) -> tuple[NodeSpec, ...]:
    """Size a pack's CDN nodes by what depends on them, in id order.

    Each has room for the two busiest at once: any one load fits onto any other node, hardly two.
    """
    loads = {c.id: 0.0 for c in pack.components if c.kind == _KIND}
    for relation in pack.relations:
        if relation.target in loads and relation.type is RelationType.DEPENDS_ON:
            loads[relation.target] += relation.strength * _MBIT_PER_STRENGTH
    rounded = {key: round(load) for key, load in sorted(loads.items())}
    room = max(1, sum(sorted(rounded.values())[-2:]))
    return tuple(NodeSpec(id=key, load=load, capacity=room) for key, load in rounded.items())


def offer_nodes(home: Path, specs: Sequence[NodeSpec]) -> None:
    """Tell the service which nodes there are; those that it knows keep their state.

    Raises: StoreError.
    """
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / NODES_FILE, NODE_SPECS.dump_json(tuple(specs)).decode() + "\n")


def ask_to_behave(home: Path, behaviour: Behaviour) -> None:
    """Tell the running service how to answer switch-overs from now on, for tests and demos.

    Raises: StoreError where it does not run or refuses.
    """
    executor = enrolled(home)
    if executor is None:
        raise StoreError(f"{home}: names no CDN control; start the demo first")
    body = json.dumps({"behaviour": behaviour}).encode()
    message_id, timestamp = f"behave-{secrets.token_hex(8)}", str(int(time.time()))
    signature = signature_of(executor.secret, body, message_id=message_id, timestamp=timestamp)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
    }
    url = executor.profile.allow[0] + "/behaviour"
    try:
        with httpx2.Client(trust_env=False, timeout=_ANSWER_S) as http:
            http.put(url, content=body, headers=headers).raise_for_status()
    except httpx2.HTTPError as error:
        raise StoreError(f"{url}: did not take it ({error}); is the demo running?") from error
