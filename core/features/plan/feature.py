"""The manifest of the topic plan."""

from core.deadlines.manifest import ObligationKind
from core.feature import Feature, Handler, NavItem, Site, TopicList
from core.features.plan import jobs
from core.features.plan.service import steps, topics
from core.features.plan.web import cabinet, desk, documents, public
from core.kit.text import Text
from core.moderation.manifest import LinkSource
from core.notify.manifest import MessageKind

FEATURE = Feature(
    key="plan",
    label=Text(ru="План тематик", en="Topic plan"),
    pages={Site.CITY: (*public.HANDLERS, *cabinet.HANDLERS, *desk.HANDLERS)},
    handlers=(
        Handler("plan.note_poll_opened", "polls.opened", jobs.note_polls),
        Handler("plan.note_poll_closed", "polls.closed", jobs.note_polls),
        Handler("plan.note_poll_published", "polls.published", jobs.note_polls),
        Handler("plan.note_poll_withdrawn", "polls.withdrawn", jobs.note_polls),
        Handler("plan.note_campaign_opened", "ideas.campaign_opened", jobs.note_campaigns),
        Handler("plan.note_campaign_closed", "ideas.campaign_closed", jobs.note_campaigns),
        Handler("plan.note_campaign_summed_up", "ideas.campaign_summed_up", jobs.note_campaigns),
        Handler("plan.note_campaign_withdrawn", "ideas.campaign_withdrawn", jobs.note_campaigns),
        Handler("plan.note_ideas", "ideas.state_changed", jobs.note_ideas),
    ),
    permissions={
        steps.VIEW: Text(ru="Видеть план до утверждения", en="See the plan before approval"),
        steps.PROPOSE: Text(ru="Вносить предложения в план", en="Enter proposals for the plan"),
        steps.APPROVE: Text(ru="Утверждать план и изменения", en="Approve the plan and amendments"),
        steps.IMPLEMENT: Text(ru="Вести планы реализации", en="Keep implementation plans"),
        steps.CONTROL: Text(
            ru="Контролировать исполнение плана", en="Control fulfilment of the plan"
        ),
    },
    nav=(NavItem(path="/plan", icon="plan", order=40),),
    desk=desk.MENU,
    home=public.HOME,
    overview=desk.OVERVIEW,
    topics=TopicList(choices=topics.choices, find=topics.find),
    links=(
        LinkSource(
            key="plan",
            label=Text(ru="Перечень тематик и планы реализации", en="Topic list and its plans"),
            search=topics.search_links,
            find=topics.find_link,
        ),
    ),
    messages=(
        MessageKind(
            key="plan.proposals_received",
            label=Text(ru="Подразделение прислало темы", en="A unit sent its topics"),
            audience="staff",
            push=False,
        ),
        MessageKind(
            key="plan.review",
            label=Text(ru="Перечень тематик ждёт решения", en="A topic list waits for decisions"),
            audience="staff",
            push=False,
        ),
        MessageKind(
            key="plan.amendment",
            label=Text(ru="Предложено изменить перечень", en="An amendment is proposed"),
            audience="staff",
            push=False,
        ),
    ),
    obligations=(
        ObligationKind(
            key=steps.PROPOSALS_DUE,
            label=Text(ru="Предложения в перечень тематик", en="Proposals for the topic list"),
            closed_by=Text(
                ru="Закроется, когда предложения передадут на рассмотрение.",
                en="Closed when proposals are sent for review.",
            ),
        ),
        ObligationKind(
            key=steps.APPROVAL_DUE,
            label=Text(ru="Утверждение перечня тематик", en="Approval of the topic list"),
            closed_by=Text(
                ru="Закроется, когда перечень утвердят.", en="Closed when the list is approved."
            ),
        ),
        ObligationKind(
            key=steps.MEASURE_DUE,
            label=Text(ru="Мероприятие плана реализации", en="Measure of an implementation plan"),
            closed_by=Text(
                ru="Закроется, когда у мероприятия отметят результат.",
                en="Closed when the measure is given its result.",
            ),
        ),
        ObligationKind(
            key=steps.REPORT_DUE,
            label=Text(ru="Отчёт об исполнении плана", en="Report on the implementation plan"),
            closed_by=Text(
                ru="Закроется, когда отчёт отправят.", en="Closed when the report is sent."
            ),
        ),
    ),
    documents=documents.DOCUMENTS,
)
