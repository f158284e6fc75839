"""All the input in: paths, files and documents become resources and gaps."""
