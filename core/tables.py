"""Completes the catalogue of tables in this process, for programs that make or compare schemas.

Serving a page needs only the tables it touches; making a city needs every slice's, those of
features installed from elsewhere included.
"""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

import core.audit.model
import core.comments.model
import core.deadlines.model
import core.documents.model
import core.events.model
import core.files.model
import core.identity.model
import core.moderation.model
import core.notify.model
import core.tenancy.model  # noqa: F401


@cache
def load_tables() -> None:
    """Import the model of every installed feature; afterwards the metadata knows all tables."""
    for entry in sorted(entry_points(group="veche.features"), key=lambda found: found.value):
        model = f"{entry.module.rpartition('.')[0]}.model"
        try:
            present = find_spec(model) is not None
        except ModuleNotFoundError:
            present = False
        if present:
            import_module(model)
