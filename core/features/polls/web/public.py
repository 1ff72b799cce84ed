"""Being written."""

HANDLERS = ()
HOME = ()
FIGURES = ()
PROFILE = ()
