"""Any object in, the same decoded, and without what must not be kept or printed, out."""
