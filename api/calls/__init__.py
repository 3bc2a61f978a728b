"""The calls of the typed client, one module for each subject."""
