"""How components are started and what they say of themselves in, component facts with effective settings out."""
