"""How well storms are diagnosed: scenarios and fresh seeds, beside simple baselines."""
