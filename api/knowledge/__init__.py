"""Questions in words, SOP steps, and what a reader sees of commands."""
