"""The admin page as one browser tab sees it: what was read last, and a secret shown once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from api.calls.admin import Rule
from api.client import ApiClient, UnreachableError
from api.schemas.admin import DoctorReport, PacksLoaded, PackView, TokenView, UserView
from api.schemas.calibration import CalibrationView, FortnightReport
from api.schemas.grants import GrantView
from api.schemas.incidents import BoardView, QuarantinedPage
from api.schemas.own_account import OwnAccount
from graph.errors import EtiographError, ForbiddenError, InputError, NotFoundError
from graph.model.base import Text
from graph.model.grant import OPEN_GRANTS

T = TypeVar("T")
_LOWERS: Final = "lowers_demands"
_PACKS: Final = "/packs/"


@dataclass(frozen=True, slots=True)
class Secret:
    """What is shown this once: `label` and `name` say what it is."""

    label: str
    name: str
    text: str
    signing: str | None = None


@dataclass(frozen=True, slots=True)
class Loading:
    """What an upload led to: counts per pack, or the faults in the words of the check.

    `lowering`: the pack's id and content, where it demands less and two people must agree.
    """

    packs: PacksLoaded | None = None
    faults: tuple[str, ...] = ()
    lowering: tuple[str, str] | None = None


@dataclass
class Office:
    """One tab's client and its last readings; `offline` while the server does not answer."""

    client: ApiClient
    offline: bool = False
    secret: Secret | None = None
    secret_drawn: bool = False
    loading: Loading | None = None
    failed: dict[str, str | Text] = field(default_factory=dict)
    _seen: dict[str, Any] = field(default_factory=dict)

    def show_once(self, secret: Secret | None) -> None:
        """Hold a secret until it was seen and left; None forgets the last one at once."""
        self.secret, self.secret_drawn = secret, False

    def users(self) -> tuple[UserView, ...] | None:
        """List accounts, or None while they cannot be had."""
        return self._read("users", self.client.users)

    def tokens(self) -> tuple[TokenView, ...] | None:
        """List tokens, or None while they cannot be had."""
        return self._read("tokens", self.client.tokens)

    def account(self) -> OwnAccount | None:
        """Give the account of who is signed in, or None while it cannot be had."""
        return self._read("account", self.client.own_account)

    def grants(self) -> tuple[GrantView, ...] | None:
        """List every open grant by two people, then the newest that ended; None as for users."""
        return self._read("grants", self._grants)

    def packs(self) -> tuple[PackView, ...] | None:
        """List packs, or None while they cannot be had."""
        return self._read("packs", self.client.packs)

    def policies(self) -> tuple[Rule, ...] | None:
        """List the rules, or None where there are none to be had."""
        return self._read("policies", self.client.policies)

    def actions(self) -> tuple[Rule, ...] | None:
        """List the actions, or None where there are none to be had."""
        return self._read("actions", self.client.actions)

    def board(self) -> BoardView | None:
        """Give engine, monitoring and lanes, or None where the role may not see incidents."""
        return self._read("board", self.client.board)

    def quarantined(self) -> QuarantinedPage | None:
        """Give the newest alerts that were not understood, or None where they cannot be had."""
        return self._read("quarantine", self.client.quarantined)

    def calibration(self) -> CalibrationView | None:
        """Give how well answers held, or None while it cannot be had."""
        return self._read("calibration", self.client.calibration)

    def fortnight(self, lang: str) -> FortnightReport | None:
        """Give the report on the fortnight up to today, or None while it cannot be had."""
        return self._read(f"fortnight-{lang}", lambda: self.client.fortnight(lang, None))

    def doctor(self) -> DoctorReport | None:
        """Give the report of the last examination; it reads the whole store, so once a visit."""
        held = self._seen.get("doctor")
        if isinstance(held, DoctorReport):
            return held
        return self._read("doctor", self.client.doctor)

    def examine_again(self) -> None:
        """Let the next look at the report be a new examination."""
        self._seen.pop("doctor", None)

    def load(self, archive: bytes) -> None:
        """Load the packs of an archive and keep what came of it."""
        self.loading = None
        try:
            self.loading = Loading(self.client.load_packs(archive))
        except InputError as error:
            told = tuple(f"{fault.pointer}: {fault.detail}" for fault in error.errors)
            if error.code == _LOWERS and error.zh is not None:
                self.failed["load"] = Text(zh=error.zh, en=str(error))
                self.loading = Loading(lowering=_lowering(error))
            else:
                self.loading = Loading(faults=told or (str(error),))

    def _grants(self) -> tuple[GrantView, ...]:
        waiting = self.client.grants(statuses=sorted(OPEN_GRANTS)).items
        newest = self.client.grants().items
        return (*waiting, *(grant for grant in newest if grant.status not in OPEN_GRANTS))

    def _read(self, name: str, call: Callable[[], T]) -> T | None:
        """Read one part; while the server is silent, what was read last."""
        try:
            value = call()
        except UnreachableError:
            self.offline = True
            held: T | None = self._seen.get(name)
            return held
        except (ForbiddenError, NotFoundError):
            return None
        except EtiographError:
            self.failed[name] = "error.other"
            return None
        self._seen[name] = value
        return value


def _lowering(error: InputError) -> tuple[str, str]:
    """Read pack and content of a refused load, which a wish to load it names."""
    places = {fault.pointer: fault.detail for fault in error.errors}
    ids = [pointer.removeprefix(_PACKS) for pointer in places if pointer.startswith(_PACKS)]
    return next(iter(ids), ""), places.get("/content", "")
