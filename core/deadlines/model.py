"""Tables: obligations and their history."""
