"""When and on what grounds publication is refused, who decides, and what follows for the author
(R26-R28, R67-R78): the grounds, their steps and terms, blocking. Who holds which right is decided
elsewhere."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from core.deadlines.domain import DAY_KIND_LABELS, DayKind
from core.kit.text import DAYS, PEOPLE, Text
from core.moderation.decisions import (
    ANNULS,
    BLOCK_DAYS,
    CHECK,
    CHECK_LABELS,
    DAYS_COUNTED,
    MAY_BLOCK,
    MAY_REFUSE,
    REVIEW_DAYS,
    SECOND_LOOK_DAYS,
    STEPS,
    STEPS_LABELS,
    BlockFacts,
    KindFacts,
    RefuseFacts,
)
from core.moderation.domain import Check, Needs, Steps
from core.rules import (
    Answer,
    AnyModule,
    Cited,
    Opinion,
    Parameter,
    Params,
    RuleModule,
    Verdict,
    hookimpl,
    permit,
    refuse,
    value_of,
)

Key = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$", max_length=60)]
Kind = Annotated[str, Meta(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=60)]
ClauseNumber = Annotated[str, Meta(min_length=1, max_length=100)]


class Ground(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ground of refusal: `number` and `title` in the words of the act, `text` what a letter says
    to the author about it, `needs_link` what it must point to."""

    key: Key
    number: Annotated[str, Meta(min_length=1, max_length=20)]
    title: Annotated[str, Meta(min_length=1, max_length=300)]
    text: Annotated[str, Meta(min_length=1, max_length=1500)]
    clause: ClauseNumber | None = None
    needs_link: Needs = Needs.NONE


class RefusalGrounds(Params, frozen=True):
    """Refusing and blocking. Clauses within the list of grounds are places in its act."""

    grounds: Annotated[
        tuple[Ground, ...],
        Parameter(
            label=Text(ru="Основания отказа", en="Grounds of refusal"),
            help=Text(
                ru="По каким основаниям можно отказать в публикации, что написать автору и на что "
                "сослаться: на план города или на исходное предложение.",
                en="On which grounds publication may be refused, what the author is told, and what "
                "must be pointed to: the city's plan or the original.",
            ),
        ),
    ]
    steps: (
        Annotated[
            Steps,
            Parameter(
                label=Text(ru="Как согласуется отказ", en="How a refusal is approved"),
                help=Text(
                    ru="Нужен ли второй человек, чтобы письмо об отказе ушло автору. Не задано — "
                    "нужен.",
                    en="Whether a second person is needed before a letter of refusal leaves. Not "
                    "set: one is.",
                ),
                labels={option.value: text for option, text in STEPS_LABELS.items()},
            ),
        ]
        | None
    ) = None
    checked_before: (
        Annotated[
            frozenset[Kind],
            Parameter(
                label=Text(
                    ru="Что проверяется до публикации", en="What is checked before publication"
                ),
                help=Text(
                    ru="Ключи видов материалов. То, что не названо нигде, проверяется до "
                    "публикации.",
                    en="Keys of kinds. What is named nowhere is checked before publication.",
                ),
            ),
        ]
        | None
    ) = None
    checked_after: (
        Annotated[
            frozenset[Kind],
            Parameter(
                label=Text(
                    ru="Что проверяется после публикации", en="What is checked after publication"
                ),
                help=Text(
                    ru="Ключи видов материалов, которые видны сразу.",
                    en="Keys of the kinds that are seen at once.",
                ),
            ),
        ]
        | None
    ) = None
    review_days: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Срок проверки", en="Time to check"),
                help=Text(
                    ru="За сколько дней нужно принять решение. Не задано — срока нет.",
                    en="Within how many days to decide. Not set: there is no term.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=366),
        ]
        | None
    ) = None
    second_look_days: (
        Annotated[
            int,
            Parameter(
                label=Text(
                    ru="Срок просьбы о повторной проверке", en="Time to ask for a second look"
                ),
                help=Text(
                    ru="Сколько дней после письма автор может попросить посмотреть ещё раз. "
                    "Не задано — срока нет.",
                    en="For how many days after the letter the author may ask for another look. "
                    "Not set: there is no term.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=366),
        ]
        | None
    ) = None
    days_counted: (
        Annotated[
            DayKind,
            Parameter(
                label=Text(ru="Как считаются сроки", en="How terms are counted"),
                help=Text(
                    ru="В рабочих или в календарных днях считаются сроки проверки. Не задано — "
                    "в календарных.",
                    en="Whether terms of checking are counted in working or in calendar days. Not "
                    "set: calendar days.",
                ),
                labels={option.value: text for option, text in DAY_KIND_LABELS.items()},
            ),
        ]
        | None
    ) = None
    block_grounds: (
        Annotated[
            frozenset[Key],
            Parameter(
                label=Text(ru="За что ограничивают участие", en="What authors are blocked for"),
                help=Text(
                    ru="Ключи оснований отказа, после которого автора можно заблокировать. "
                    "Не задано — нельзя.",
                    en="Keys of the grounds of refusal after which the author may be blocked. Not "
                    "set: no blocking.",
                ),
            ),
        ]
        | None
    ) = None
    block_group: (
        Annotated[
            Key,
            Parameter(
                label=Text(ru="Кто решает об ограничении", en="Who decides on blocking"),
                help=Text(
                    ru="Ключ группы из порядка «Организационные структуры и доступ», которая "
                    "принимает решение коллегиально.",
                    en="Key of the group of the procedure on structures and access that decides "
                    "as a body.",
                ),
            ),
        ]
        | None
    ) = None
    block_members: (
        Annotated[
            int,
            Parameter(
                label=Text(
                    ru="Сколько человек решают об ограничении", en="How many decide on blocking"
                ),
                help=Text(
                    ru="Наименьшее число участников решения.",
                    en="The least number of people who must take part in the decision.",
                ),
                unit=PEOPLE,
            ),
            Meta(ge=1, le=50),
        ]
        | None
    ) = None
    block_days: (
        Annotated[
            int,
            Parameter(
                label=Text(ru="Срок ограничения", en="Term of a block"),
                help=Text(
                    ru="На сколько дней, самое большее, ограничивают участие. Не задано — срок "
                    "регламентом не установлен.",
                    en="For how many days at most an author is blocked. Not set: the regulation "
                    "sets no term.",
                ),
                unit=DAYS,
            ),
            Meta(ge=1, le=3660),
        ]
        | None
    ) = None
    block_annuls: (
        Annotated[
            bool,
            Parameter(
                label=Text(
                    ru="Аннулируются ли начисленные баллы", en="Whether points are annulled"
                ),
                help=Text(
                    ru="Аннулирует ли ограничение участия баллы, начисленные раньше. Не задано — "
                    "нет.",
                    en="Whether a block annuls the points credited before. Not set: no.",
                ),
            ),
        ]
        | None
    ) = None

    def check(self) -> Iterable[Text]:
        keys = [ground.key for ground in self.grounds]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield Text(ru=f"Основание «{key}» описано дважды.", en=f"Ground {key} stands twice.")
        for key in sorted((self.block_grounds or frozenset()) - set(keys)):
            yield Text(
                ru=f"Ограничение участия ссылается на неизвестное основание «{key}».",
                en=f"Blocking names an unknown ground {key}.",
            )
        both = (self.checked_before or frozenset()) & (self.checked_after or frozenset())
        for kind in sorted(both):
            yield Text(
                ru=f"«{kind}» проверяется и до, и после публикации.",
                en=f"{kind} is checked both before and after publication.",
            )


def _row(ground: Ground) -> Cited:
    return Cited("grounds", clause=ground.clause)


def check_when(facts: KindFacts, rule: RefusalGrounds) -> Opinion[Check] | None:
    """As the regulation says of this kind; silent on a kind it does not name."""
    for when, parameter in ((Check.BEFORE, "checked_before"), (Check.AFTER, "checked_after")):
        if facts.kind in (getattr(rule, parameter) or ()):
            return value_of(
                when,
                Text(ru="Проверяется {when}.", en="Checked {when}."),
                rests_on=[parameter],
                when=CHECK_LABELS[when],
            )
    return None


def review_days(_: KindFacts, rule: RefusalGrounds) -> Opinion[int] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.review_days is None:
        return None
    return value_of(
        rule.review_days,
        Text(ru="Срок проверки — {review_days}.", en="The time to check is {review_days}."),
        rests_on=["review_days"],
    )


def second_look_days(_: KindFacts, rule: RefusalGrounds) -> Opinion[int] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.second_look_days is None:
        return None
    return value_of(
        rule.second_look_days,
        Text(
            ru="Попросить посмотреть ещё раз можно в течение срока: {second_look_days} после "
            "письма.",
            en="Another look may be asked for within {second_look_days} of the letter.",
        ),
        rests_on=["second_look_days"],
    )


def days_counted(_: KindFacts, rule: RefusalGrounds) -> Opinion[DayKind] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.days_counted is None:
        return None
    return value_of(
        rule.days_counted,
        Text(ru="Как считаются сроки: {days_counted}.", en="Terms count {days_counted}."),
        rests_on=["days_counted"],
    )


def steps(_: KindFacts, rule: RefusalGrounds) -> Opinion[Steps] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.steps is None:
        return None
    return value_of(
        rule.steps,
        Text(ru="Отказ: {steps}.", en="Refusal: {steps}."),
        rests_on=["steps"],
    )


def may_refuse(facts: RefuseFacts, rule: RefusalGrounds) -> Opinion[Verdict]:
    """On known grounds, each with the link it needs, and with a letter that says something."""
    known = {ground.key: ground for ground in rule.grounds}
    chosen = [known[key] for key in dict.fromkeys(facts.grounds) if key in known]
    if not chosen or len(chosen) < len(set(facts.grounds)):
        return refuse(
            Text(
                ru="Отказать можно только по основаниям, названным в регламенте.",
                en="Publication may be refused only on grounds that the regulation names.",
            ),
            next_step=Text(ru="Отметьте хотя бы одно основание.", en="Tick at least one ground."),
            rests_on=["grounds"],
        )
    bare = [
        ground
        for ground in chosen
        if ground.needs_link is not Needs.NONE and ground.key not in facts.linked
    ]
    if bare:
        return refuse(
            Text(ru="К основанию нужна ссылка: {without}.", en="A ground needs a link: {without}."),
            next_step=Text(
                ru="Выберите, на что сослаться: пункт плана или исходное предложение.",
                en="Choose what to point to: an item of the plan or the original.",
            ),
            rests_on=[_row(ground) for ground in bare],
            without=_titles(bare),
        )
    if facts.letter_length == 0:
        return refuse(
            Text(
                ru="Отказ без мотивированного ответа автору невозможен.",
                en="Nothing may be refused without a reasoned answer to the author.",
            ),
            next_step=Text(ru="Напишите письмо автору.", en="Write a letter to the author."),
            rests_on=[_row(ground) for ground in chosen],
        )
    return permit(
        Text(ru="Основания отказа: {chosen}.", en="Grounds of refusal: {chosen}."),
        rests_on=[_row(ground) for ground in chosen],
        chosen=_titles(chosen),
    )


def _titles(grounds: Sequence[Ground]) -> str:
    return "; ".join(f"{ground.number}) {ground.title}" for ground in grounds)


def may_block(facts: BlockFacts, rule: RefusalGrounds) -> Opinion[Verdict] | None:
    """After a refusal on one of the grounds that allow it, by enough people."""
    if rule.block_grounds is None:
        return None
    if not set(facts.grounds) & rule.block_grounds:
        return refuse(
            Text(
                ru="После отказа по этим основаниям участие не ограничивают.",
                en="A refusal on these grounds leads to no block.",
            ),
            next_step=Text(
                ru="Ограничьтесь письмом об отказе.", en="Leave it at the letter of refusal."
            ),
            rests_on=["block_grounds"],
        )
    if rule.block_members is not None and facts.members < rule.block_members:
        return refuse(
            Text(
                ru="Решение принимают не меньше чем {block_members_number}, отмечено: {members}.",
                en="At least {block_members_number} must take part; marked: {members}.",
            ),
            next_step=Text(
                ru="Отметьте всех, кто участвовал в решении.",
                en="Mark everybody who took part in the decision.",
            ),
            rests_on=["block_members"],
        )
    rests = ["block_grounds", *(["block_members"] if rule.block_members is not None else [])]
    return permit(
        Text(
            ru="Участие автора можно ограничить по решению, в котором участвовали: {members}.",
            en="The author may be blocked by a decision of {members}.",
        ),
        rests_on=rests,
    )


def block_days(_: BlockFacts, rule: RefusalGrounds) -> Opinion[int] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.block_days is None:
        return None
    return value_of(
        rule.block_days,
        Text(
            ru="Участие ограничивают не дольше чем на срок: {block_days}.",
            en="An author is blocked for {block_days} at most.",
        ),
        rests_on=["block_days"],
    )


def annuls(_: BlockFacts, rule: RefusalGrounds) -> Opinion[Verdict] | None:
    """As the regulation says; silent if it says nothing."""
    if rule.block_annuls is None:
        return None
    if not rule.block_annuls:
        return refuse(
            Text(ru="Начисленные баллы сохраняются.", en="Points credited before remain."),
            next_step=Text(
                ru="Новые баллы не начисляются, пока участие ограничено.",
                en="No new points are earned during the block.",
            ),
            rests_on=["block_annuls"],
        )
    return permit(
        Text(
            ru="При ограничении участия ранее начисленные баллы аннулируются.",
            en="A block annuls the points credited before.",
        ),
        rests_on=["block_annuls"],
    )


MODULE: Final = RuleModule(
    key="refusal_grounds",
    edition=1,
    label=Text(ru="Отказ в публикации", en="Refusing publication"),
    about=Text(
        ru="Что и когда проверяется, по каким основаниям отказывают, кто согласует письмо, сколько "
        "времени на проверку и на просьбу о повторной, за что и как ограничивают участие.",
        en="What is checked and when, on which grounds publication is refused, who approves the "
        "letter, how long checking and asking again may take, and how authors are blocked.",
    ),
    params=RefusalGrounds,
    answers=(
        Answer(CHECK, check_when),
        Answer(REVIEW_DAYS, review_days),
        Answer(SECOND_LOOK_DAYS, second_look_days),
        Answer(DAYS_COUNTED, days_counted),
        Answer(STEPS, steps),
        Answer(MAY_REFUSE, may_refuse),
        Answer(MAY_BLOCK, may_block),
        Answer(BLOCK_DAYS, block_days),
        Answer(ANNULS, annuls),
    ),
)


@hookimpl
def rule_modules() -> Sequence[AnyModule]:
    return (MODULE,)
