"""What the diagnosis says and why, in words and numbers."""
