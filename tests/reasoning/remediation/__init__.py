"""Tests of `reasoning.remediation`."""
