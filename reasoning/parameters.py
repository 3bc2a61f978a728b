"""Every figure of the diagnosis that is no library entry, in one place, each with its ground.

All are assumed from general engineering judgement and were set before any scenario was run;
they are not fitted to the simulator, which shares nothing with this package.
"""

from __future__ import annotations

from typing import Final

# How far the evidence subgraph reaches, and when a path is too weak to matter.
CAUSE_DEPTH: Final = 3
CAUSE_FLOOR: Final = 0.1
EFFECT_FLOOR: Final = 0.2
MAX_SUSPECTS: Final = 120
MAX_COMPONENTS: Final = 1500

# Below this confidence the facets that one relation harms share its doubt; above it, drawing it for
# each of them errs by less than the strength itself is known.
DOUBT_BELOW: Final = 0.9

# An alert type that the library does not know on this kind: a generic symptom.
GENERIC_DETECTION: Final = 0.5
GENERIC_FALSE_ALARM: Final = 0.01

# Several rules on one component share scraper and labels: their common silence is worth at most
# a factor of 20 (a person's soft "no" is to be worth the same).
SILENCE_CAP: Final = 0.95
# Beside a rule of the same state that has spoken, silence is worth at most a factor of 2: harm in
# one manner only (slow, not failing) is as common as harm in several.
BESIDE_CAP: Final = 0.5
# A relation that harms less often than not (a spare node) harms in part: its dependant has others
# to go to. Partial harm shows in one facet (playing, not browsing) as often as in several: beside
# one that spoke, the silence of all the others together is worth `BESIDE_CAP` as well.
PARTIAL_BELOW: Final = 0.5

# How badly a cause is felt by client groups and regions, as one thing for all of them
# (`reasoning.network.severity`). How many are harmed is known as well as two cases would tell (a
# Beta over two: hardly any, or most, are no surprise). Of two equal points those with the spread of
# four cases say most nearly what that Beta does (least relative entropy of how many of 4 to 48 are
# harmed, at strengths of .3 to .8).
SEVERITY_CASES: Final = 4.0
# Of n places of one cause the number harmed spreads 1 + (n - 1) / (cases + 1) times as widely as if
# drawn anew: fivefold at twenty. Below, each place is drawn by itself, for every shared cause
# widens the network: from two on or from twenty on, as many nights are told right (docs/storms.md).
SHARED_FROM: Final = 20

# However far a series has moved, once in ten thousand it is no fault of what it measures (a bad
# scrape, a new unit): its history is too short to say less.
MEASURED_FLOOR: Final = 0.0001

# An alert whose mode-specific state is true is nearly always raised by that state.
OWN_CHANNEL_DETECTION: Final = 0.99

# Share of a dependant's failure that shows as missing traffic at what it calls.
STARVATION_SHARE: Final = 0.5
# A caller that gets no requests itself has next to none to pass on; some it makes by itself.
STARVATION_PASSED: Final = 0.8
# What is dead counts no requests of its own; a few exporters hold the last value.
STARVED_IF_DEAD: Final = 0.9
# Whoever stands on one of these may be the one that fills it or the one that works it off.
QUEUE_KINDS: Final = frozenset({"kafka_broker", "queue", "rabbitmq"})

# A cause outside the graph: prior, and how strongly it shows at the edge and further inside.
EXTERNAL_PRIOR: Final = 0.01
# At a booked big live event many may come (source 000, 5.2: 20,000 expected, 65,000 came): P(they
# are felt). A crowd slows the learners' own work, as an outside cause does, but nothing is broken.
# It is felt at half of the places (`EXTERNAL_EDGE_STRENGTH`), at each in part (`PARTIAL_BELOW`).
CROWD_PRIOR: Final = 0.2
EXTERNAL_EDGE_STRENGTH: Final = 0.5
EXTERNAL_INNER_STRENGTH: Final = 0.05
# However calm the rest of the edge is, it is worth at most a factor of 100 against the outside.
CALM_EDGE_CAP: Final = 0.99
EDGE_KINDS: Final = frozenset({"client_group", "region"})
CROWD_KINDS: Final = frozenset({"client_group"})

# The library's rates are judged over a year of some 300 incidents (docs/library.md): so many of a
# site's own, confirmed, weigh as much. Below some 50 they move next to nothing, which is wanted.
PRIOR_INCIDENTS: Final = 300.0

# A change raises the odds of the modes it can cause; the effect halves with age.
CHANGE_ODDS: Final = 30.0
CHANGE_HALF_LIFE_S: Final = 1800.0
# Work by hand (maintenance, an action taken) of a kind that a mode does not name: it can break
# anything, but it is watched by whoever does it.
WORK_ODDS: Final = 5.0
# A storm begins where its onsets crowd most within five minutes (one group_interval).
BURST_S: Final = 300.0
# Doubt of an alert (`reasoning.network.doubt`): over while the storm went on; rang before it.
OVER_DOUBT: Final = 5.0
RANG_WEIGHT: Final = 4.0
# What began within half a group_interval of others that one cause could have harmed
# (`reasoning.network.coincidence`): by chance it would have begun anywhere in the twenty minutes or
# more that alerts of an incident lie apart, so four times as rarely just there.
COINCIDENCE_S: Final = 150.0
COINCIDENCE_ODDS: Final = 4.0
# Of the alerts of a storm that is over, up to so many never hear their resolve.
RESOLVES_LOST: Final = 0.2
# Of what comes in with a change, so much stands in a change log that is heard; a log is heard when
# it told of anything within a day before the incident.
CHANGE_RECORDED: Final = 0.9
CHANGE_LOG_DAY_S: Final = 86400.0

# What began before its supposed cause (`reasoning.network.timing`): two minutes are the spread of
# scrape, evaluation and `for` of two rules; beyond, so long an order halves in likelihood every two
# minutes, down to what a component's silence is worth at most.
ONSET_SLACK_S: Final = 120.0
ONSET_HALF_LIFE_S: Final = 120.0
ONSET_RATIO: Final = 20.0
# Usual seconds from onset to an alert that the library does not know.
GENERIC_DELAY_S: Final = 60.0

# A person who rules a cause out or confirms it is soft evidence: so much against or for a fault
# there, as much as the common silence of a component is worth at most.
VERDICT_RATIO: Final = 20.0

# Lost monitoring of a site as a sign that the region is cut off.
HEARTBEAT_LOST_DETECTION: Final = 0.95
HEARTBEAT_LOST_FALSE_ALARM: Final = 0.02

# Status (see `reasoning.answer.status` for the cost argument).
CONCLUSIVE_FROM: Final = 0.9
LIKELY_FROM: Final = 0.6
HEALTHY_FROM: Final = 0.5
COVERAGE_FROM: Final = 0.9
EXPLAINED_BAR: Final = 0.8

# A diagnosis settles when hardly an alert (2% of all) came in the last two minutes and the incident
# is three minutes old.
SETTLE_QUIET_S: Final = 120.0
SETTLE_SHARE: Final = 0.02
SETTLE_AGE_S: Final = 180.0

# Urgency (see `reasoning.answer.urgency`).
P0_IN_WINDOW: Final = 0.30
P0_ANY_TIME: Final = 0.50
P1_STUDY: Final = 0.50
P2_ANY: Final = 0.50
# Steps hit about as probably as the worst one: the headline names the most urgent of them.
HARM_NEAR: Final = 0.1

# An alert counts as explained when its component is this probably degraded.
EXPLAINED_FROM: Final = 0.5
REGION_HIT_FROM: Final = 0.5

TOP_COMPONENTS: Final = 10
SHOWN_EVIDENCE: Final = 8
SHOWN_UNOBSERVED: Final = 20
SHOWN_CHECKS: Final = 5

# An action is proposed from where looking there first pays (`LIKELY_FROM`): a proposal costs a
# glance, and approvals and preconditions stand between it and harm.
PROPOSED_FROM: Final = 0.6
SHOWN_ACTIONS: Final = 3

# Causes are told as a set where the evidence favours none of them by more than this factor (log10):
# less than one ordinary alert says. Each has to be worth a look, all together likelier than not.
SET_WITHIN: Final = 0.5
SET_MEMBER_FROM: Final = 0.05
SET_FROM: Final = 0.5
SET_SIZE: Final = 3
# Two causes stand for each other where both are at most half as often there as by chance.
SET_OVERLAP: Final = 0.5
# Several causes are told together where all of them are there with more than even odds.
TOGETHER_FROM: Final = 0.5

# A cause is ruled out by a fact that took it from worth a look (one in ten) to not (one in twenty).
RULED_OUT_BELOW: Final = 0.05
RULED_OUT_FROM: Final = 0.1
SHOWN_RULED_OUT: Final = 5
# A single item is decisive from a factor of ten on (log10).
DECISIVE: Final = 1.0
# "Why" weighs so many groups and single items exactly, the strongest by first-order readings.
WEIGHED_GROUPS: Final = 8
WEIGHED_ITEMS: Final = 6
# A rival is named beside the top cause from one in five on.
RIVAL_FROM: Final = 0.2
# What speaks against the top is worth a word from a factor of two on (log10).
AGAINST_FROM: Final = 0.3
# The picture fits badly where so many alerts are left over by chance once in a thousand (bits).
SURPRISE_FROM: Final = 10.0

# Below so many confirmed incidents nothing is recalibrated: measured, 20 make stated probabilities
# worse and 50 better (causal-model 4). The prior on the map weighs as much as some five cases.
RECALIBRATED_FROM: Final = 50
RECALIBRATION_PRIOR: Final = 2.0
