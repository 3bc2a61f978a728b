"""How well answers held, once their incidents were understood."""
