"""Tables: files people attach and their content."""
