"""Campaigns as residents see them: which run, which are to come, what each came to."""

from typing import Any, Final

import msgspec
from litestar import Response
from litestar.params import FromPath

from core.features.ideas.domain import CampaignState, CampaignTerms
from core.features.ideas.queries import desk, gallery, one
from core.features.ideas.queries.filters import Filters
from core.features.ideas.queries.gallery import Sort
from core.features.ideas.queries.one import CampaignView
from core.features.ideas.service import campaigning
from core.features.ideas.web import rights, shown
from core.features.ideas.web.cards import cards
from core.identity import access
from core.kit.actor import StaffActor
from core.kit.errors import NotFound
from core.kit.text import Text
from core.web.pages import render
from core.web.request import CityRequest
from core.web.routes import page

_MOST: Final = 60
_ON_PAGE: Final = 6
_NO_SUCH: Final = Text(ru="Такого обсуждения здесь нет.", en="There is no such campaign here.")


@page("/campaigns")
def campaign_list(request: CityRequest) -> Response[Any]:
    """Campaigns that take ideas, those to come, those that are over."""
    _require_offered(request)
    with request.work() as work:
        running = one.campaigns(work.session, [CampaignState.OPEN], most=_MOST)
        soon = one.campaigns(work.session, [CampaignState.SCHEDULED], most=_MOST)
        over = one.campaigns(
            work.session,
            [CampaignState.CLOSED, CampaignState.SUMMED_UP],
            soonest_first=False,
            most=_MOST,
        )
    return render(
        request,
        "ideas/campaigns.html",
        title=_title(request),
        running=running,
        soon=soon,
        over=over,
        chips=shown.CAMPAIGN_CHIPS,
        label=shown.campaign_label,
    )


@page("/campaigns/{number:int}")
def campaign_page(request: CityRequest, number: FromPath[int]) -> Response[Any]:
    """A campaign: what it asks for, how it goes, what it came to."""
    _require_offered(request)
    locale, profile = request.locale, request.tenant.profile
    with request.work() as work:
        campaign = one.campaign_by_number(work.session, shown.number_of(number))
        if campaign is None or not (campaign.public or campaign.state is CampaignState.WITHDRAWN):
            raise NotFound("ideas.unknown_campaign", _NO_SUCH)
        steps = shown.campaign_history(
            one.campaign_steps(work.session, campaign.id), everything=False
        )
        if campaign.state is CampaignState.WITHDRAWN and not any(
            step.kind in ("scheduled", "open") for step in steps
        ):
            raise NotFound("ideas.unknown_campaign", _NO_SUCH)
        found = gallery.ideas(
            work.session,
            Filters(campaign=campaign.id),
            sort=Sort.POPULAR,
            now=work.now,
            most=_ON_PAGE,
        )
        kept = msgspec.convert(campaign.terms, CampaignTerms) if campaign.terms else None
        context: dict[str, Any] = {
            "campaign": campaign,
            "title": _title(request),
            "label": shown.campaign_label(campaign.state),
            "chip_kind": shown.CAMPAIGN_CHIPS[campaign.state],
            "figures": desk.campaign_figures(work.session, campaign.id),
            "cards": cards(work, found.ideas),
            "more": found.next is not None,
            "steps": steps,
            "listed": campaigning.topic_of(work, campaign.plan_item),
            "reasons": kept.opening.reasons.get(locale, []) if kept else [],
            "desk": f"/desk/campaigns/{campaign.id}"
            if isinstance(work.actor, StaffActor)
            and any(access.may(work, right) for right in rights.CAMPAIGNS)
            else None,
            "topic": profile.topic(campaign.topic) if campaign.topic else None,
            "districts": [
                name.name.in_(locale)
                for key in campaign.territory or ()
                if (name := profile.district(key)) is not None
            ],
            "takes": _takes(campaign, work.now),
            "link": request.runtime.settings.url_of(request.place.host, f"/campaigns/{number}"),
        }
    return render(request, "ideas/campaign.html", **context)


def _takes(campaign: CampaignView, now: Any) -> bool:
    """Whether ideas can be sent to it now."""
    return campaign.state is CampaignState.OPEN and (
        campaign.closes_at is None or now < campaign.closes_at
    )


def _require_offered(request: CityRequest) -> None:
    shown.require_offered(request, "ideas")
    shown.require_offered(request, "discussions")


def _title(request: CityRequest) -> str:
    """What the city calls campaigns."""
    return request.tenant.profile.features["discussions"].name.in_(request.locale)


HANDLERS: Final = (campaign_list, campaign_page)
