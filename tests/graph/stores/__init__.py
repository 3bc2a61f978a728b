"""Tests of graph.stores."""
