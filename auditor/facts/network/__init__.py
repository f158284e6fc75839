"""Network policies in, what may reach what out."""
