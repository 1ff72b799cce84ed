"""Being written."""

HANDLERS = ()
