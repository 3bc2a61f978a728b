"""The chat with a model: prompts, replies, their proof, and a server that lies."""
