"""The ground floor: the vocabulary everyone speaks, the ports, the walks and the stores."""
