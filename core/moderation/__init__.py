"""One queue for everything that is checked before or after others see it: refusals with letters,
second looks, blocking."""
