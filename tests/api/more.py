"""Ideas, campaigns, letters, comments, topics, duties, files and notices of a city, all with its
mark, for the tests over every address."""

from datetime import timedelta
from uuid import UUID

from core.deadlines.obligations import open_obligation
from core.features.comments import service as comments
from core.features.desk.jobs import REMINDER
from core.features.ideas.service.talking import IDEA as COMMENTED
from core.features.ideas.service.writing import KIND as IDEA
from core.features.moderation.service import kinds
from core.features.plan.domain import Content, ItemKind, ItemState, YearState
from core.features.plan.model import PlanItem, PlanMeasure, PlanYear
from core.features.plan.service import gathering
from core.files import store
from core.kit.actor import ResidentActor, StaffActor, SystemActor
from core.kit.ids import new_id
from core.kit.text import Text
from core.moderation import deciding, queries
from core.moderation.domain import GroundChosen
from core.notify.tell import Recipient, tell
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.features.ideas import build as ideas
from tests.features.polls.build import official, residents


def furnish_more(
    runtime: Runtime, city: Tenant, staff: StaffActor, mark: str, content: bytes
) -> list[UUID]:
    """Returns ids that a visitor could try."""
    made: list[UUID] = [*_topics(runtime, city, mark), *_duties(runtime, city, staff, mark)]
    if city.profile.offers("ideas"):
        made += _ideas(runtime, city, mark, content)
    return made


def _ideas(runtime: Runtime, city: Tenant, mark: str, content: bytes) -> list[UUID]:
    (author,) = residents(runtime, city, 1)
    said = {"title": f"Идея {mark}", "body": f"Что предлагается: {mark}, и зачем это городу."}
    shown = ideas.published(runtime, city, author=author, **said)
    waiting = ideas.sent(runtime, city, author=author, **{**said, "title": f"Ждёт {mark}"})
    refused = ideas.sent(runtime, city, author=author, **{**said, "title": f"Отказ {mark}"})
    ideas.support(runtime, city, shown, residents(runtime, city, 2))
    with runtime.work(city, ResidentActor(author)) as work:
        posted = comments.post(work, COMMENTED, shown, body=f"Комментарий {mark}", key="1")
        file = store.accept(
            work,
            name=f"{mark}.png",
            content=content,
            purpose=store.Purpose(pictures=True, documents=False, most_bytes=9_000_000, most=3),
        )
        store.attach(work, [file.id], owner=f"idea:{waiting}")
    letter = _refuse(runtime, city, refused, mark)
    if not city.profile.offers("plan"):
        made = [ideas.open_campaign(runtime, city, title=f"Обсуждение {mark}")]
    else:
        made = []
    return [shown, waiting, refused, posted.id, file.id, letter, *made]


def _refuse(runtime: Runtime, city: Tenant, idea: UUID, mark: str) -> UUID:
    """A letter in two steps; its id is that of the item."""
    writer = official(runtime, city, "moderation.review", name=f"Модератор {mark}")
    editor = official(runtime, city, "moderation.approve_refusal", name=f"Редактор {mark}")
    with runtime.work(city, writer) as work:
        item = queries.latest_item_of(work.session, IDEA, idea)
        assert item is not None
        body = f"Письмо {mark}: публиковать это нельзя."
        deciding.write_letter(
            work, item.id, grounds=(GroundChosen("obscene"),), body=body, kinds=kinds()
        )
    with runtime.work(city, editor) as work:
        if (now := queries.latest_item_of(work.session, IDEA, idea)) and now.letter_id is None:
            deciding.approve_letter(work, item.id, body=body, kinds=kinds())
    return item.id


def _topics(runtime: Runtime, city: Tenant, mark: str) -> list[UUID]:
    """Rows of a list, also where the city keeps none: its pages must not show them either."""
    item, measure = new_id(), new_id()
    content = Content(kind=ItemKind.POLL, title=f"Тема {mark}", aim=f"Зачем {mark}")
    with runtime.work(city, SystemActor("test")) as work:
        year = work.today.year + 1
        if work.session.get(PlanYear, year) is None:
            work.session.add(PlanYear(year=year, state=YearState.GATHERING, created_at=work.now))
            work.session.flush()
        work.session.add(
            PlanItem(
                id=item,
                year=year,
                **gathering.columns(content),
                state=ItemState.PROPOSED,
                created_at=work.now,
                created_by="test",
            )
        )
        work.session.flush()
        work.session.add(
            PlanMeasure(
                id=measure,
                item_id=item,
                title=f"Мероприятие {mark}",
                due_on=work.today + timedelta(days=9),
                created_at=work.now,
            )
        )
    return [item, measure]


def _duties(runtime: Runtime, city: Tenant, staff: StaffActor, mark: str) -> list[UUID]:
    with runtime.work(city, SystemActor("test")) as work:
        owed = open_obligation(
            work,
            "plan.measure_due",
            f"measure:{new_id()}",
            title=Text(ru=f"Сделать {mark}", en=f"Do {mark}"),
            path="/desk/tasks",
            due_on=work.today + timedelta(days=3),
            reasons=(),
            holder_staff=staff.id,
        )
        tell(
            work,
            REMINDER,
            [Recipient("staff", staff.id)],
            title=Text(ru=f"Уведомление {mark}", en=f"Notice {mark}"),
            text=Text(ru=f"Текст {mark}", en=f"Text {mark}"),
            path="/desk/tasks",
            once=f"test:{owed}",
        )
    return [owed]
