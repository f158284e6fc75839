"""What a cloud provider, or OpenShift, says of a cluster in, facts on it out."""
