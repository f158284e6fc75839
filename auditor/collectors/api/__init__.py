"""A way to an API server in, what it tells out."""
