"""The administrator's desk of a city: people and their posts, the regulation, the journal."""
