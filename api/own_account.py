"""What a signed-in person does to the own account: look at it, a new password, other sessions.

A new password takes the present one, so a session that was left open, or a stolen cookie, changes
nothing. It is no way round two people (safety rule 2): it gives nobody a role, it makes no password
for somebody else, and while a grant on the account waits it is refused, because every grant is
bound to the account as it stood. Otherwise whoever stole a password could keep voiding its reset.
"""

from __future__ import annotations

from typing import Final

from api.accounts.register import Accounts
from api.accounts.roles import known_user, note
from api.grants.rules import open_grants
from api.schemas.admin import TokenView
from api.schemas.own_account import MIN_PASSWORD, NewPassword, OwnAccount, SessionView
from graph.errors import ConflictError, EtiographError, UnauthenticatedError
from graph.model.access import Session, User
from graph.model.grant import GrantKind
from graph.ports import AccessReader, Clock, Store, Transaction
from reasoning.remediation.refusals import bad_input, conflict, not_allowed

_FEWEST_CHARACTERS: Final = 5
# Shorter names are syllables of many words.
_NAME_LENGTH: Final = 4


class OwnAccounts:
    """The use cases of people with their own accounts."""

    def __init__(self, store: Store, clock: Clock, accounts: Accounts) -> None:
        """Work on this store; passwords are proven as at the sign-in page."""
        self._store: Final = store
        self._clock: Final = clock
        self._accounts: Final = accounts

    def show(self, session: Session) -> OwnAccount:
        """Give the account, its open sessions and its tokens; no secret and no hash of one."""
        now, store = self._clock.now(), self._store
        user = known_user(store, session.user)
        bound = _bound(store, user)
        live = [one for one in store.sessions_of(user.name) if one.expires_at > now]
        live.sort(key=lambda one: (one.created_at, one.id_hash), reverse=True)
        tokens = [token for token in store.tokens() if token.user == user.name]
        tokens.sort(key=lambda token: (token.name, token.id))
        return OwnAccount(
            **user.model_dump(exclude={"password_hash", "halves"}),
            sessions=tuple(
                SessionView(
                    started_at=one.created_at,
                    expires_at=one.expires_at,
                    here=one.id_hash == session.id_hash,
                )
                for one in live
            ),
            tokens=tuple(TokenView(**t.model_dump(exclude={"token_hash"})) for t in tokens),
            password_bound=None if bound is None else bound.code,
        )

    def change_password(self, session: Session, wanted: NewPassword) -> int:
        """Take the new password once the present one is proven; returns how many sessions ended.

        Every other session of the person ends; tokens stay. Wrong guesses count for this session,
        as `Accounts.confirm` does. Before the proof nothing is said that only its owner may know.

        Raises: InputError at `/current` or `/new`; NotAllowedError `demo_account`; ConflictError
            `grant_open`, or `account_moved` where it changed meanwhile; RateLimitedError;
            UnauthenticatedError where this session ended meanwhile.
        """
        user = known_user(self._store, session.user)
        _check_free(self._store, user)
        _check_new(wanted, user.name)
        proven = self._proven(session, wanted.current)
        hashed, now = self._accounts.passwords.hashed(wanted.new), self._clock.now()

        def work(tx: Transaction) -> int:
            known = known_user(tx, session.user)
            _check_free(tx, known)
            _check_same(tx, known, proven, session)
            renewed = {"password_hash": hashed, "halves": False, "chosen": True}
            tx.put_user(known.model_copy(update=renewed))
            note(tx, "password_changed", known.name, known.roles, by=known.name, at=now)
            return _end_others(tx, session)

        return self._store.write(work)

    def end_others(self, session: Session) -> int:
        """End every other session of the person; returns how many."""
        now = self._clock.now()

        def work(tx: Transaction) -> int:
            user = known_user(tx, session.user)
            ended = _end_others(tx, session)
            if ended:
                note(tx, "sessions_ended", user.name, user.roles, by=user.name, at=now)
            return ended

        return self._store.write(work)

    def _proven(self, session: Session, password: str) -> User:
        try:
            return self._accounts.proof.of(session.user, password, session.id_hash)
        except UnauthenticatedError as error:
            raise bad_input(
                "/current",
                "wrong_password",
                zh="现在的密码不对，什么都没有改",
                en="the present password is wrong; nothing was changed",
            ) from error


def _end_others(tx: Transaction, session: Session) -> int:
    """End all but this one.

    Raises: UnauthenticatedError where this one has ended: it must not come back.
    """
    if tx.session(session.id_hash) is None:
        raise UnauthenticatedError("the session has ended; sign in again at /api/login")
    ended = tx.delete_sessions_of(session.user) - 1
    tx.put_session(session)
    return ended


def _check_same(tx: Transaction, known: User, proven: User, session: Session) -> None:
    """Refuse what changed since the password was proven: somebody reset it, or it is another."""
    if tx.session(session.id_hash) is None:
        raise UnauthenticatedError("the session has ended; sign in again at /api/login")
    if known.password_hash != proven.password_hash:
        raise conflict(
            "account_moved",
            zh="密码刚刚在别处改过，请重新登录再试",
            en=f"the password of {known.name!r} has just changed elsewhere; sign in again",
        )


def _check_free(reader: AccessReader, user: User) -> None:
    if (bound := _bound(reader, user)) is not None:
        raise bound


def _bound(reader: AccessReader, user: User) -> EtiographError | None:
    """Say why this person's password stays as it is for now; None where nothing binds it."""
    if user.demo:
        return not_allowed(
            "demo_account",
            zh="演示账号的密码写在文件里，不能在这里改",
            en=f"{user.name!r} is a demo account, whose password stands in a file; it stays",
        )
    grants = open_grants(reader)
    if any(g.subject == user.name and g.kind is not GrantKind.LOWERING for g in grants):
        return _grant_open(user.name)
    return None


def _grant_open(name: str) -> ConflictError:
    return conflict(
        "grant_open",
        zh="你的账号有一项授权在等（见管理页「授权」），它了结之前密码不能改",
        en=f"a grant for {name!r} is open (/admin?tab=grants); until it is settled the password "
        "stays as it is",
    )


def _check_new(wanted: NewPassword, name: str) -> None:
    """Refuse what is short, as it was, or guessed first.

    Source: NIST SP 800-63B-4, section 3.1.1.2: length, not rules of composition.
    """
    new = wanted.new
    if len(new) < MIN_PASSWORD:
        raise bad_input(
            "/new",
            "password_short",
            zh=f"新密码至少 {MIN_PASSWORD} 个字符",
            en=f"the new password needs at least {MIN_PASSWORD} characters",
        )
    if any(char < " " or char == "\x7f" for char in new):
        raise bad_input(
            "/new",
            "password_unreadable",
            zh="新密码里有打不出来的字符，请重新输入",
            en="the new password holds a character that cannot be typed; enter it again",
        )
    if new == wanted.current:
        raise bad_input(
            "/new",
            "password_same",
            zh="新密码和现在的一样",
            en="the new password is the present one",
        )
    named = len(name) >= _NAME_LENGTH and name.casefold() in new.casefold()
    if len(set(new)) < _FEWEST_CHARACTERS or named:
        raise bad_input(
            "/new",
            "password_simple",
            zh=f"新密码太好猜：至少 {_FEWEST_CHARACTERS} 种不同的字符，不含用户名",
            en="the new password is easily guessed: it needs at least "
            f"{_FEWEST_CHARACTERS} different characters and must not hold the name",
        )
