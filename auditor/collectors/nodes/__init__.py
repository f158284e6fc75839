"""What lies on a node in, bundles and files alike, documents that facts know out."""
