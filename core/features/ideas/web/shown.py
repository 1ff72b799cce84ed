"""An idea and a campaign as pages show them: their history with what is still to come, official
answers, files, and what they rest on."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from core.features.ideas.domain import (
    CAMPAIGN_LABELS,
    LABELS,
    PUBLIC,
    CampaignState,
    FormField,
    State,
    Terms,
)
from core.features.ideas.model import CampaignStep, IdeaStep
from core.features.ideas.queries.one import CampaignView, IdeaView
from core.files import store
from core.files.store import FileView
from core.kit.errors import NotFound
from core.kit.text import Locale, Text, number
from core.web.request import CityRequest
from core.work import Work

CHIPS: Final[Mapping[State, str]] = {
    State.DRAFT: "plain",
    State.SUBMITTED: "warn",
    State.REFUSED: "bad",
    State.WITHDRAWN: "plain",
    State.COLLECTING: "",
    State.UNSUPPORTED: "plain",
    State.CONSIDERATION: "warn",
    State.DECLINED: "bad",
    State.TAKEN_UP: "good",
    State.IN_WORK: "good",
    State.DONE: "good",
    State.MERGED: "plain",
}
CAMPAIGN_CHIPS: Final[Mapping[CampaignState, str]] = {
    CampaignState.DRAFT: "plain",
    CampaignState.SCHEDULED: "",
    CampaignState.OPEN: "good",
    CampaignState.CLOSED: "warn",
    CampaignState.SUMMED_UP: "",
    CampaignState.WITHDRAWN: "bad",
}
STEPS: Final[Mapping[str, Text]] = {
    "submitted": Text(ru="Отправлена на проверку", en="Sent for checking"),
    "refused": Text(ru="Отказано в публикации", en="Refused"),
    "withdrawn": Text(ru="Отозвана автором", en="Withdrawn by its author"),
    "collecting": Text(ru="Опубликована", en="Published"),
    "unsupported": Text(ru="Не набрала поддержки в срок", en="Not enough support in time"),
    "consideration": Text(ru="Принята на рассмотрение", en="Under consideration"),
    "declined": Text(ru="Отклонена с ответом", en="Declined with an answer"),
    "taken_up": Text(ru="Принята к реализации", en="Taken up"),
    "in_work": Text(ru="Началась работа", en="Work has begun"),
    "done": Text(ru="Сделано", en="Done"),
    "merged": Text(ru="Объединена с похожей", en="Merged with a similar one"),
    "answered": Text(ru="Официальный ответ", en="Official answer"),
    "amended": Text(ru="Текст изменён", en="The text has changed"),
    "amendment_refused": Text(ru="Поправка не принята", en="The amendment was refused"),
    "joined": Text(ru="Присоединилась похожая идея", en="A similar idea has joined"),
    "merge_offered": Text(
        ru="Сторонников спрашивают об объединении", en="Supporters are asked about a merging"
    ),
    "merge_cancelled": Text(ru="Объединения не будет", en="There will be no merging"),
}
CAMPAIGN_STEPS: Final[Mapping[str, Text]] = {
    "created": Text(ru="Черновик создан", en="Draft created"),
    "draft": Text(ru="Возвращено в черновики", en="Returned to drafts"),
    "scheduled": Text(ru="Утверждено", en="Approved"),
    "open": Text(ru="Обсуждение открыто", en="Opened"),
    "closed": Text(ru="Сбор идей завершён", en="Closed"),
    "summed_up": Text(ru="Итоги подведены", en="Summed up"),
    "withdrawn": Text(ru="Снято", en="Withdrawn"),
}
_OWN: Final = frozenset({"submitted", "refused", "withdrawn", "amendment_refused"})
"""Steps that concern the author alone as long as nothing is published."""
_ANSWERS: Final = frozenset({"answered", "declined", "taken_up", "in_work", "done"})
CITY: Final = Text(ru="Администрация", en="The administration")


class Step(msgspec.Struct, frozen=True):
    """A line of a history: what happened, when, by whom, what was said, which clauses."""

    kind: str
    title: Text
    at: Any
    who: str
    note: str
    clauses: tuple[str, ...]
    reasons: tuple[Any, ...]


class Coming(msgspec.Struct, frozen=True):
    """What still lies ahead."""

    title: Text
    state: str
    note: str = ""


def clauses_of(reasons: Sequence[Any]) -> tuple[str, ...]:
    """The numbers of all clauses, each once."""
    return tuple(
        dict.fromkeys(
            clause.get("number", "")
            for reason in reasons
            for clause in reason.get("clauses", ())
            if clause.get("number")
        )
    )


def _step(step: IdeaStep | CampaignStep, titles: Mapping[str, Text]) -> Step:
    reasons = tuple(reason for reason in step.reasons if isinstance(reason, dict))
    return Step(
        kind=step.kind,
        title=titles.get(step.kind, Text(ru=step.kind, en=step.kind)),
        at=step.at,
        who=step.actor_name,
        note=step.note,
        clauses=clauses_of(reasons),
        reasons=reasons,
    )


def history(steps: Sequence[IdeaStep], *, everything: bool) -> list[Step]:
    """The steps of an idea; without `everything` those that are the author's own affair are left
    out."""
    return [_step(step, STEPS) for step in steps if everything or step.kind not in _OWN]


def answers(steps: Sequence[Step]) -> list[Step]:
    """What the city said in its own words, the latest first."""
    return [step for step in reversed(steps) if step.kind in _ANSWERS and step.note]


def campaign_history(steps: Sequence[CampaignStep], *, everything: bool) -> list[Step]:
    """The steps of a campaign; residents see it from its approval on."""
    shown = [_step(step, CAMPAIGN_STEPS) for step in steps]
    return shown if everything else [one for one in shown if one.kind not in ("created", "draft")]


def coming(state: State) -> list[Coming]:
    """What lies ahead of an idea in each state; the first is what is going on."""
    collect = Coming(Text(ru="Собирает поддержку", en="Collecting support"), "next")
    look = Coming(Text(ru="Рассмотрение городом", en="Consideration by the city"), "next")
    answer = Coming(Text(ru="Решение с ответом", en="A decision with an answer"), "next")
    doing = Coming(Text(ru="Работа", en="Work"), "next")
    done = Coming(Text(ru="Сделано", en="Done"), "next")
    now = msgspec.structs.replace
    match state:
        case State.SUBMITTED:
            check = Coming(Text(ru="Проверка модератором", en="Being checked"), "now")
            return [check, collect, look, answer]
        case State.COLLECTING:
            return [now(collect, state="now"), look, answer]
        case State.CONSIDERATION:
            return [now(look, state="now"), answer]
        case State.TAKEN_UP:
            return [now(doing, state="next"), done]
        case State.IN_WORK:
            return [now(doing, state="now"), done]
        case _:
            return []


def terms(idea: IdeaView) -> Terms | None:
    return msgspec.convert(idea.terms, Terms) if idea.terms is not None else None


def grounds(kept: Terms | None, locale: Locale) -> list[Any]:
    """Why the numbers of an idea are as they are."""
    if kept is None:
        return []
    found = [
        reason
        for one in (kept.threshold, kept.support_days, kept.follows, kept.consider_days)
        for reason in one.reasons.get(locale, [])
    ]
    return [reason for reason in found if isinstance(reason, dict) and reason.get("clauses")]


class Files(msgspec.Struct, frozen=True):
    """Pictures for the gallery and documents for the list."""

    pictures: tuple[Mapping[str, str], ...] = ()
    papers: tuple[Mapping[str, str], ...] = ()


def files(work: Work, idea_id: UUID, title: str) -> Files:
    """What is attached to an idea."""
    found = store.of_owner(work.session, f"idea:{idea_id}")
    return Files(
        pictures=tuple(
            {
                "src": f"/ideas/files/{one.id}/thumb",
                "href": f"/ideas/files/{one.id}/large",
                "alt": f"{title}: {n}",
            }
            for n, one in enumerate((one for one in found if one.is_picture), 1)
        ),
        papers=tuple(
            {
                "href": f"/ideas/files/{one.id}/original",
                "name": one.name,
                "size": size_text(one, work.tenant.locale),
            }
            for one in found
            if not one.is_picture
        ),
    )


def size_text(file: FileView, locale: Locale) -> str:
    """«240 КБ»."""
    kilobytes = max(1, round(file.size / 1024))
    if kilobytes < 1024:
        return f"{number(kilobytes, locale)} {'КБ' if locale == 'ru' else 'kB'}"
    return f"{number(round(kilobytes / 1024, 1), locale)} {'МБ' if locale == 'ru' else 'MB'}"


def extras(fields: Sequence[FormField], extra: Mapping[str, object]) -> list[dict[str, str]]:
    """Answers to a campaign's questions, in its order."""
    return [
        {"term": field.label, "value": str(extra[field.key])}
        for field in fields
        if field.key in extra
    ]


def fields_of(campaign: CampaignView | None) -> tuple[FormField, ...]:
    if campaign is None:
        return ()
    return msgspec.convert(list(campaign.form), tuple[FormField, ...])


def number_of(raw: int) -> int:
    """A number of an idea or campaign that the database can hold; raises NotFound."""
    if not 0 < raw < 2**31:
        raise NotFound
    return raw


def require_offered(request: CityRequest, feature: str) -> None:
    """NotFound in a city that does without it."""
    if not request.tenant.profile.offers(feature):
        raise NotFound


def state_label(state: State) -> Text:
    return LABELS[state]


def campaign_label(state: CampaignState) -> Text:
    return CAMPAIGN_LABELS[state]


def is_public(state: State) -> bool:
    return state in PUBLIC
