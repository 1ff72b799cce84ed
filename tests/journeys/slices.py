"""What a city has besides polls: ideas in every state with their letters and comments, discussions,
the yearly list and what it binds the city to. Made through the services, for journeys over all
pages."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import select

from core.deadlines.model import ObligationRow
from core.features.comments import service as comments
from core.features.ideas.domain import Outcome as Decision
from core.features.ideas.model import Campaign, Idea
from core.features.ideas.service import campaigning, life, merging, writing
from core.features.ideas.service.talking import IDEA as COMMENTED
from core.features.ideas.service.writing import KIND as IDEA
from core.features.moderation.service import kinds
from core.features.plan import queries as plan_queries
from core.features.plan.domain import AmendmentKind, ItemKind, MeasureState, Report
from core.features.plan.model import PlanItem
from core.features.plan.service import amending, cabinet, implementing, papers
from core.features.plan.service.implementing import MeasureDraft, Outcome
from core.files import store
from core.identity import messages
from core.kit.actor import ResidentActor, StaffActor, SystemActor
from core.kit.ids import new_id
from core.moderation import blocking, deciding, queries
from core.moderation.domain import GroundChosen, Link, QueueFilter
from core.notify.model import NoticeRow
from core.notify.preferences import stopping_token
from core.notify.tell import Recipient
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work
from tests.features.ideas import build as ideas
from tests.features.plan import build as plan
from tests.features.polls.build import official, residents
from tests.journeys.city import picture

NEXT: Final = 2031
"""A year whose list is still gathered: the builders approve those before."""
LONG: Final = (
    "Поставить лавочки вдоль тропы здоровья и осветить её до самого конца, где зимой темнеет рано"
)


class Slices(msgspec.Struct, frozen=True):
    """What there is, and with what the parameters of addresses are filled in: by name, or by the
    beginning of a path and the name where the same name means another thing."""

    ideas: Mapping[str, UUID]
    numbers: Mapping[str, int]
    fillings: Mapping[str, Sequence[object]]
    places: Mapping[tuple[str, str], Sequence[object]]


def lead_slices(
    runtime: Runtime, clock: Any, deliver: Any, city: Tenant, staff: StaffActor, author: UUID
) -> Slices:
    """Let it all happen; `author` wrote the ideas, and `staff` may do everything."""
    now = clock.now()
    clock.set(now - timedelta(days=20))
    campaigns = _campaigns(runtime, city)
    known, amendment, file = _ideas(runtime, city, author, campaigns["open"])
    deliver()
    clock.set(now)
    deliver()
    with runtime.work(city, staff) as work:
        campaigning.sum_up(
            work, campaign_id=campaigns["summed_up"], outcome="Нужны лавочки и свет."
        )
    items = _moderated(runtime, city, author)
    said = _comments(runtime, city, staff, author, known["collecting"])
    topic, measure, act = _plan(runtime, city, staff, known)
    deliver()
    token, item = _next_year(runtime, city, staff)
    deliver()
    with runtime.work(city, SystemActor("test")) as work:
        return _found(
            work, staff, author, known, campaigns, items, said,
            {"amendment": amendment, "file": file, "topic": topic, "measure": measure, "act": act,
             "token": token, "item": item},
        )  # fmt: skip


def _campaigns(runtime: Runtime, city: Tenant) -> dict[str, UUID]:
    topic = plan.listed_topic(2026, ItemKind.CAMPAIGN)
    made = {
        state: ideas.open_campaign(runtime, city, plan_item=topic, days=days)
        for state, days in (("open", 30), ("summed_up", 14), ("withdrawn", 30))
    }
    made["draft"] = new_id()
    with runtime.work(city, SystemActor("test")) as work:
        first = work.today + timedelta(days=25)
        campaigning.save_draft(work, draft=ideas.campaign_draft(first), campaign_id=made["draft"])
        campaigning.withdraw(work, campaign_id=made["withdrawn"], note="Сквер закрыли на ремонт.")
    return made


def _ideas(
    runtime: Runtime, city: Tenant, author: UUID, campaign: UUID
) -> tuple[dict[str, UUID], UUID, UUID]:
    """An idea in each state, an amendment that waits and a photograph."""
    extra = {"where": "У входа", "what": "лавочки"}
    known = {
        "collecting": ideas.published(
            runtime, city, author=author, title=LONG, place="Тропа здоровья",
            place_lat=64.445, place_lon=76.47, district="mkr-1",
        ),
        "campaign": ideas.published(runtime, city, campaign=campaign, extra=extra),
        "consideration": ideas.considered(runtime, city, author=author),
        "declined": ideas.decided(runtime, city, Decision.DECLINED),
        "taken_up": ideas.decided(runtime, city, title="Осветить аллею у школы"),
        "submitted": ideas.sent(runtime, city, author=author, title="Больше урн на площади"),
        "refused": ideas.sent(runtime, city, author=author, title="Откройте наш магазин"),
        "plain_refusal": ideas.sent(runtime, city, title="Реклама на заборе"),
    }  # fmt: skip
    known["merged"] = ideas.published(runtime, city, author=author, title="Лавочки вдоль тропы")
    people = residents(runtime, city, 3)
    ideas.support(runtime, city, known["collecting"], people)
    ideas.support(runtime, city, known["merged"], [people[0]])
    with runtime.work(city, ResidentActor(author)) as work:
        changed = writing.amend(
            work,
            author_id=author,
            idea_id=known["collecting"],
            title=LONG,
            body=ideas.BODY + " И урны рядом с ними.",
            note="Добавили урны.",
        )
        file = store.accept(work, name="тропа.jpg", content=picture(), purpose=writing.FILES)
        store.attach(work, [file.id], owner=f"idea:{known['collecting']}")
        known["draft"] = new_id()
        writing.save_draft(
            work,
            author_id=author,
            idea_id=known["draft"],
            draft=ideas.draft(city, title="Черновик"),
        )
        assert changed is not None
    with runtime.work(city, SystemActor("test")) as work:
        merging.offer(
            work, idea_id=known["merged"], original_id=known["collecting"], note="Об одном и том же"
        )
        life.answer(work, idea_id=known["collecting"], text="Выясняем стоимость.")
    return known, changed, file.id


def _moderated(runtime: Runtime, city: Tenant, author: UUID) -> dict[str, UUID]:
    """Items that wait, that wait for approval, that were refused; and a restriction."""
    writer = official(runtime, city, "moderation.review", name="Ольга")
    editor = official(runtime, city, "moderation.approve_refusal", name="Елена")
    found: dict[str, UUID] = {}
    with runtime.work(city, SystemActor("test")) as work:
        for item in queries.queue(work.session, QueueFilter(kinds=(IDEA,))):
            found[item.title] = item.id
    waiting, first, second = (
        found["Больше урн на площади"],
        found["Откройте наш магазин"],
        found["Реклама на заборе"],
    )
    topic = plan.listed_topic(2026)
    grounds = (
        GroundChosen("advertising"),
        GroundChosen("already_planned", Link("plan", str(topic), "Тема 1", "/plan/2026/1")),
    )
    body = "Это реклама, а место для магазина уже выбирают.\n\nНапишите о том, чего не хватает вам."
    with runtime.work(city, writer) as work:
        for refusing in (first, second):
            deciding.write_letter(work, refusing, grounds=grounds, body=body, kinds=kinds())
    with runtime.work(city, editor) as work:
        deciding.approve_letter(work, first, body=body + " Спасибо!", kinds=kinds())
        letter = queries.item(work.session, first)
        assert letter is not None
    third = ideas.sent(runtime, city, title="Продам гараж")
    with runtime.work(city, writer) as work:
        again = queries.latest_item_of(work.session, IDEA, third)
        assert again is not None
        deciding.write_letter(work, again.id, grounds=grounds, body=body, kinds=kinds())
    with runtime.work(city, editor) as work:
        deciding.approve_letter(work, again.id, body=body, kinds=kinds())
        refused = queries.item(work.session, again.id)
        assert refused is not None
        assert refused.letter_id is not None
        posts = tuple(one.post for one in blocking.members_to_choose(work))
        blocking.block(
            work,
            refused.letter_id,
            decided=blocking.Decided("7", work.today, posts[:2], "Реклама в третий раз.", None),
        )
    assert letter.letter_id is not None
    return {"waiting": waiting, "refused": first, "written": second, "letter": letter.letter_id}


def _comments(runtime: Runtime, city: Tenant, staff: StaffActor, author: UUID, idea: UUID) -> UUID:
    (other,) = residents(runtime, city, 1)
    with runtime.work(city, ResidentActor(other)) as work:
        first = comments.post(work, COMMENTED, idea, body="А урны?", key="1")
    with runtime.work(city, ResidentActor(author)) as work:
        own = comments.post(
            work, COMMENTED, idea, body="Урны добавили.", key="2", parent_id=first.id
        )
    with runtime.work(city, staff) as work:
        comments.answer(work, COMMENTED, idea, body="Посчитаем к осени.", key="3")
    return own.id


def _plan(
    runtime: Runtime, city: Tenant, staff: StaffActor, known: Mapping[str, UUID]
) -> tuple[UUID, UUID, UUID]:
    """Measures of a topic with pictures, its report, amendments of the list."""
    topic = plan.listed_topic(2026, ItemKind.CAMPAIGN)
    measures = [new_id(), new_id(), new_id()]
    with runtime.work(city, staff) as work:
        for key, days in zip(measures, (20, 60, -3), strict=True):
            implementing.save_measure(
                work,
                item_id=topic,
                measure_id=key,
                draft=MeasureDraft(
                    title="Осветить аллею у школы № 4",
                    due_on=work.today + timedelta(days=days),
                    unit="utilities",
                    responsible_post="utilities_head",
                    planned=1_200_000_00,
                    funds="Бюджет города",
                    idea_ids=(known["taken_up"],),
                ),
            )
        shot = store.accept(
            work, name="аллея.jpg", content=picture(), purpose=implementing.MEASURE_FILES
        )
        implementing.mark(
            work,
            measure_id=measures[0],
            version=1,
            outcome=Outcome(
                MeasureState.PARTLY,
                done_on=work.today,
                spent=400_000_00,
                result="Осветили половину: опоры пришли не все.",
                links=("https://example.org/light",),
            ),
            files=(shot.id,),
        )
        other = plan.listed_topic(2026)
        item = plan_queries.item_view(work.session, other)
        assert item is not None
        report = Report(decision="Двор девятый.", signer_post="Глава", signer_name="И. Петров")
        implementing.send_report(
            work,
            item_id=other,
            version=None,
            report=report,
            document=papers.report_now(work, item, report),
        )
        for change, kind in ((plan.content(title="Каким быть парку"), AmendmentKind.ADD),):
            amending.propose_amendment(
                work,
                amendment_id=new_id(),
                year=2026,
                kind=kind,
                motivation="Жители попросили после начала года.",
                content=change,
            )
    return topic, measures[0], shot.id


def _next_year(runtime: Runtime, city: Tenant, staff: StaffActor) -> tuple[str, UUID]:
    """A year that is gathered: a proposal, and a unit's link; returns its token and the draft."""
    (made,) = plan.proposed(runtime, city, staff, NEXT, [plan.content(title="Новый парк")])
    with runtime.work(city, staff) as work:
        cabinet.invite(
            work, year=NEXT, unit="education", email="head@example.org", host="gubkinsky.localhost"
        )
    with runtime.work(city, SystemActor("test")) as work:
        letter = next(
            one for one in messages.newest(work, most=9) if "/plan/proposals/" in one.body
        )
        found = re.search(r"/plan/proposals/(\S+)", letter.body)
        assert found is not None
        invitation = cabinet.enter(work, token=found[1], address="203.0.113.9")
        item = new_id()
        cabinet.save_item(
            work, invitation, item_id=item, version=0, content=plan.content(title="Школьный двор")
        )
    return found[1], made


def _found(
    work: Work,
    staff: StaffActor,
    author: UUID,
    known: Mapping[str, UUID],
    campaigns: Mapping[str, UUID],
    items: Mapping[str, UUID],
    comment: UUID,
    more: Mapping[str, Any],
) -> Slices:
    """Everything under the names that addresses use."""
    numbers = {key: work.session.get_one(Idea, one).number for key, one in known.items()}
    held = {key: work.session.get_one(Campaign, one).number for key, one in campaigns.items()}
    notices = work.session.scalars(
        select(NoticeRow.id).where(NoticeRow.recipient_id.in_((author, staff.id)))
    ).all()
    tasks = work.session.scalars(select(ObligationRow.id).limit(3)).all()
    draft = work.session.scalars(
        select(PlanItem.id).where(PlanItem.year == NEXT, PlanItem.id != more["item"])
    ).one()
    stopping = stopping_token(
        work.runtime, work.tenant, Recipient("resident", author), "ideas.mine", None
    )
    fillings: dict[str, Sequence[object]] = {
        "idea_id": tuple(known.values()),
        "campaign_id": tuple(campaigns.values()),
        "amendment_id": (more["amendment"],),
        "comment_id": (comment,),
        "subject_id": (known["collecting"],),
        "letter_id": (items["letter"],),
        "measure_id": (more["measure"], new_id()),
        "notice_id": tuple(notices[:2]),
        "task_id": tuple(tasks),
        "year": (2026, NEXT),
        "number": tuple(numbers.values()),
        "variant": ("thumb",),
        "ending": ("docx",),
        "token": (more["token"],),
    }
    places: dict[tuple[str, str], Sequence[object]] = {
        ("/campaigns/", "number"): tuple(held.values()),
        ("/plan/{year:int}/", "number"): (1, 2),
        ("/plan/{year:int}/{number", "name"): ("report.docx",),
        ("/plan/{year:int}/{number", "file"): ("report.docx",),
        ("/plan/{year:int}/files", "name"): ("list.docx", "q2.pdf"),
        ("/notices/", "token"): (stopping,),
        ("/comments/", "kind"): (COMMENTED,),
        ("/desk/documents/templates", "kind"): ("moderation.refusal",),
        ("/desk/documents/templates", "file"): ("preview.pdf",),
        ("/desk/documents/{", "kind"): ("moderation.refusal",),
        ("/desk/documents/{", "file"): (f"{items['letter']}.pdf",),
        ("/ideas/files/", "file_id"): (more["file"],),
        ("/plan/attachments/", "file_id"): (more["act"],),
        ("/desk/plan/attachments/", "file_id"): (more["act"],),
        ("/desk/moderation/", "item_id"): (items["waiting"], items["written"], items["refused"]),
        ("/desk/plan/items/", "item_id"): (more["topic"], more["item"], plan.listed_topic(2026)),
        ("/plan/proposals/", "item_id"): (draft,),
    }
    return Slices(ideas=known, numbers=numbers, fillings=fillings, places=places)
