"""Series of a configured Prometheus."""
