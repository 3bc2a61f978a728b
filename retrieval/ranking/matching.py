"""How well an SOP or a past case fits a cause: exact links, summed softly, with the reasons."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph.model.base import Text
from graph.model.diagnosis import SimilarCase, SopMatch
from graph.model.knowledge import PastCase, Sop, SopSectionName

# Shares of a perfect match; each table sums to 1.
# Source: assumed, in the order of how specific a link is.
SOP_SHARES = {"mode": 0.55, "alerts": 0.20, "component": 0.10, "kind": 0.05, "text": 0.10}
CASE_SHARES = {"mode": 0.35, "component": 0.30, "alerts": 0.15, "kind": 0.10, "text": 0.10}


@dataclass(frozen=True)
class Reason:
    """One link that was found; `strength` in [0, 1]."""

    link: str
    strength: float
    told: Text


@dataclass(frozen=True)
class Situation:
    """What the diagnosis asks about.

    `modes`: fault mode id -> posterior, ids without their pack. `kinds`: kinds that those modes
    (or the component) have. `rarity`: alertname -> weight, for the alertnames on hand.
    """

    modes: Mapping[str, float]
    kinds: Collection[str]
    component_ids: Collection[str]
    rarity: Mapping[str, float]


def local(graph_id: str) -> str:
    """Cut the pack off an id: fault modes are the same in every pack.

    >>> local("medical-education:cdn_node.overload")
    'cdn_node.overload'
    """
    return graph_id.rsplit(":", 1)[-1]


def kind_of_mode(mode_id: str) -> str:
    """Give the kind that a fault mode belongs to.

    >>> kind_of_mode("database.pool-exhausted")
    'database'
    """
    return local(mode_id).split(".", 1)[0].split("/", 1)[0]


def rarity_of(alertnames: Iterable[str], held: Iterable[Collection[str]]) -> dict[str, float]:
    """Weigh alertnames by how few documents name them; those that none names weigh nothing."""
    documents = list(held)
    holders = Counter(name for names in documents for name in set(names))
    return {
        name: math.log(1.0 + len(documents) / holders[name])
        for name in sorted(set(alertnames))
        if holders[name]
    }


def sop_reasons(sop: Sop, situation: Situation) -> list[Reason]:
    """List the exact links between an SOP and a situation."""
    modes = {local(mode) for mode in sop.fault_mode_ids} & situation.modes.keys()
    weight = min(1.0, sum(situation.modes[mode] for mode in modes))
    components = sorted(set(sop.component_ids) & set(situation.component_ids))
    kinds = sorted(set(sop.kinds) & set(situation.kinds))
    return [
        *_mode_reason(sorted(modes), weight),
        *_alert_reason(sop.alertnames, situation),
        *_id_reason("component", components),
        *_id_reason("kind", kinds),
    ]


def case_reasons(case: PastCase, situation: Situation) -> list[Reason]:
    """List the exact links between a past case and a situation."""
    modes = sorted({local(case.fault_mode_id)} & situation.modes.keys())
    components = sorted({case.component_id} & set(situation.component_ids))
    kinds = sorted({kind_of_mode(case.fault_mode_id)} & set(situation.kinds))
    return [
        *_mode_reason(modes, 1.0),
        *_alert_reason(case.alertnames, situation),
        *_id_reason("component", components),
        *_id_reason("kind", kinds),
    ]


def total(reasons: Sequence[Reason], shares: Mapping[str, float], text: float) -> float:
    """Sum the links by their shares, with the text arm in [0, 1]; in [0, 1], 6 digits."""
    linked = sum(shares[reason.link] * reason.strength for reason in reasons)
    return round(linked + shares["text"] * text, 6)


def told(reasons: Sequence[Reason]) -> Text:
    """Say in both languages why something matched."""
    if not reasons:
        return Text(zh="用词相近", en="similar words")
    zh = "；".join(reason.told.zh for reason in reasons)
    return Text(zh=zh, en="; ".join(reason.told.en for reason in reasons))


def posterior_by_mode(modes: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Give the highest posterior of each fault mode, its id without a pack."""
    posteriors: dict[str, float] = {}
    for mode, posterior in modes:
        name = local(mode)
        posteriors[name] = max(posterior, posteriors.get(name, 0.0))
    return posteriors


def sop_match(sop: Sop, situation: Situation, words: float) -> SopMatch | None:
    """Match an SOP that an exact link ties to the situation, with its reasons; else None."""
    reasons = sop_reasons(sop, situation)
    links = {reason.link for reason in reasons}
    if not links & {"mode", "alerts", "component"}:
        return None
    section = SopSectionName.REMEDIATION if "mode" in links else SopSectionName.DIAGNOSIS
    return SopMatch(
        sop_id=sop.id,
        section=section.value,
        score=total(reasons, SOP_SHARES, words),
        why_matched=told(reasons),
    )


def case_match(case: PastCase, situation: Situation, words: float) -> SimilarCase | None:
    """Match a past case that an exact link ties to the situation; else None."""
    reasons = case_reasons(case, situation)
    if not {reason.link for reason in reasons} & {"mode", "component", "kind"}:
        return None
    return SimilarCase(
        case_id=case.id,
        score=total(reasons, CASE_SHARES, words),
        cause=case.cause,
        fix=case.fix,
        outcome=case.outcome.value,
        minutes_to_repair=case.minutes_to_repair,
    )


def _mode_reason(modes: Sequence[str], weight: float) -> list[Reason]:
    names = ", ".join(modes)
    told_so = Text(zh=f"同一故障模式：{names}", en=f"same fault mode: {names}")
    return [Reason("mode", weight, told_so)] if modes else []


def _alert_reason(alertnames: Collection[str], situation: Situation) -> list[Reason]:
    shared = [name for name in situation.rarity if name in alertnames]
    if not shared:
        return []
    mass = sum(situation.rarity.values())
    strength = sum(situation.rarity[name] for name in shared) / mass
    names = ", ".join(sorted(shared, key=lambda name: (-situation.rarity[name], name))[:3])
    more = f" 等 {len(shared)} 种" if len(shared) > 3 else ""
    told_so = Text(zh=f"相同告警：{names}{more}", en=f"{len(shared)} shared alerts: {names}")
    return [Reason("alerts", strength, told_so)]


_LINK_WORDS = {"component": ("同一部件", "same component"), "kind": ("同类部件", "same kind")}


def _id_reason(link: str, ids: Sequence[str]) -> list[Reason]:
    names = ", ".join(ids)
    zh, en = _LINK_WORDS[link]
    return [Reason(link, 1.0, Text(zh=f"{zh}：{names}", en=f"{en}: {names}"))] if ids else []
