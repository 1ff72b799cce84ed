"""A bench to talk about, known to the slice; residents and officials in browsers."""

from collections.abc import Callable
from uuid import UUID

import pytest

from core.features.comments import service
from core.identity import sessions
from core.kit.actor import ResidentActor, StaffActor
from core.tenancy.tenant import Tenant
from core.web.request import SESSION_COOKIE
from core.work import Runtime
from tests.comments.build import Bench, neighbour, speaker
from tests.identity.build import Begin
from tests.support.http import Client


@pytest.fixture
def benches(monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench()
    known = service._commentables()
    monkeypatch.setattr(
        service, "_commentables", lambda: {**known, made.commentable.kind: made.commentable}
    )
    return made


@pytest.fixture
def bench(benches: Bench) -> UUID:
    return benches.put(path="/polls")


@pytest.fixture
def anna(work: Begin, city: Tenant) -> ResidentActor:
    with work(city) as w:
        return ResidentActor(neighbour(w, "Анна"))


@pytest.fixture
def boris(work: Begin, city: Tenant) -> ResidentActor:
    with work(city) as w:
        return ResidentActor(neighbour(w, "Борис"))


@pytest.fixture
def boss(runtime: Runtime, city: Tenant) -> StaffActor:
    return speaker(runtime, city)


@pytest.fixture
def browser(runtime: Runtime, city: Tenant, client: Callable[..., Client]) -> Callable[..., Client]:
    """`browser(actor)` has this person signed in; without an actor it is a stranger's."""

    def open_for(actor: ResidentActor | StaffActor | None = None) -> Client:
        opened = client(city)
        if actor is not None:
            token = sessions.begin(
                runtime,
                city,
                kind="staff" if isinstance(actor, StaffActor) else "resident",
                id=actor.id,
                name=actor.name if isinstance(actor, StaffActor) else "",
            )
            opened.cookies.set(SESSION_COOKIE, token)
        return opened

    return open_for
