"""Measured figures; never imported by the product."""
