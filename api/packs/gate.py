"""Loading a pack that demands less waits for two people once set-up is sealed (safety rule 1)."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Final

from api.accounts.sealing import is_sealed
from api.grants.moves import use_lowering
from graph.errors import Detail, InputError
from graph.model.base import Text
from graph.model.digest import sha256_hex
from graph.model.pack import DomainPack
from graph.ports import Transaction

_TOLD: Final = 20
_SHOWN: Final = 200
_KEPT: Final = 20


class LoweredError(InputError):
    """A pack that demands less than the stored one, and no two people have agreed to it."""

    def __init__(self, pack_id: str, content: str, lowers: tuple[Text, ...]) -> None:
        """Say what is lowered and what to do."""
        zh, en = "；".join(t.zh for t in lowers[:5]), "; ".join(t.en for t in lowers[:5])
        more = f" (+{len(lowers) - 5})" if len(lowers) > 5 else ""
        more_zh = f"等 {len(lowers)} 处" if len(lowers) > 5 else ""
        places = [Detail(f"/packs/{pack_id}", text.en) for text in lowers[:_TOLD]]
        super().__init__(
            f"pack {pack_id!r} demands less than the stored one: {en}{more}. Nothing was loaded. "
            f"An admin asks for it on the admin page with the content {content}, another lead or "
            "admin confirms, and 15 minutes later load it again",
            [*places, Detail("/content", content)],
        )
        self.told(
            zh=f"领域包 {pack_id} 比现有的要求低：{zh}{more_zh}。什么都没改。"
            "由管理员在管理页申请载入，另一位主管或管理员确认，15 分钟后再载入一次",
            code="lowers_demands",
        )
        self.pack_id, self.content, self.lowers = pack_id, content, lowers


class RefusedLoads:
    """What the last refused loads would have lowered; gone with the process."""

    def __init__(self) -> None:
        """Hold none yet."""
        self._held: Final[OrderedDict[tuple[str, str], tuple[Text, ...]]] = OrderedDict()

    def keep(self, refused: LoweredError) -> None:
        """Remember a refused load; the oldest goes where there are too many."""
        more = len(refused.lowers) - _SHOWN
        rest = (Text(zh=f"另有 {more} 处", en=f"{more} more"),) if more > 0 else ()
        self._held[refused.pack_id, refused.content] = (*refused.lowers[:_SHOWN], *rest)
        while len(self._held) > _KEPT:
            self._held.popitem(last=False)

    def lowers(self, pack_id: str, content: str) -> tuple[Text, ...]:
        """Tell what a refused load would have lowered, () for one that is not remembered."""
        return self._held.get((pack_id, content), ())


def check_demands(
    tx: Transaction, old: DomainPack | None, new: DomainPack, *, by: str, at: datetime
) -> None:
    """Let a load through that lowers nothing, or that two people granted; the grant is used up.

    Raises: LoweredError.
    """
    from api.packs.lowered import lowerings, lowerings_of_new

    if not is_sealed(tx):
        return
    others = [tx.pack(header.id) for header in tx.packs() if header.id != new.id]
    if old is None and not others:
        return  # the first pack of a house: there is nothing yet that it could lower
    lowers = lowerings(old, new, at) if old else lowerings_of_new(new, others, at)
    if not lowers:
        return
    content = sha256_hex(new)
    if not use_lowering(tx, new.id, content, by=by, at=at):
        raise LoweredError(new.id, content, lowers)
