"""Tables: the queue, refusals and blocks."""
