"""The demo: one command that starts everything on one machine, with made-up but lifelike data."""
