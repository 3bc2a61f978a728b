"""The chat's figures, on one drawing."""

from __future__ import annotations

from benchmarks.chat.__main__ import measure, table


def test_every_figure_of_the_chat_holds() -> None:
    """What must be: all citations verify, nothing planted or inverted is shown or received."""
    told = measure(range(1))
    figures = {name: (found["count"], found["of"]) for name, found in told["figures"].items()}
    good, shown = figures["citations_shown_that_verify"]
    assert good == shown > 100
    assert figures["planted_instructions_shown"] == (0, 40)
    assert figures["inverted_meanings_shown"] == (0, 80)
    assert figures["identifiers_received"] == (0, 150)
    assert figures["names_received"][0] <= 2
    gone, words = figures["ordinary_words_removed"]
    assert gone <= 0.02 * words
    assert all(name in table(told) for name in told["must"])
