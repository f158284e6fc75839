"""The command line: one module per command; parses, calls the pipeline, chooses a renderer, exits."""
