"""What is searched: a shelf per language, and an index per arm: words, letters, vectors."""
