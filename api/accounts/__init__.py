"""People, sources, passwords, tokens and the proof of who asks."""
