"""Typed, lazily loaded access to the tables in `rules/data/`."""
