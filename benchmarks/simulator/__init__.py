"""A seeded physical story of failures; shares nothing with the diagnosis."""
