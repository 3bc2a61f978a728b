"""One operator task each."""
