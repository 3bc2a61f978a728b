"""From an incident to ranked causes: evidence, causal network, posteriors, impact, the why."""
