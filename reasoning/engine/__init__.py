"""The bare inference engine: networks and observations as plain values, no incidents."""
