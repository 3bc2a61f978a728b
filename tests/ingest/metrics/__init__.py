"""Reading series of metrics."""
