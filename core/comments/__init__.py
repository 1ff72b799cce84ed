"""Comments and replies on whatever a feature lets people talk about."""
