"""Campaigns: only on a topic of the list, opened and closed by the calendar, summed up in time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core.deadlines.obligations import of_subject
from core.features.ideas.domain import CampaignState, FormField, State, read_extra
from core.features.ideas.queries import desk, one
from core.features.ideas.service import campaigning
from core.kit.actor import StaffActor
from core.kit.errors import Conflict, Invalid
from core.kit.ids import new_id
from core.kit.standing import Standing
from core.notify.model import NoticeRow
from core.rules import Refused
from tests.features.ideas import build


@pytest.fixture
def listed(monkeypatch) -> None:
    """Whatever the city's list holds, the topic is on it."""
    monkeypatch.setattr(campaigning, "standing", lambda _work, _item, _on: Standing.LISTED)


def state_of(work: Any, city: Any, campaign: UUID) -> CampaignState:
    with work(city) as w:
        found = one.campaign_view(w.session, campaign)
        assert found is not None
        return found.state


@pytest.fixture
def staff(runtime, city) -> StaffActor:
    return build.official(runtime, city, *build.CAMPAIGNS)


def test_from_the_draft_to_the_outcome(runtime, city, work, deliver, clock, staff, listed) -> None:
    campaign = new_id()
    with work(city, staff) as w:
        first = w.today + timedelta(days=3)
        campaigning.save_draft(w, draft=build.campaign_draft(first), campaign_id=campaign)
        campaigning.schedule(w, campaign_id=campaign)
        campaigning.schedule(w, campaign_id=campaign)
    deliver()
    assert state_of(work, city, campaign) is CampaignState.SCHEDULED
    clock.move(timedelta(days=3))
    deliver()
    assert state_of(work, city, campaign) is CampaignState.OPEN
    (author,) = build.residents(runtime, city, 1)
    idea = build.published(
        runtime,
        city,
        author=author,
        campaign=campaign,
        topic=None,
        extra={"where": "у входа", "what": "свет"},
    )
    found = build.view(runtime, city, idea)
    assert found.extra == {"where": "у входа", "what": "свет"}
    with work(city) as w:
        shown = one.campaign_view(w.session, campaign)
        assert shown is not None
        assert found.ends_at == shown.closes_at
    build.support(runtime, city, idea, build.residents(runtime, city, 2))
    clock.move(timedelta(days=31))
    deliver()
    assert state_of(work, city, campaign) is CampaignState.CLOSED
    assert build.state_of(runtime, city, idea) is State.UNSUPPORTED
    with work(city) as w:
        (owed,) = of_subject(w.session, f"campaign:{campaign}")
        assert owed.state == "open"
        figures = desk.campaign_figures(w.session, campaign)
        assert (figures.ideas, figures.admitted, figures.participants, figures.supports) == (
            1,
            1,
            3,
            2,
        )
    with work(city, staff) as w:
        campaigning.sum_up(w, campaign_id=campaign, outcome="Поставим фонари у входа.")
        campaigning.sum_up(w, campaign_id=campaign, outcome="Поставим фонари у входа.")
    deliver()
    assert state_of(work, city, campaign) is CampaignState.SUMMED_UP
    with work(city) as w:
        assert [one_.state for one_ in of_subject(w.session, f"campaign:{campaign}")] == ["done"]
        told = w.session.scalars(
            select(NoticeRow.title).where(
                NoticeRow.recipient_id == author, NoticeRow.kind == "ideas.campaign_outcome"
            )
        ).all()
        assert len(told) == 1


def test_without_a_topic_it_is_refused_with_the_clause(work, city, staff) -> None:
    campaign = new_id()
    with work(city, staff) as w:
        campaigning.save_draft(w, draft=build.campaign_draft(w.today), campaign_id=campaign)
    with work(city, staff) as w, pytest.raises(Refused) as refused:
        campaigning.schedule(w, campaign_id=campaign)
    reasons = refused.value.decision.reasons
    assert "п. 3.1" in [one_.number for reason in reasons for one_ in reason.clauses]
    assert state_of(work, city, campaign) is CampaignState.DRAFT


def test_a_topic_taken_off_the_list_sends_it_back(
    work, city, staff, deliver, clock, monkeypatch
) -> None:
    campaign = new_id()
    monkeypatch.setattr(campaigning, "standing", lambda _work, _item, _on: Standing.LISTED)
    with work(city, staff) as w:
        first = w.today + timedelta(days=2)
        campaigning.save_draft(w, draft=build.campaign_draft(first), campaign_id=campaign)
        campaigning.schedule(w, campaign_id=campaign)
    monkeypatch.setattr(campaigning, "standing", lambda _work, _item, _on: Standing.UNLISTED)
    clock.move(timedelta(days=2))
    deliver()
    assert state_of(work, city, campaign) is CampaignState.DRAFT
    with work(city) as w:
        last = one.campaign_steps(w.session, campaign)[-1]
        assert last.kind == "draft"
        assert last.reasons


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"body": ""}, "body"),
        ({"opens_on": None}, "opens_on"),
        ({"closes_on": None}, "closes_on"),
        ({"form": (FormField(key="a", kind="choice", label="Что"),)}, "field-0-options"),
        ({"form": (FormField(key="a", kind="text", label=""),)}, "field-0-label"),
    ],
)
def test_what_is_missing_is_said(work, city, staff, listed, changes, field) -> None:
    campaign = new_id()
    with work(city, staff) as w:
        draft = build.campaign_draft(w.today, **changes)
        campaigning.save_draft(w, draft=draft, campaign_id=campaign)
    with work(city, staff) as w, pytest.raises(Invalid) as problem:
        campaigning.schedule(w, campaign_id=campaign)
    assert field in problem.value.fields


def test_a_repeated_draft_is_one_campaign_and_stale_ones_are_noticed(work, city, staff) -> None:
    campaign = new_id()
    with work(city, staff) as w:
        draft = build.campaign_draft(w.today)
        campaigning.save_draft(w, draft=draft, campaign_id=campaign)
        version = campaigning.save_draft(w, draft=draft, campaign_id=campaign)
    with work(city, staff) as w, pytest.raises(Conflict):
        campaigning.save_draft(w, draft=draft, campaign_id=campaign, version=version - 1)


def test_a_closed_campaign_takes_no_ideas(runtime, city, work, clock, listed) -> None:
    campaign = build.open_campaign(runtime, city)
    clock.move(timedelta(days=31))
    with pytest.raises(Conflict):
        build.sent(runtime, city, campaign=campaign, extra={"where": "у входа"})


def test_answers_to_its_questions() -> None:
    fields = (
        FormField(key="name", kind="text", label="Где", required=True),
        FormField(key="kind", kind="choice", label="Что", options=("а", "б")),
        FormField(key="cost", kind="number", label="Сколько"),
    )
    sent = {"name": " Мира, 5 ", "kind": "а", "cost": "1 200"}
    assert read_extra(fields, sent) == {"name": "Мира, 5", "kind": "а", "cost": 1200}
    with pytest.raises(Invalid) as problem:
        read_extra(fields, {"kind": "в", "cost": "много"})
    assert set(problem.value.fields) == {"x-name", "x-kind", "x-cost"}
    assert read_extra(fields, {"kind": "в", "cost": "7"}, complete=False) == {"cost": 7}
