"""What two rooms need to know of Kubernetes: versions, quantities, selectors, images and shapes of credentials."""
