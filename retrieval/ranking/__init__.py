"""Several arms, one order: how sure it is, and why each was found."""
