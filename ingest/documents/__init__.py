"""Documents from outside -> SOPs: read in child processes, cut into steps, vetted, reported."""
