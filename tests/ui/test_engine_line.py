"""The line at the foot: how the answer was computed, in words of its language."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from graph.model.diagnosis import Engine
from ui.format import Lang
from ui.widgets import frame

_METHODS = get_args(Engine.model_fields["method"].annotation)
_ZH = {"exact": "精确", "core": "核心精确", "thinned": "有删减", "loopy": "近似"}


def _line(method: str, lang: Lang) -> str:
    told = {"method": method, "exact": method == "exact", "duration_ms": 383.4}
    digests = {"model_digest": "m", "library_digest": "l"}
    engine = Engine.model_validate({**told, **digests, "components_considered": 311})
    return re.sub(r"<[^>]*>", "", frame.engine_line(engine, lang)).strip()


@pytest.mark.parametrize("method", _METHODS)
def test_every_method_has_a_word(method: str) -> None:
    """No code of the engine stands on a Chinese screen."""
    zh, en = _line(method, "zh"), _line(method, "en")
    assert zh.startswith(f"算法：{_ZH[method]}，383 毫秒，考虑 311 个组件。")
    assert not any(code in zh for code in _METHODS)
    assert en.startswith("Method: ")
    assert ("exact at its core" in en) is (method == "core")
    assert ("结果为精确值" in zh) is (method == "exact")
