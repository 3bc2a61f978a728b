"""Thin HTTP routes: parse, call one conductor, return."""
