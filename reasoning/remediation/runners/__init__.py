"""Adapters of `reasoning.ports.ActionRunner`; only `api.bootstrap` imports them."""
