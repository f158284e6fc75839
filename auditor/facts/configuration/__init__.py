"""The API server's structured configuration files in, facts on what they do out."""
