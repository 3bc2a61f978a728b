"""Tests of reasoning: from an incident to ranked causes."""
