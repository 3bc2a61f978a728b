"""Evidence from metrics: raw series in, symptoms with onset and strength out."""
