"""The manifest of ideas."""

from typing import Final

from core.comments.manifest import Commentable
from core.deadlines.manifest import ObligationKind
from core.feature import Feature, Handler, NavItem, Site
from core.features.ideas import api, jobs
from core.features.ideas.queries.desk import OWED
from core.features.ideas.service import campaigning, checking, figures, talking, writing
from core.features.ideas.web import (
    campaigns,
    desk,
    desk_campaigns,
    exports,
    feeds,
    gallery,
    idea,
    map,
    mine,
    submit,
)
from core.identity.own_data import RESIDENT_ERASED
from core.kit.text import Text
from core.moderation.manifest import LinkSource, Moderated
from core.notify.manifest import MessageKind

_REVIEW: Final = "moderation.review"

FEATURE = Feature(
    key="ideas",
    label=Text(ru="Идеи", en="Ideas"),
    pages={
        Site.CITY: (
            *gallery.HANDLERS,
            *map.HANDLERS,
            *feeds.HANDLERS,
            *submit.HANDLERS,
            *idea.HANDLERS,
            *mine.HANDLERS,
            *campaigns.HANDLERS,
            *exports.HANDLERS,
            *desk.HANDLERS,
            *desk_campaigns.HANDLERS,
        )
    },
    api=api.HANDLERS,
    home=gallery.HOME,
    figures=gallery.FIGURES,
    handlers=(
        Handler("ideas.fold_supports", "ideas.supported", jobs.fold_supports),
        Handler("ideas.count_supported", "ideas.supported", figures.note_changes),
        Handler("ideas.count_changed", "ideas.state_changed", figures.note_changes),
        Handler("ideas.count_due", figures.DUE, figures.count_due),
        Handler("ideas.end_support", "ideas.support_ending", jobs.end_support),
        Handler("ideas.end_mergings", "ideas.merge_ending", jobs.end_mergings),
        Handler("ideas.ask_supporters", "ideas.merge_offered", jobs.ask_supporters),
        Handler("ideas.open_campaigns", "ideas.campaign_opening_due", jobs.open_campaigns),
        Handler("ideas.close_campaigns", "ideas.campaign_closing_due", jobs.close_campaigns),
        Handler("ideas.tell_of_campaigns", "ideas.campaign_news", jobs.tell_of_campaigns),
        Handler("ideas.tell_of_steps", "ideas.step_taken", jobs.tell_of_steps),
        Handler("ideas.count_comments", "comments.counted", jobs.fold_comments),
        Handler("ideas.follow_measures", "plan.measure_changed", jobs.follow_measures),
        Handler("ideas.forget_authors", RESIDENT_ERASED, jobs.forget_authors),
    ),
    permissions={
        "ideas.answer": Text(ru="Давать официальные ответы на идеи", en="Answer ideas officially"),
        "ideas.decide": Text(ru="Решать судьбу идей", en="Decide on ideas"),
        "ideas.merge": Text(ru="Объединять повторяющиеся идеи", en="Merge duplicate ideas"),
        "ideas.campaign": Text(ru="Готовить обсуждения", en="Prepare campaigns"),
        "ideas.open_campaign": Text(
            ru="Открывать и завершать обсуждения", en="Open and close campaigns"
        ),
        "ideas.export": Text(ru="Выгружать идеи", en="Export ideas"),
    },
    nav=(
        NavItem(path="/ideas", icon="idea", order=20),
        NavItem(path="/campaigns", icon="comment", order=30, offer="discussions"),
    ),
    desk=(*desk.DESK, *desk_campaigns.DESK),
    overview=desk.OVERVIEW,
    profile=mine.PROFILE,
    moderated=(
        Moderated(
            kind=writing.KIND,
            label=Text(ru="Идея", en="Idea"),
            permission=_REVIEW,
            publish=checking.publish_idea,
            refuse=checking.refuse_idea,
            path=lambda idea_id: f"/ideas/id/{idea_id}",
            context=checking.about_idea,
            pictures=checking.pictures_of,
            lock=checking.lock_idea,
        ),
        Moderated(
            kind=writing.AMENDMENT,
            label=Text(ru="Поправка к идее", en="Amendment of an idea"),
            permission=_REVIEW,
            publish=checking.publish_amendment,
            refuse=checking.refuse_amendment,
            path=lambda amendment_id: f"/ideas/amendments/{amendment_id}",
            context=checking.about_amendment,
            lock=checking.lock_amendment,
        ),
    ),
    links=(
        LinkSource(
            key="ideas",
            label=Text(ru="Идеи", en="Ideas"),
            search=checking.search_originals,
            find=checking.find_original,
        ),
    ),
    commentable=(
        Commentable(
            kind=talking.IDEA,
            label=Text(ru="Идея", en="Idea"),
            feature="ideas",
            subject=talking.about_idea,
        ),
    ),
    messages=(
        MessageKind(
            key=jobs.MINE,
            label=Text(ru="Что происходит с моими идеями", en="What becomes of my ideas"),
        ),
        MessageKind(
            key=jobs.FOLLOWED,
            label=Text(ru="Идеи, за которыми я слежу", en="Ideas I follow"),
            email="daily",
        ),
        MessageKind(
            key=jobs.MERGING,
            label=Text(
                ru="Просьбы перенести голос к похожей идее",
                en="Requests to move a vote to a similar idea",
            ),
        ),
        MessageKind(
            key=jobs.CAMPAIGN,
            label=Text(ru="Итоги обсуждений, где я участвую", en="Outcomes of my campaigns"),
            email="daily",
        ),
    ),
    obligations=(
        ObligationKind(
            key=OWED,
            label=Text(ru="Ответить на идею", en="Answer an idea"),
            closed_by=Text(ru="решением по идее с ответом автору", en="by a decision on the idea"),
        ),
        ObligationKind(
            key=campaigning.RESULTS_OWED,
            label=Text(ru="Подвести итоги обсуждения", en="Sum up a campaign"),
            closed_by=Text(ru="публикацией итогов обсуждения", en="by publishing its outcome"),
        ),
    ),
)
