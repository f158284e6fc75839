"""What others say of thousands of manifests, and what we say of the same."""
