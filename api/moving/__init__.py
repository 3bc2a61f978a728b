"""Moving house: a store written as an export, and an export made a store again."""
