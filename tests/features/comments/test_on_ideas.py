"""Talk about real ideas, with real moderation: from the form to the letter and back."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from core.comments.model import CommentRow
from core.feature import installed_features
from core.features.comments import service
from core.kit.actor import ResidentActor
from core.moderation import deciding
from core.moderation.model import ModerationItem
from core.notify.model import NoticeRow
from tests.features.ideas.build import published
from tests.features.polls.build import resident
from tests.moderation.build import BODY, OBSCENE, moderators
from tests.support.http import visible_text

MODERATED = {one.kind: one for feature in installed_features() for one in feature.moderated}
IDEA = next(
    one.kind
    for feature in installed_features()
    for one in feature.commentable
    if one.feature == "ideas"
)


@pytest.fixture
def idea(runtime, city, work):
    with work(city) as w:
        author = resident(w, name="Автор")
    return published(runtime, city, author=author), author


def last_comment(work, city):
    with work(city) as w:
        return w.session.scalars(select(CommentRow).order_by(CommentRow.id.desc()).limit(1)).one()


def item_of(work, city, comment):
    with work(city) as w:
        return w.session.scalars(
            select(ModerationItem.id)
            .where(ModerationItem.subject_id == comment)
            .order_by(ModerationItem.id.desc())
        ).first()


def told(work, city, person):
    with work(city) as w:
        return set(
            w.session.scalars(select(NoticeRow.kind).where(NoticeRow.recipient_id == person))
        )


def test_an_idea_is_talked_about(runtime, work, city, deliver, browser, idea, anna, boss):
    number, author = idea
    page = browser(anna)
    assert 'class="stack tight comment-form"' in page.get(f"/comments/{IDEA}/{number}").text
    sent = page.submit(f"/comments/{IDEA}/{number}", {"body": "И урну рядом поставьте", "key": "k"})
    assert sent.status_code == 303, sent.text
    comment = last_comment(work, city)
    if comment.state == "waiting":
        moderator = moderators(runtime, city, 1)[0]
        with work(city, moderator) as w:
            deciding.publish(w, item_of(work, city, comment.id), kinds=MODERATED)
    assert "И урну рядом поставьте" in visible_text(browser().get(f"/comments/{IDEA}/{number}"))
    deliver()
    assert "comments.on_mine" in told(work, city, author)
    answered = browser(boss).submit(
        f"/comments/{IDEA}/{number}", {"body": "Поставим", "key": "k", "parent": str(comment.id)}
    )
    assert answered.status_code == 303
    deliver()
    assert "comments.official" in told(work, city, author)
    assert "comments.official" in told(work, city, anna.id)


def test_a_refused_comment_comes_back_with_its_letter(
    runtime, work, city, deliver, browser, idea, anna
):
    number, _author = idea
    browser(anna).submit(f"/comments/{IDEA}/{number}", {"body": "Грубое слово", "key": "k"})
    comment = last_comment(work, city)
    writer, approver, third = moderators(runtime, city, 3)
    item = item_of(work, city, comment.id)
    with work(city, writer) as w:
        state = deciding.write_letter(w, item, grounds=OBSCENE, body=BODY, kinds=MODERATED)
    if state == "written":
        with work(city, approver) as w:
            deciding.approve_letter(w, item, body=BODY, kinds=MODERATED)
    deliver()
    assert "Грубое слово" not in visible_text(browser().get(f"/comments/{IDEA}/{number}"))
    page = browser(anna)
    assert "не опубликован" in visible_text(page.get(f"/comments/{IDEA}/{number}"))
    letter = visible_text(page.get(f"/comment/{comment.id}"))
    assert BODY in letter
    assert "Попросить посмотреть ещё раз" in letter
    asked = page.submit(
        f"/moderation/{item}/second-look",
        {"reason": "Это не грубость", "next": f"/comment/{comment.id}"},
    )
    assert asked.headers["location"] == f"/comment/{comment.id}"
    assert "Решение смотрят ещё раз" in visible_text(page.get(f"/comment/{comment.id}"))
    again = item_of(work, city, comment.id)
    assert again != item
    with work(city, third) as w:
        deciding.publish(w, again, kinds=MODERATED)
    assert "Грубое слово" in visible_text(browser().get(f"/comments/{IDEA}/{number}"))


def test_everything_people_may_talk_about_can_be_asked_about(work, city):
    for feature in installed_features():
        for one in feature.commentable:
            with work(city, ResidentActor(uuid4())) as w:
                assert one.subject(w, uuid4()) is None
                assert service.commentable(w, one.kind) is not None
