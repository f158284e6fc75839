"""Nodes, their ports, and what a bundle saw on them in, facts out."""
