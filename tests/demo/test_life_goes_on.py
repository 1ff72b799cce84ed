"""The product works on a filled city as on any other."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.demo.data import fill_cities
from core.features.bonus import queries as points
from core.features.polls import queries
from core.features.polls.domain import State
from core.features.polls.model import Poll
from core.features.polls.service.voting import cast_ballot
from core.identity.contacts import Contact
from core.identity.residents import find
from core.kit.actor import SystemActor

SCALE = 0.02


def test_polls_open_close_and_credit(runtime, clock, installation, deliver, owner):
    fill_cities(installation.settings, clock=clock, scale=SCALE, fresh=True)
    city = runtime.registry.by_slug("gubkinsky")
    with runtime.work(city, SystemActor("test")) as work:
        person = find(work, contact=Contact("email", "demo-resident@example.org"))
        running = work.session.scalars(select(Poll.id).where(Poll.state == "open")).all()
        coming = work.session.scalars(select(Poll.id).where(Poll.state == "scheduled")).all()
        before = points.balance(work.session, person)
        papers = {poll: queries.poll_view(work.session, poll).paper for poll in running}
        cast = {poll: queries.poll_view(work.session, poll).participants for poll in running}
    assert running
    assert coming
    deliver()
    for poll in running:
        sent = {str(one.id): [str(one.options[0].id)] for one in papers[poll].questions}
        receipt = cast_ballot(runtime, city, poll_id=poll, resident_id=person, sent=sent)
        assert not receipt.repeated
        assert receipt.points > 0
    deliver()
    with runtime.work(city, SystemActor("test")) as work:
        assert points.balance(work.session, person) == before + receipt.points * len(running)
    for _day in range(40):
        clock.move(timedelta(days=1))
        deliver()
    with runtime.work(city, SystemActor("test")) as work:
        for poll in running:
            view = queries.poll_view(work.session, poll)
            assert view.state is State.CLOSED
            assert view.results.participants == cast[poll] + 1
        assert all(queries.poll_view(work.session, poll).state is State.CLOSED for poll in coming)
    assert owner.execute("SELECT count(*) FROM platform.outbox_dead").fetchone() == (0,)
    late = owner.execute("SELECT kind FROM platform.outbox WHERE due_at <= %s", (clock.now(),))
    assert late.fetchall() == []


@pytest.mark.parametrize("days_ago", [22, 25, 40])
def test_the_latest_poll_is_where_its_dates_say(
    days_ago, runtime, clock, installation, deliver, tmp_path
):
    """Closed and waiting for publication, published and open to objections, sealed."""
    city = runtime.registry.by_slug("gubkinsky")
    (tmp_path / "gubkinsky" / "demo").mkdir(parents=True)
    demo = installation.settings.tenants / "gubkinsky" / "demo"
    (tmp_path / "gubkinsky" / "demo" / "scale.toml").write_bytes((demo / "scale.toml").read_bytes())
    polls = (demo / "polls.toml").read_text(encoding="utf-8")
    # The two that have ended lately move back, so that the one below is the latest.
    for recent, earlier in ((46, 64), (26, 74)):
        assert f"opened_days_ago = {recent}\n" in polls
        polls = polls.replace(f"opened_days_ago = {recent}\n", f"opened_days_ago = {earlier}\n")
    assert "opened_days_ago = 17\ndays = 21" in polls
    polls = polls.replace(
        "opened_days_ago = 17\ndays = 21", f"opened_days_ago = {days_ago}\ndays = 21"
    )
    (tmp_path / "gubkinsky" / "demo" / "polls.toml").write_text(polls, encoding="utf-8")
    import msgspec

    settings = msgspec.structs.replace(installation.settings, tenants=tmp_path)
    (filled,) = fill_cities(settings, clock=clock, scale=SCALE)
    assert filled.slug == "gubkinsky"
    with runtime.work(city, SystemActor("test")) as work:
        poll = work.session.scalars(
            select(Poll).where(Poll.closes_at <= work.now).order_by(Poll.closes_at.desc()).limit(1)
        ).one()
        key = queries.sealed_key(work.session, poll.id)
    if days_ago == 22:
        assert (poll.state, poll.published_at) == ("closed", None)
        assert key
    elif days_ago == 25:
        assert poll.published_at is not None
        assert poll.sealed_at is None
        assert key
        clock.move(timedelta(days=15))
        deliver()
        with runtime.work(city, SystemActor("test")) as work:
            assert work.session.get(Poll, poll.id).sealed_at is not None
            assert queries.sealed_key(work.session, poll.id) is None
    else:
        assert poll.sealed_at is not None
        assert key is None
