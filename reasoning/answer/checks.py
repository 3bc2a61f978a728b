"""What to look at next: expected information per minute of work, and what each answer would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graph.model.base import Text
from graph.model.diagnosis import CheckAnswer, NextCheck
from graph.model.library import Check, FaultLibrary
from graph.model.topology import Component
from reasoning import parameters
from reasoning.answer import words
from reasoning.engine.ratios import mutual_information_bits
from reasoning.network.reading import Reading


def next_checks(
    library: FaultLibrary,
    reading: Reading,
    components: Sequence[Component],
    *,
    answered: frozenset[str] = frozenset(),
) -> tuple[NextCheck, ...]:
    """Order the checks of these suspects by bits per minute, ties by id; at most five.

    Those in `answered` (CHECK@COMPONENT) are left out.

    The gain is the mutual information of the answer and "one of the modes that name this check was
    born here". Given that, the answer tells nothing of any other cause, so it is its information
    about all causes together.
    """
    found = [c for component in components for c in _candidates(library, reading, component)]
    ranked = sorted(
        (-_bits(check, odds[0]) / check.minutes, f"{check.id}@{component.id}", at)
        for at, (check, component, odds) in enumerate(found)
    )
    told = [at for rate, name, at in ranked if rate < -1e-6 and name not in answered]
    return tuple(_candidate(*found[at]) for at in told[: parameters.SHOWN_CHECKS])


def checks_of(
    library: FaultLibrary, reading: Reading, component: Component
) -> tuple[NextCheck, ...]:
    """List every check that some mode of this component names, in id order."""
    return tuple(_candidate(*found) for found in _candidates(library, reading, component))


def _candidates(
    library: FaultLibrary, reading: Reading, component: Component
) -> Iterator[tuple[Check, Component, tuple[float, float]]]:
    """Give each check with P(one of its modes) and P(any fault here); many are never shown."""
    modes = reading.modes.get(component.id, ())
    named = {check_id for mode, _ in modes for check_id in mode.check_ids}
    born = min(reading.born.get(component.id, 0.0), 1.0)
    for check in library.checks:
        if check.id in named:
            yield check, component, (tested(reading, component.id, check.id), born)


def tested(reading: Reading, component_id: str, check_id: str) -> float:
    """Return P(one of the component's modes that name this check was born | evidence).

    Exact where the modes are one fault of the network, or one or all of them name the check; else
    the sum, capped by P(born): too much by what two of them have at once.
    """
    modes = reading.modes[component_id]
    if all(check_id in mode.check_ids for mode, _ in modes):
        return min(reading.born[component_id], 1.0)
    if component_id in reading.model.jointly:
        shares = [p for mode, p in modes if check_id in mode.check_ids]
        return min(sum(shares), reading.born[component_id], 1.0)
    some = missed = 1.0
    for prior in reading.model.modes[component_id]:
        some *= 1.0 - prior.conditioned
        missed *= 1.0 - prior.conditioned * (check_id in prior.mode.check_ids)
    share = (1.0 - missed) / (1.0 - some) if some < 1.0 else 0.0
    return min(reading.born[component_id] * share, 1.0)


def _candidate(check: Check, component: Component, odds: tuple[float, float]) -> NextCheck:
    """Make a check of P(one of its modes) and P(any fault here)."""
    local = component.id.partition(":")[2] or component.id
    command = check.command.replace("{component}", local) if check.command else None
    return NextCheck(
        check_id=f"{check.id}@{component.id}",
        text=words.check_text(check, component),
        command=command,
        expected_information_gain_bits=_bits(check, odds[0]),
        minutes=check.minutes,
        answers=_answers(check, *odds),
    )


def _answers(check: Check, probability: float, born: float) -> tuple[CheckAnswer, ...]:
    """Say how likely each answer is, and P(a fault was born here) after it.

    Of a fault that the check does not test a yes is a false alarm, as it is of none.
    """
    yes = "positive", check.if_yes, (check.detection, check.false_alarm)
    no = "negative", check.if_no, (1.0 - check.detection, 1.0 - check.false_alarm)
    found = []
    for said, means, (so, not_so) in (yes, no):
        heard = probability * so + (1.0 - probability) * not_so
        here = probability * so + (born - probability) * not_so
        after = here / heard if heard > 0.0 else born
        found.append(_answer(said, means, (heard, after)))
    return (*found, _answer("unknown", None, (None, born)))


def _answer(said: str, means: Text | None, odds: tuple[float | None, float]) -> CheckAnswer:
    heard = None if odds[0] is None else round(min(odds[0], 1.0), 9)
    posterior = min(max(odds[1], 0.0), 1.0)
    told = {"result": said, "probability": heard, "posterior": posterior, "means": means}
    return CheckAnswer.model_validate(told)


def _bits(check: Check, probability: float) -> float:
    bits = mutual_information_bits(
        probability, detection=check.detection, false_alarm=check.false_alarm
    )
    return round(bits, 9)
