"""Error tree of the simulator; it stands apart: the simulator imports nothing of the product.

SimulatorError
├── ParametersError    parameters.yaml breaks a rule
├── TopologyError      an expansion lacks what a scenario needs
└── ScenarioError      a scenario cannot be told as asked
"""

from __future__ import annotations


class SimulatorError(Exception):
    """Root of everything that the simulator raises on purpose."""


class ParametersError(SimulatorError):
    """A simulator parameter is missing, unknown or out of range."""


class TopologyError(SimulatorError):
    """The expansion is unreadable or lacks a component that the scenario names."""


class ScenarioError(SimulatorError):
    """A scenario cannot be told: unknown name, too few alerts, or an impossible fault."""
