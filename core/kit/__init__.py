"""Tiny values that every other package may use; they know nothing of cities, storage or the web."""
