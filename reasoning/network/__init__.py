"""From the knowledge graph and an incident to `causal/v1`."""
