"""What to look at next: expected information per minute of work."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model.diagnosis import NextCheck
from graph.model.library import Check, FaultLibrary
from graph.model.topology import Component
from reasoning import parameters, words
from reasoning.engine.ratios import mutual_information_bits
from reasoning.reading import Reading


def next_checks(
    library: FaultLibrary,
    reading: Reading,
    components: Sequence[Component],
    *,
    answered: frozenset[str] = frozenset(),
) -> tuple[NextCheck, ...]:
    """Order the checks of these suspects by bits per minute, ties by id; at most five.

    Those in `answered` (CHECK@COMPONENT) are left out.

    The gain is the mutual information of the check and the one mode it tests (exact over all
    causes later).
    """
    checks = {check.id: check for check in library.checks}
    found: dict[str, tuple[float, NextCheck]] = {}
    for component in components:
        for mode, probability in reading.modes.get(component.id, ()):
            for check_id in mode.check_ids:
                candidate = _candidate(checks[check_id], component, probability)
                best = found.get(candidate.check_id)
                rate = candidate.expected_information_gain_bits / candidate.minutes
                if best is None or rate > best[0]:
                    found[candidate.check_id] = (rate, candidate)
    ranked = sorted(found.values(), key=lambda pair: (-pair[0], pair[1].check_id))
    useful = [c for rate, c in ranked if rate > 1e-6 and c.check_id not in answered]
    return tuple(useful[: parameters.SHOWN_CHECKS])


def _candidate(check: Check, component: Component, probability: float) -> NextCheck:
    bits = mutual_information_bits(
        min(probability, 1.0), detection=check.detection, false_alarm=check.false_alarm
    )
    local = component.id.partition(":")[2] or component.id
    command = check.command.replace("{component}", local) if check.command else None
    return NextCheck(
        check_id=f"{check.id}@{component.id}",
        text=words.check_text(check, component),
        command=command,
        expected_information_gain_bits=round(bits, 9),
        minutes=check.minutes,
    )
