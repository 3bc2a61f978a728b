"""Models of meaning behind one port: text in, unit vectors out."""
