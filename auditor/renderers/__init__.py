"""A report in, words out: one module per format."""
