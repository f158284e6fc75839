"""Text in, the documents that an API server reads in it, with positions, out."""
