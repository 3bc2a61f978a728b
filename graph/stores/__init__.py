"""Where the graph and the records are kept; each store satisfies the same ports."""
