"""Objects with a pod template in, facts on workloads, containers and images out."""
