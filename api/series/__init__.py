"""Series of a configured Prometheus, read around the onsets of incidents."""
