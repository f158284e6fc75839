"""Roles, bindings and accounts in, who may do what out."""
