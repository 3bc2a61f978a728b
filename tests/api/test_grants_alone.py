"""Whatever one person does, alone, with every admin power: nobody gains a say in approvals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from api.accounts.passwords import Passwords, hash_of
from api.accounts.register import Accounts
from api.accounts.signing import SigningSecrets
from api.bootstrap import build
from api.grants.desk import GrantDesk
from api.schemas.grants import NewGrant
from api.settings import Settings
from graph.audit_chain import verify_log
from graph.errors import EtiographError
from graph.model.access import Principal, Role, User
from graph.model.grant import Grant, GrantKind
from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.room import SetClock
from tests.small_pack import small_pack

ROGUE: Final = "he"
SAY: Final = frozenset({Role.OPS_LEAD, Role.ACADEMIC_LEAD, Role.PLATFORM_OWNER, Role.ADMIN})
HOUSE: Final = {
    ROGUE: (Role.ADMIN,),
    "wu": (Role.ADMIN,),
    "li": (Role.OPS_LEAD,),
    "zhou": (Role.OPERATOR,),
    "demo-owner": (Role.PLATFORM_OWNER, Role.ADMIN),
}
NAMES: Final = (*HOUSE, "xu", "yi")
_WHO: Final = st.sampled_from(NAMES)
_ROLES: Final = st.lists(st.sampled_from(list(Role)), min_size=1, max_size=2, unique=True)
MOVES: Final = st.one_of(
    st.tuples(st.sampled_from(("add", "give", "ask-account", "ask-roles")), _WHO, _ROLES),
    st.tuples(st.sampled_from(("reset", "ask-reset", "strip")), _WHO, st.just([Role.VIEWER])),
    st.tuples(st.sampled_from(("confirm", "object", "withdraw")), _WHO, st.just([Role.VIEWER])),
    st.tuples(st.sampled_from(("wait", "wait-a-day")), st.just(ROGUE), st.just([Role.VIEWER])),
)
Move = tuple[str, str, list[Role]]


class QuickPasswords(Passwords):
    """Hashes at once: that argon2 is slow is not under test."""

    def hashed(self, password: str) -> str:
        """Digest a password."""
        return hash_of(password)


@dataclass
class Rogue:
    """One admin who enters every account whose whole password they were shown."""

    store: Store
    clock: SetClock
    accounts: Accounts
    desk: GrantDesk
    mine: set[str] = field(default_factory=lambda: {ROGUE})

    def do(self, move: Move) -> None:
        """Try a move; a refusal changes nothing, as is checked afterwards."""
        deed, name, roles = move
        try:
            self._do(deed, name, tuple(roles))
        except EtiographError:
            return

    def _do(self, deed: str, name: str, roles: tuple[Role, ...]) -> None:
        if deed == "add":
            self.accounts.add_user(name, roles, by=ROGUE)
            self.mine.add(name)
        elif deed == "reset":
            self.accounts.reset_user(name, by=ROGUE)
            self.mine.add(name)
        elif deed == "give":
            self.accounts.give_roles(name, roles, by=ROGUE)
        elif deed == "strip":
            user = self.store.user(name)
            for role in user.roles if user else ():
                self.accounts.take_role(name, role, by=ROGUE)
        elif deed in ("wait", "wait-a-day"):
            self.clock.forward(minutes=16 if deed == "wait" else 24 * 60)
            self.desk.settle(self.clock.at)
        elif deed.startswith("ask"):
            kind = GrantKind(deed.removeprefix("ask-"))
            given = () if kind is GrantKind.RESET else roles
            wanted = NewGrant(kind=kind, subject=name, roles=given, reason="r")
            self.desk.ask(self._as(ROGUE), wanted, at=self.clock.at)
        else:
            self._move_grants(deed)

    def _move_grants(self, deed: str) -> None:
        for grant in self.store.grants().items:
            for name in sorted(self.mine):
                if isinstance(grant, Grant):
                    self._move_grant(deed, grant, self._as(name))

    def _move_grant(self, deed: str, grant: Grant, who: Principal) -> None:
        try:
            if deed == "confirm":
                self.desk.confirm(who, grant.id, digest=grant.digest, at=self.clock.at)
            elif deed == "object":
                self.desk.object(who, grant.id, "r", at=self.clock.at)
            else:
                self.desk.withdraw(who, grant.id, at=self.clock.at)
        except EtiographError:
            return

    def _as(self, name: str) -> Principal:
        user = self.store.user(name)
        return Principal(
            name=name, roles=frozenset(user.roles if user else ()), session_id="a-session"
        )


def _guarded(store: Store) -> dict[str, frozenset[Role]]:
    return {user.name: SAY & frozenset(user.roles) for user in store.users() if not user.demo}


@settings(max_examples=120)
@given(st.lists(MOVES, min_size=4, max_size=14))
def test_nobody_alone_gains_or_gives_a_say(moves: list[Move]) -> None:
    """No order of one admin's moves adds a guarded role anywhere, or takes over one that is."""
    clock = SetClock()
    store = EmbeddedGraphStore(None)
    store.write(lambda tx: tx.replace_pack(small_pack()))
    quick = QuickPasswords()
    accounts = Accounts(store, clock, SigningSecrets(None), quick)
    for name, roles in HOUSE.items():
        demo = name.startswith("demo")
        made = User(name=name, roles=roles, password_hash="", demo=demo, created_at=clock.at)
        store.write(lambda tx, u=made: tx.put_user(u))  # type: ignore[misc]
    rogue = Rogue(store, clock, accounts, GrantDesk(store, quick.hashed))
    before = _guarded(store)
    for move in [*moves, ("confirm", ROGUE, []), ("wait", ROGUE, []), ("wait-a-day", ROGUE, [])]:
        rogue.do(move)
        after = _guarded(store)
        assert all(roles <= before.get(name, frozenset()) for name, roles in after.items())
        assert {name for name in rogue.mine & after.keys() if after[name]} <= {ROGUE}
    assert accounts.sealed()
    assert verify_log(store).broken is None
    store.close()


def test_a_delay_goes_on_over_a_restart(tmp_path: Path) -> None:
    """What was confirmed before the process died takes effect after it, once."""
    clock, desks = SetClock(), []
    settings_ = Settings(home=tmp_path / "home")
    first = build(settings_, clock)
    for name, roles in HOUSE.items():
        made = User(name=name, roles=roles, password_hash="x", created_at=clock.at)
        first.store.write(lambda tx, u=made: tx.put_user(u))  # type: ignore[misc]
    he = Principal(name=ROGUE, roles=frozenset({Role.ADMIN}), session_id="s")
    wu = he.model_copy(update={"name": "wu"})
    wanted = NewGrant(kind=GrantKind.ACCOUNT, subject="xu", roles=(Role.OPS_LEAD,), reason="r")
    asked, _ = first.grants.ask(he, wanted, at=clock.at)
    first.grants.confirm(wu, asked.id, digest=asked.digest, at=clock.at)
    first.store.close()
    clock.at += timedelta(minutes=15)
    for _ in range(2):
        again = build(settings_, clock)
        desks.append(again.grants.settle(clock.at))
        user = again.store.user("xu")
        assert user is not None and user.roles == (Role.OPS_LEAD,)
        again.store.close()
    assert desks == [1, 0]
