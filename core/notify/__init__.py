"""Notices to one person: in the cabinet, by e-mail, by push, at once or in digests; each once."""
