"""Every word that the screens say, in Chinese and English; ids and names come from the data.

Words follow docs/glossary.md: 未发现故障, 证据不足, 图外原因, 把握, 平时概率.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from graph.model.base import Text
from ui.account_labels import ACCOUNT_LABELS
from ui.admin_labels import ADMIN_LABELS
from ui.approval_labels import APPROVAL_LABELS
from ui.by_hand_labels import BY_HAND_LABELS
from ui.calibration_labels import CALIBRATION_LABELS
from ui.chat_labels import CHAT_LABELS
from ui.diagnosis_labels import DIAGNOSIS_LABELS
from ui.feedback_labels import FEEDBACK_LABELS
from ui.format import Lang
from ui.frame_labels import FRAME_LABELS
from ui.grant_labels import GRANT_LABELS
from ui.graph_labels import GRAPH_LABELS
from ui.measure_labels import MEASURE_LABELS
from ui.model_labels import MODEL_LABELS
from ui.proposal_labels import PROPOSAL_LABELS
from ui.rate_labels import RATE_LABELS
from ui.replay_labels import REPLAY_LABELS
from ui.upkeep_labels import UPKEEP_LABELS

LABELS: Final[dict[str, tuple[str, str]]] = {
    **FRAME_LABELS,
    **DIAGNOSIS_LABELS,
    **CHAT_LABELS,
    **MODEL_LABELS,
    **ADMIN_LABELS,
    **ACCOUNT_LABELS,
    **APPROVAL_LABELS,
    **MEASURE_LABELS,
    **GRANT_LABELS,
    **GRAPH_LABELS,
    **FEEDBACK_LABELS,
    **BY_HAND_LABELS,
    **CALIBRATION_LABELS,
    **RATE_LABELS,
    **PROPOSAL_LABELS,
    **REPLAY_LABELS,
    **UPKEEP_LABELS,
}


# Where a filled value meets the text: a space there parts Han from Latin, but not Han from Han
# (round the names of people it stays: those labels hold a no-break space).
_EDGE: Final = "\ue000"
_HAN: Final = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_HAN_GAP: Final = re.compile(f"(?<={_HAN}) (?={_EDGE}{_HAN})|(?<={_HAN}{_EDGE}) (?={_HAN})")


def say(lang: Lang, key: str, **fields: str) -> str:
    """Return a label in a language, its `{fields}` filled with plain text; `n` 1 is singular."""
    one = fields.get("n") == "1" and f"{key}.one" in LABELS
    chinese, english = LABELS[f"{key}.one" if one else key]
    if lang == "en":
        return english.format(**fields)
    marked = {name: f"{_EDGE}{value}{_EDGE}" for name, value in fields.items()}
    return _HAN_GAP.sub("", chinese.format(**marked)).replace(_EDGE, "")


def pick(text: Text, lang: Lang) -> str:
    """Choose the language of a text that came with the data."""
    return text.zh if lang == "zh" else text.en


def paired(key: str, **fields: str) -> Text:
    """Return a label in both languages, its `{fields}` filled with plain text."""
    return Text(zh=say("zh", key, **fields), en=say("en", key, **fields))


def labelled(group: str, codes: Iterable[str]) -> tuple[Text, ...]:
    """Name codes of a group that have a label, in order; others are left out, never shown raw."""
    known = (f"{group}.{code}" for code in codes)
    return tuple(paired(key) for key in known if key in LABELS)


def listed(names: list[str], lang: Lang) -> str:
    """Join names as a list is read: 、 in Chinese, a comma in English."""
    return ("、" if lang == "zh" else ", ").join(names)
