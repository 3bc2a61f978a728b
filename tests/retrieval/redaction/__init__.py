"""Redaction, against a generator that shares no pattern with it."""
