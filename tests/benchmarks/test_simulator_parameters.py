"""The simulator's own numbers are checked before a story is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from benchmarks.simulator.errors import ParametersError
from benchmarks.simulator.parameters import PARAMETERS_FILE, load_parameters


def _broken(tmp_path: Path, *keys: str, value: object) -> Path:
    raw = yaml.safe_load(PARAMETERS_FILE.read_text(encoding="utf-8"))
    place = raw
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path = tmp_path / "parameters.yaml"
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    return path


def test_committed_parameters_pass_their_own_checks() -> None:
    """The committed file loads and knows a link class for every pair of kinds."""
    parameters = load_parameters()

    for source in parameters.kinds:
        for target in parameters.kinds:
            assert parameters.link_class(source, target) in parameters.links


@pytest.mark.parametrize(
    ("keys", "value", "named"),
    [
        (("noise", "noise_share"), 1.5, "noise.noise_share"),
        (("links", "call", "use"), [0.9, 0.3], "links.call.use"),
        (("faults", "host/down"), {"up": 0}, "faults.host/down"),
        (("faults", "moon/down"), {"ramp_s": 5, "agent_lost": 0}, "faults.moon/down"),
        (("rules", "dns", "DnsErrors", "below"), 0.1, "rules.dns.DnsErrors"),
        (("link_classes", "*>dns"), "telepathy", "link_classes.*>dns"),
        (("clock", "step_s"), float("nan"), "clock.step_s"),
        (("gossip",), {}, "gossip"),
        (("schema",), "other/1", "schema"),
    ],
)
def test_bad_parameter_is_named(
    tmp_path: Path, keys: tuple[str, ...], value: object, named: str
) -> None:
    """A wrong number is refused with the key that holds it."""
    with pytest.raises(ParametersError, match=named.replace("*", r"\*")):
        load_parameters(_broken(tmp_path, *keys, value=value))
