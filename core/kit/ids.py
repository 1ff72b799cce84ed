"""Identifiers: time-ordered ones for records, random ones where order would betray a secret."""

from uuid import UUID, uuid4

import uuid_utils.compat


def new_id() -> UUID:
    """A UUIDv7: unique over all cities and close together in an index."""
    return uuid_utils.compat.uuid7()


def unordered_id() -> UUID:
    """A UUIDv4: says nothing of when it was made (ballots)."""
    return uuid4()
