"""Resources in, facts out: pure functions, one module per subject."""
