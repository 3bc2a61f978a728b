"""What was looked at while rules and figures were chosen, for each set that is reported."""

from __future__ import annotations

from typing import Final

METRIC_EVIDENCE: Final = (
    "Weeks of the seeds 100 to 102, on which the thresholds were chosen, and up to 80 series of "
    "seed 7 in the tests. Of the seeds reported, 20 series of seed 0 were run once before; no "
    "threshold moved after that."
)
PETSHOP: Final = (
    "The eight train incidents with their answers, and the calm rows, while rules and figures "
    "were chosen. The test incidents were answered once with all of it fixed (as given, of all "
    "26: top-1 .808, top-3 .923; of the 18 of test .722 and .889); their answers were seen then. "
    "Afterwards two things changed: a shift of under one unit counts as silence (a unit test "
    "asked for it; no ranking moved), and the series that is named as bad is confirmed from 1 in "
    "20 instead of 1 in 50 (from the rate asked for, .90; 'said' rose from 21 to 24 of 26). What "
    "else moved the rankings since are rules of the builder on missing traffic and on timing, "
    "made for the scenarios of the pack by others than who ran this. An outside cause beside the "
    "lone one was tried and left out, because it was worse on train."
)
ITBENCH: Final = (
    "The scenarios below 30, with their answers, while rules were chosen; the alert names of all. "
    "After the first full run (top-1 .48, top-3 .60) all were looked at. What changed then: as "
    "which rule a pod's alert speaks depends on the component's kind, and 'erring' of the rival "
    "means every alert but missing traffic, which made the rival better; the product's figures "
    "did not move. Tried and left out: silence as unknown (worse below 30). What would help: "
    "traffic that reaches a consumer through a queue (accounting and fraud-detection starve when "
    "checkout fails), silence of the rules on missing traffic, and relations that the given graph "
    "lacks (product-catalog to postgresql)."
)
