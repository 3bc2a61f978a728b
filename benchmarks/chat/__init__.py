"""The chat with a model: what it receives, and what it can make a reader see."""
