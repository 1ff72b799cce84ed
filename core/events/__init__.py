"""Facts that happened: a transactional outbox, the relay, and handlers that take effect once."""
