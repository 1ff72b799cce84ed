"""The manifest of plan."""

from core.feature import Feature, TopicList
from core.features.plan.service import topics
from core.kit.text import Text
from core.moderation.manifest import LinkSource

FEATURE = Feature(
    key="plan",
    label=Text(ru="План тематик", en="Topic plan"),
    permissions={
        "plan.view": Text(ru="Видеть план до утверждения", en="See the plan before approval"),
        "plan.propose": Text(ru="Вносить предложения в план", en="Enter proposals for the plan"),
        "plan.approve": Text(
            ru="Утверждать план и изменения", en="Approve the plan and amendments"
        ),
        "plan.implement": Text(ru="Вести планы реализации", en="Keep implementation plans"),
        "plan.control": Text(
            ru="Контролировать исполнение плана", en="Control fulfilment of the plan"
        ),
    },
    topics=TopicList(choices=topics.choices, find=topics.find),
    links=(
        LinkSource(
            key="plan",
            label=Text(ru="Перечень тематик и планы реализации", en="Topic list and its plans"),
            search=topics.search_links,
            find=topics.find_link,
        ),
    ),
)
