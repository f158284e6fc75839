"""What a cluster says of itself in, facts on it as a whole out."""
