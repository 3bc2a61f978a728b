"""Requests and decisions, and the approval page."""
