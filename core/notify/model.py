"""Tables: notices, preferences, subscriptions, digests."""
