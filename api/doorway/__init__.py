"""Who comes in, how often, and how much at once."""
