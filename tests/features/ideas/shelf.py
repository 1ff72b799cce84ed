"""Ideas for tests of lists: rows put straight into the table, in whatever state a list needs."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from core.features.ideas.domain import PUBLIC, State
from core.features.ideas.model import Campaign, Idea
from core.features.ideas.service import figures
from core.files.model import File
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from core.tenancy.tenant import Tenant
from core.work import Runtime

_numbers = count(1000)
DECIDED = {State.DECLINED, State.TAKEN_UP, State.IN_WORK, State.DONE}


def terms(threshold: int | None) -> dict[str, object]:
    """The law kept with an idea; of all values only the threshold matters to lists."""
    values: dict[str, object] = {
        "threshold": threshold,
        "support_days": 60,
        "follows": "by_hand",
        "consider_days": None,
        "consider_counted": "calendar",
    }
    return {name: {"value": value, "reasons": {}} for name, value in values.items()}


def put(
    runtime: Runtime,
    city: Tenant,
    *,
    state: State = State.COLLECTING,
    age: float = 1.0,
    photo: bool = False,
    threshold: int | None = 100,
    **columns: Any,
) -> UUID:
    """An idea published `age` days ago."""
    idea_id = new_id()
    with runtime.work(city, SystemActor("test")) as work:
        at = work.now - timedelta(days=age)
        public = state in PUBLIC
        values: dict[str, Any] = {
            "id": idea_id,
            "number": next(_numbers),
            "title": "Поставить лавочки",
            "body": "Вдоль тропы негде отдохнуть.",
            "state": state.value,
            "state_since": at,
            "submitted_at": at,
            "published_at": at if public else None,
            "ends_at": at + timedelta(days=60) if public else None,
            "decided_at": at + timedelta(hours=1) if state in DECIDED else None,
            "terms": terms(threshold) if public else None,
        }
        work.session.add(Idea(**{**values, **columns}))
        if photo:
            work.session.add(
                File(
                    id=new_id(),
                    name="photo.webp",
                    media_type="image/webp",
                    size=10,
                    width=480,
                    height=360,
                    owner=f"idea:{idea_id}",
                    uploaded_by="test",
                    uploaded_at=work.now,
                )
            )
    return idea_id


def put_campaign(runtime: Runtime, city: Tenant, **columns: Any) -> UUID:
    """A campaign that runs."""
    campaign_id = new_id()
    with runtime.work(city, SystemActor("test")) as work:
        values: dict[str, Any] = {
            "id": campaign_id,
            "number": next(_numbers),
            "title": "Каким быть скверу",
            "summary": "Собираем идеи до конца месяца.",
            "state": "open",
            "opens_on": work.today,
            "closes_on": work.today + timedelta(days=20),
            "opens_at": work.now,
            "closes_at": work.now + timedelta(days=20),
            "created_by": "test",
        }
        work.session.add(Campaign(**{**values, **columns}))
    return campaign_id


def count_all(runtime: Runtime, city: Tenant) -> None:
    """What the worker does once a minute."""
    with runtime.work(city, SystemActor("test")) as work:
        figures.count(work)
