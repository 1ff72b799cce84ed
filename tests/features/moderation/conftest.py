"""Moderation with a kind of thing of the tests' own, and somebody at the desk."""

from types import SimpleNamespace

import pytest

from core.features.moderation import service
from tests.features.console.browsing import signed_in
from tests.moderation import build


@pytest.fixture(autouse=True)
def things(monkeypatch):
    """Ideas and comments that are only known to the journal."""
    known = {**build.kinds(), **build.kinds(key="comments.comment")}
    monkeypatch.setattr(service, "kinds", lambda: known)
    monkeypatch.setattr(service, "sources", lambda _work: {"ideas": build.SOURCE})


@pytest.fixture
def desk(runtime, city, client):
    """Three moderators with a browser each."""
    people = build.moderators(runtime, city, 3)
    return [
        SimpleNamespace(actor=one, browser=signed_in(runtime, city, client(city), one))
        for one in people
    ]
