"""Tests of the bare engine."""
