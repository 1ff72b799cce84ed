"""Every page of the desk in every city and language: other regulations, other posts, no crash."""

from datetime import timedelta

import pytest

from core.features.polls.service.drafting import create_draft
from tests.features.console.browsing import signed_in
from tests.features.polls.build import draft, official, open_poll
from tests.support.http import visible_text

PAGES = (
    "/desk",
    "/desk/polls",
    "/desk/polls/new",
    "/desk/polls/{draft}",
    "/desk/polls/{draft}/edit",
    "/desk/polls/{draft}/preview",
    "/desk/polls/{running}",
    "/desk/people",
    "/desk/people?view=names",
    "/desk/people/new",
    "/desk/people/{me}",
    "/desk/people/residents",
    "/desk/regulation",
    "/desk/regulation?procedure=people",
    "/desk/regulation?procedure=bonus",
    "/desk/regulation?on=2016-01-01",
    "/desk/regulation/ask",
    "/desk/regulation/ask?question=polls~polls.may_open&on=2026-06-15&duration_days=20",
    "/desk/journal",
    "/desk/journal/decisions",
)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("slug", ["gubkinsky", "oktyabrsky", "tyumen", "perm"])
def test_pages_of_the_desk(runtime, client, slug, language):
    city = runtime.registry.by_slug(slug)
    chief = official(runtime, city, "polls.approve", "people.manage", "audit.view")
    with runtime.work(city, chief) as work:
        poll = create_draft(work, draft=draft(first=work.today + timedelta(days=5), days=20))
    places = {"draft": poll, "running": open_poll(runtime, city, staff=chief), "me": chief.id}
    desk = signed_in(runtime, city, client(city), chief)
    desk.cookies.set("veche_language", language)
    for path in PAGES:
        answer = desk.get(path.format(**places))
        assert answer.status_code == 200, f"{path}: {visible_text(answer)[:300]}"
        assert " style=" not in answer.text, path
        assert "<script>" not in answer.text, path
