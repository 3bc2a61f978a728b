"""What is taken out of a text before it leaves the house."""
