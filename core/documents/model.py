"""Tables: a city's own document templates."""
