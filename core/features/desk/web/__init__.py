"""Pages of the staff's working place."""
