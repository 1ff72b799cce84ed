"""The product, one vertical slice a folder; slices never import one another."""
