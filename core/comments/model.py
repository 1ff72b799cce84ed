"""Tables: comments and replies."""
