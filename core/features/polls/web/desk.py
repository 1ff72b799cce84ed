"""Being written."""

HANDLERS = ()
DESK = ()
