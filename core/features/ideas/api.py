"""Ideas for programs and bots: reading what the gallery shows, sending an idea, supporting one."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, JSONBody, QueryParameter

from core.features.ideas.domain import (
    LONGEST_BODY,
    LONGEST_FIELD,
    LONGEST_PLACE,
    LONGEST_TITLE,
    MOST_FIELDS,
    CampaignState,
    State,
    Terms,
)
from core.features.ideas.queries import gallery, one, search
from core.features.ideas.queries.filters import Box, Filters, Group, Listed, read_box
from core.features.ideas.queries.gallery import Sort
from core.features.ideas.queries.one import CampaignView, IdeaView
from core.features.ideas.service import supporting, writing
from core.features.ideas.service.writing import IdeaDraft
from core.kit.actor import Actor, Anonymous, ResidentActor
from core.kit.errors import NotFound, Problem
from core.kit.text import Text
from core.web.api import (
    BadCursor,
    ReasonOut,
    answer,
    changing,
    reading,
    reasons_out,
    require_offered,
    resident_if_any,
    resident_of,
)
from core.web.request import CityRequest

# Written out, as parameters of addresses are described in place.
GroupKey = Literal["collecting", "considered", "accepted", "done", "declined"]
SortKey = Literal["new", "popular", "ending", "decided", "fitting"]


class IdeaOut(msgspec.Struct, frozen=True):
    """An idea in a list. `supports` in lists may be some seconds old. `threshold` is how many
    supporters it needs, null where the city asks for no number; `ends_at` is the instant from
    which no support is taken."""

    id: UUID
    number: int
    title: str
    excerpt: str
    state: State
    supports: int
    threshold: int | None
    comments: int
    published_at: datetime
    ends_at: datetime | None
    decided_at: datetime | None
    topic: str | None
    district: str | None
    campaign: UUID | None
    url: str


class IdeaPageOut(msgspec.Struct, frozen=True):
    """A page of ideas; send `next` or `previous` as `after` for the pages beside it."""

    items: list[IdeaOut]
    next: str | None = None
    previous: str | None = None


class PlaceOut(msgspec.Struct, frozen=True):
    """A place: words, and a point on the map if there is one."""

    text: str
    lat: float | None = None
    lon: float | None = None


class IdeaTermOut(msgspec.Struct, frozen=True):
    """A value that binds the idea, and why."""

    value: int | str | bool | None
    reasons: list[ReasonOut]


class IdeaDetailOut(IdeaOut, frozen=True, kw_only=True):
    """One idea. `supported` needs a key; `merged_into` is the idea it was merged with; `version`
    grows with each amendment of the text."""

    body: str
    author: str
    place: PlaceOut | None
    merged_into: UUID | None
    version: int
    supported: bool | None = None
    terms: dict[str, IdeaTermOut] = {}


class IdeaStepOut(msgspec.Struct, frozen=True):
    """A step in the life of an idea. `kind` is the state it reached, `answered` for an official
    answer, `amended` for a new text, or what happened otherwise; `by` is who took the step, where
    that is public."""

    at: datetime
    kind: str
    by: str
    text: str
    reasons: list[ReasonOut]


class IdeaStepsOut(msgspec.Struct, frozen=True):
    """The life of an idea, oldest step first."""

    items: list[IdeaStepOut]


class SupportsOut(msgspec.Struct, frozen=True):
    """How many support the idea, to the last one; `supported` needs a key."""

    supports: int
    supported: bool | None = None


class CampaignOut(msgspec.Struct, frozen=True):
    """A campaign: a call for ideas on a topic. Days are the city's own and both ends count."""

    id: UUID
    number: int
    title: str
    summary: str
    state: CampaignState
    opens_on: date | None
    closes_on: date | None
    closes_at: datetime | None
    topic: str | None
    districts: list[str] | None
    url: str


class CampaignListOut(msgspec.Struct, frozen=True):
    """Campaigns, the latest first."""

    items: list[CampaignOut]


class QuestionOfCampaignOut(msgspec.Struct, frozen=True):
    """A question that a campaign asks beside the text of an idea."""

    key: str
    kind: str
    label: str
    hint: str = ""
    required: bool = False
    options: list[str] = []


class CampaignDetailOut(CampaignOut, frozen=True, kw_only=True):
    """One campaign with its questions and, when it is summed up, its outcome."""

    body: str
    questions: list[QuestionOfCampaignOut]
    outcome: str


class SupportIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether you want to support the idea: true gives support, false takes it back."""

    support: bool


class SupportOut(msgspec.Struct, frozen=True):
    """How it stands now. `repeated`: it was so before (a retry)."""

    idea: UUID
    supported: bool
    repeated: bool
    supports: int


class IdeaIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An idea to send. `id` is made by you (a UUID): whatever is sent again under it is the same
    idea. `acknowledged`: the author has read the city's notice that an idea is not an appeal."""

    id: Annotated[UUID, msgspec.Meta(description="Made by you; a retry sends the same one")]
    title: Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)]
    body: Annotated[str, msgspec.Meta(max_length=LONGEST_BODY)]
    acknowledged: bool = False
    topic: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    district: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    campaign: UUID | None = None
    place: Annotated[str, msgspec.Meta(max_length=LONGEST_PLACE)] = ""
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    author: Annotated[
        str, msgspec.Meta(max_length=LONGEST_TITLE, description="The name to show; empty: none")
    ] = ""
    extra: Annotated[
        dict[str, Annotated[str, msgspec.Meta(max_length=LONGEST_FIELD)]],
        msgspec.Meta(
            max_length=MOST_FIELDS, description="Answers to the campaign's questions by key"
        ),
    ] = {}


class SubmittedOut(msgspec.Struct, frozen=True):
    """The idea is sent. `published` false: it is read by a moderator first."""

    idea: UUID
    number: int
    published: bool
    repeated: bool
    url: str


_UNKNOWN = Text(ru="Такой идеи в этом городе нет.", en="There is no such idea in this city.")
_BAD_BOX = Text(
    ru="Нужны четыре числа через запятую: запад, юг, восток, север в градусах.",
    en="Four numbers with commas are needed: west, south, east, north in degrees.",
)
_UNKNOWN_CAMPAIGN = Text(
    ru="Такого обсуждения в этом городе нет.", en="There is no such campaign in this city."
)


@reading(
    "/ideas",
    name="listIdeas",
    summary="Ideas of the city",
    tag="ideas",
    gives=IdeaPageOut,
    errors=(404,),
)
def list_ideas(
    request: CityRequest,
    group: Annotated[
        GroupKey | None, QueryParameter(description="Only ideas that stand so; all without it")
    ] = None,
    sort: Annotated[
        SortKey | None,
        QueryParameter(
            description="`new`, `popular`, `ending` (collecting, those that end first), `decided`,"
            " or with `q` also `fitting`, which is its usual order"
        ),
    ] = None,
    topic: Annotated[
        str | None, QueryParameter(max_length=60, description="Key of a topic, see `/city`")
    ] = None,
    district: Annotated[
        str | None, QueryParameter(max_length=60, description="Key of a district, see `/city`")
    ] = None,
    campaign: Annotated[UUID | None, QueryParameter(description="Only ideas of a campaign")] = None,
    photo: Annotated[bool, QueryParameter(description="Only ideas with a photo")] = False,
    box: Annotated[
        str | None,
        QueryParameter(max_length=120, description="`west,south,east,north` in degrees"),
    ] = None,
    q: Annotated[
        str | None,
        QueryParameter(max_length=100, description="Words in any of their forms, or a number"),
    ] = None,
    after: Annotated[
        str | None,
        QueryParameter(max_length=200, description="`next` or `previous` of another page"),
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=50, description="Ideas on a page")] = 20,
) -> Response[Any]:
    """Public ideas, page by page in both directions. The filters are those of the gallery, and all
    of them may be used together."""
    require_offered(request, "ideas")
    words = _clean(q)
    filters = Filters(
        group=Group(group) if group else None,
        topic=_clean(topic) or None,
        district=_clean(district) or None,
        campaign=campaign,
        photo=photo,
        box=_box(box) if box else None,
        words=words,
    )
    order = Sort(sort) if sort else Sort.FITTING
    if order is Sort.FITTING and not words:
        order = Sort.NEW
    find = search.find if words else gallery.ideas
    with request.runtime.work(request.tenant, _actor(request)) as work:
        try:
            page = find(
                work.session, filters, sort=order, now=work.now, cursor=after or None, most=limit
            )
        except ValueError as error:
            raise BadCursor from error
    items = [_idea_out(request, idea) for idea in page.ideas]
    return answer(request, IdeaPageOut(items, page.next, page.previous))


@reading(
    "/ideas/{idea_id:uuid}",
    name="getIdea",
    summary="One idea",
    tag="ideas",
    gives=IdeaDetailOut,
    errors=(404,),
)
def get_idea(request: CityRequest, idea_id: FromPath[UUID]) -> Response[Any]:
    """One public idea with its text and its law; with a key also whether you support it."""
    require_offered(request, "ideas")
    resident = resident_if_any(request)
    with request.runtime.work(request.tenant, _actor(request)) as work:
        idea = _public(one.public_idea(work.session, idea_id))
        supports = one.live_supports(work.session, idea_id)
        supported = one.supports(work.session, idea_id, resident) if resident else None
    terms = msgspec.convert(idea.terms, Terms) if idea.terms is not None else None
    assert idea.published_at is not None
    return answer(
        request,
        IdeaDetailOut(
            id=idea.id,
            number=idea.number,
            title=idea.title,
            excerpt=" ".join(idea.body.split())[:260],
            state=idea.state,
            supports=supports,
            threshold=terms.needed if terms else None,
            comments=idea.comments,
            published_at=idea.published_at,
            ends_at=idea.ends_at,
            decided_at=idea.decided_at,
            topic=idea.topic,
            district=idea.district,
            campaign=idea.campaign_id,
            url=_url(request, f"/ideas/{idea.number}"),
            body=idea.body,
            author=idea.author_name,
            place=PlaceOut(idea.place, idea.place_lat, idea.place_lon)
            if idea.place or idea.place_lat is not None
            else None,
            merged_into=idea.merged_into,
            version=idea.version,
            supported=supported,
            terms=_terms(terms, request) if terms else {},
        ),
    )


@reading(
    "/ideas/{idea_id:uuid}/steps",
    name="listIdeaSteps",
    summary="What became of an idea",
    tag="ideas",
    gives=IdeaStepsOut,
    errors=(404,),
)
def idea_steps(request: CityRequest, idea_id: FromPath[UUID]) -> Response[Any]:
    """Every state the idea has reached and every official answer, with the clauses they rest on."""
    require_offered(request, "ideas")
    with request.runtime.work(request.tenant, _actor(request)) as work:
        _public(one.public_idea(work.session, idea_id))
        found = one.steps(work.session, idea_id)
    return answer(
        request,
        IdeaStepsOut(
            [
                IdeaStepOut(
                    step.at, step.kind, step.actor_name, step.note, reasons_out(step.reasons)
                )
                for step in found
            ]
        ),
    )


@reading(
    "/ideas/{idea_id:uuid}/support",
    name="getSupport",
    summary="How many support an idea",
    tag="ideas",
    gives=SupportsOut,
    errors=(404,),
)
def get_support(request: CityRequest, idea_id: FromPath[UUID]) -> Response[Any]:
    """The count to the last supporter, and with a key whether you are one of them. Who the others
    are is told to nobody."""
    require_offered(request, "ideas")
    resident = resident_if_any(request)
    with request.runtime.work(request.tenant, _actor(request)) as work:
        _public(one.public_idea(work.session, idea_id))
        supports = one.live_supports(work.session, idea_id)
        supported = one.supports(work.session, idea_id, resident) if resident else None
    return answer(request, SupportsOut(supports, supported))


@changing(
    "/ideas/{idea_id:uuid}/support",
    name="supportIdea",
    summary="Support an idea, or take support back",
    tag="ideas",
    takes=SupportIn,
    gives={200: (SupportOut, "How it stands now")},
    errors=(403, 404, 409),
)
def support(
    request: CityRequest, idea_id: FromPath[UUID], data: JSONBody[SupportIn]
) -> Response[Any]:
    """Say how it shall be, true or false; sending the same again changes nothing. Refused with 409
    once support is no longer collected, with 403 and the clause by the city's rules."""
    require_offered(request, "ideas")
    change = supporting.support if data.support else supporting.take_back
    receipt = change(
        request.runtime, request.tenant, idea_id=idea_id, resident_id=resident_of(request)
    )
    return answer(
        request,
        SupportOut(receipt.idea_id, receipt.supported, receipt.repeated, receipt.supports),
    )


@changing(
    "/ideas",
    name="sendIdea",
    summary="Send an idea",
    tag="ideas",
    takes=IdeaIn,
    gives={
        201: (SubmittedOut, "The idea is sent"),
        200: (SubmittedOut, "It was sent before, nothing has changed"),
    },
    errors=(403, 404, 409, 422),
)
def send_idea(request: CityRequest, data: JSONBody[IdeaIn]) -> Response[Any]:
    """Send an idea, alone or to a campaign. Where the city's moderators read first, it becomes
    public when they have. Sending it again under the same `id` is safe: it answers 200."""
    require_offered(request, "ideas")
    resident = resident_of(request)
    with request.runtime.work(request.tenant, ResidentActor(resident)) as work:
        known = one.idea_view(work.session, data.id)
        sent = writing.submit(
            work,
            author_id=resident,
            idea_id=data.id,
            campaign_id=data.campaign,
            acknowledged=data.acknowledged,
            draft=IdeaDraft(
                title=_clean(data.title),
                body=_lines(data.body),
                extra={_clean(key): _lines(text) for key, text in data.extra.items()},
                topic=data.topic,
                district=data.district,
                place_lat=data.lat,
                place_lon=data.lon,
                place=_clean(data.place),
                author_name=_clean(data.author),
            ),
        )
    repeated = known is not None and known.state is not State.DRAFT
    return answer(
        request,
        SubmittedOut(
            sent.idea_id,
            sent.number,
            sent.published,
            repeated,
            _url(request, f"/ideas/{sent.number}"),
        ),
        status=200 if repeated else 201,
    )


@reading(
    "/campaigns",
    name="listCampaigns",
    summary="Campaigns of the city",
    tag="ideas",
    gives=CampaignListOut,
    errors=(404,),
)
def list_campaigns(
    request: CityRequest,
    running: Annotated[bool, QueryParameter(description="Only those that run now")] = False,
    limit: Annotated[int, QueryParameter(ge=1, le=50, description="Most campaigns to list")] = 20,
) -> Response[Any]:
    """Campaigns, those with the latest last day first."""
    require_offered(request, "ideas")
    states = (
        [CampaignState.OPEN]
        if running
        else sorted(one.PUBLIC_CAMPAIGNS, key=lambda state: state.value)
    )
    with request.runtime.work(request.tenant, _actor(request)) as work:
        found = one.campaigns(work.session, states, soonest_first=False, most=limit)
    return answer(request, CampaignListOut([_campaign_out(request, each) for each in found]))


@reading(
    "/campaigns/{campaign_id:uuid}",
    name="getCampaign",
    summary="One campaign",
    tag="ideas",
    gives=CampaignDetailOut,
    errors=(404,),
)
def get_campaign(request: CityRequest, campaign_id: FromPath[UUID]) -> Response[Any]:
    """One campaign with the questions it asks; its ideas are listed by `/ideas?campaign=…`."""
    require_offered(request, "ideas")
    with request.runtime.work(request.tenant, _actor(request)) as work:
        campaign = one.campaign_view(work.session, campaign_id)
    if campaign is None or not campaign.public:
        raise NotFound("ideas.unknown_campaign", _UNKNOWN_CAMPAIGN)
    return answer(
        request,
        CampaignDetailOut(
            **msgspec.structs.asdict(_campaign_out(request, campaign)),
            body=campaign.body,
            questions=msgspec.convert(campaign.form, list[QuestionOfCampaignOut]),
            outcome=campaign.outcome,
        ),
    )


def _actor(request: CityRequest) -> Actor:
    resident = resident_if_any(request)
    return ResidentActor(resident) if resident else Anonymous()


def _public(idea: IdeaView | None) -> IdeaView:
    if idea is None:
        raise NotFound("ideas.unknown", _UNKNOWN)
    return idea


def _idea_out(request: CityRequest, idea: Listed) -> IdeaOut:
    return IdeaOut(
        id=idea.id,
        number=idea.number,
        title=idea.title,
        excerpt=idea.excerpt,
        state=idea.state,
        supports=idea.supports,
        threshold=idea.threshold,
        comments=idea.comments,
        published_at=idea.published_at,
        ends_at=idea.ends_at,
        decided_at=idea.decided_at,
        topic=idea.topic,
        district=idea.district,
        campaign=idea.campaign_id,
        url=_url(request, f"/ideas/{idea.number}"),
    )


def _campaign_out(request: CityRequest, campaign: CampaignView) -> CampaignOut:
    return CampaignOut(
        id=campaign.id,
        number=campaign.number,
        title=campaign.title,
        summary=campaign.summary,
        state=campaign.state,
        opens_on=campaign.opens_on,
        closes_on=campaign.closes_on,
        closes_at=campaign.closes_at,
        topic=campaign.topic,
        districts=list(campaign.territory) if campaign.territory is not None else None,
        url=_url(request, f"/campaigns/{campaign.number}"),
    )


def _terms(terms: Terms, request: CityRequest) -> dict[str, IdeaTermOut]:
    found = {}
    for name in Terms.__struct_fields__:
        term = getattr(terms, name)
        found[name] = IdeaTermOut(term.value, reasons_out(term.reasons.get(request.locale, [])))
    return found


def _url(request: CityRequest, path: str) -> str:
    return request.runtime.settings.url_of(request.place.host, path)


def _box(text: str) -> Box:
    try:
        return read_box(text)
    except ValueError as error:
        raise Problem("invalid", _BAD_BOX, fields={"box": _BAD_BOX}) from error


def _clean(text: str | None) -> str:
    """What was sent without signs that no text of ours holds, on one line."""
    return " ".join(_lines(text or "").split())


def _lines(text: str) -> str:
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text).strip()


HANDLERS = (
    list_ideas,
    send_idea,
    get_idea,
    idea_steps,
    get_support,
    support,
    list_campaigns,
    get_campaign,
)
