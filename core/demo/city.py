"""One city's year, put together: people, polls, votes and points, all in one transaction."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from core.demo.ballots import Ballots, choose_voters, voting_right
from core.demo.checking import Checking
from core.demo.dice import dice, shares
from core.demo.duties import idea_duties, poll_duties, write_duties
from core.demo.idea_lives import IdeaLives
from core.demo.idea_rows import write_ideas
from core.demo.journal import Journal
from core.demo.officials import make_officials, write_officials
from core.demo.people import Person, make_people, number_people, write_people
from core.demo.points import Earning, Ledger, Promise
from core.demo.poll_rows import write_polls, write_reminders, write_secrets
from core.demo.polls import DemoPoll, Lives
from core.demo.rhythm import Rhythm, registration_days
from core.demo.tables import Tables, moment
from core.demo.talk import counts, make_comments, write_comments
from core.demo.texts import DemoTexts
from core.demo.topic_rows import TopicRows
from core.demo.topics import Topics
from core.features.polls.service.life import SECRET_PURPOSE
from core.kit.actor import SystemActor
from core.kit.period import Period
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work

# The resource is there before its first poll, and its staff before that.
_LAUNCHED_BEFORE: Final = timedelta(days=12)
_STAFFED_BEFORE: Final = timedelta(days=30)

Report = Callable[[int], None]
"""Told how many more rows of people and votes are done."""


class TooFewPeople(Exception):
    """There are more votes to cast than people who may cast them."""


class Filled(msgspec.Struct, frozen=True):
    """What a city has got: `polls` that have opened, `ideas` that everybody sees."""

    slug: str
    name: str
    residents: int
    polls: int
    votes: int
    ideas: int = 0
    supports: int = 0


def fill_city(
    seed: object,
    runtime: Runtime,
    tenant: Tenant,
    texts: DemoTexts,
    tables: Tables,
    *,
    report: Report,
) -> Filled:
    """Write a year that ends with the runtime's instant, the first of a day in the city."""
    journal = Journal(tenant.locale)
    with runtime.work(tenant, SystemActor("demo")) as work:
        plan = _Plan(seed, work, texts, journal)
        talk = Talk(seed, work, texts, plan, journal) if texts.ideas is not None else None
        ledger = Ledger(work.regulation, runtime.catalogue, work.procedure("bonus"), tenant.locale)
    people = plan.people
    write_officials(seed, tables, journal, plan.officials.everyone)
    if talk is None:
        number_people(seed, people)
    write_people(seed, tables, tenant, people)
    report(len(people))
    promises: list[Promise] = []
    for poll in plan.polls:
        promises += _write_poll(plan, poll, tables, report)
    now = runtime.clock.now()
    earnings = [promise.earning for promise in promises]
    if talk is not None and texts.ideas is not None:
        earnings += talk.write(tables)
        report(texts.ideas.figures.published)
    else:
        write_duties(seed, tables, plan.work, list(poll_duties(plan.work, plan.polls)))
    write_secrets(tables, plan.lives, runtime.city_key(tenant, SECRET_PURPOSE), plan.polls)
    write_reminders(seed, tables, plan.polls, now)
    ledger.write(seed, tables, earnings, int(now.timestamp()))
    journal.write(tables)
    tables.analyze()
    return Filled(
        slug=tenant.slug,
        name=tenant.name(),
        residents=len(people),
        polls=len(plan.voters),
        votes=len(promises),
        ideas=len(talk.ideas.published) if talk is not None else 0,
        supports=sum(len(one.supporters) for one in talk.ideas.published) if talk else 0,
    )


class Talk:
    """What people propose and say, and what officials do about it."""

    def __init__(
        self, seed: object, work: Work, texts: DemoTexts, year: "_Plan", journal: Journal
    ) -> None:
        assert texts.ideas is not None
        self._seed = seed
        self._work = work
        self._year = year
        self._texts = texts
        self._journal = journal
        # Nobody's registration moves any more; what is chosen here refers to people by id.
        number_people(seed, year.people)
        self._lives = IdeaLives(seed, work, texts.ideas, year.officials, journal)
        self.ideas = self._lives.begin(year.people, year.launch)
        self._checking = Checking(seed, work, self.ideas, year.officials, journal)
        self._said = make_comments(
            seed,
            texts.ideas,
            self.ideas.published,
            year.people,
            year.officials,
            now=int(work.now.timestamp()),
        )

    def write(self, tables: Tables) -> list[Earning]:
        """All rows; returns what earns points. The polls have been held by now."""
        work, year, zone = self._work, self._year, self._work.tenant.zone
        duties = [
            *poll_duties(work, year.polls),
            *idea_duties(work, self._lives, self.ideas.published),
        ]
        items: dict[str, UUID] = {}
        if self._texts.topics is not None:
            topics = Topics(
                self._seed,
                work,
                self._texts.topics,
                year.polls,
                self.ideas,
                year.officials,
                self._journal,
            )
            TopicRows(topics).write(tables)
            duties += topics.duties()
            items = {one.text.key: topics.item_of(one.text.key) for one in self.ideas.campaigns}
        write_ideas(
            self._seed,
            tables,
            work.tenant,
            self._lives,
            self.ideas,
            plan_items=items,
            comments=counts(self._said),
            refused=self._checking.refused,
            now=work.now,
        )
        write_comments(self._seed, tables, self._said)
        self._checking.write(tables, work.now)
        write_duties(self._seed, tables, work, duties)
        return [
            *(
                Earning(
                    at=one.published,
                    day=moment(one.published).astimezone(zone).date(),
                    person=one.author.id,
                    act="idea",
                    subject=f"idea:{one.id}",
                )
                for one in self.ideas.published
                if one.author is not None
            ),
            *(
                Earning(
                    at=one.at,
                    day=moment(one.at).astimezone(zone).date(),
                    person=one.person.id,
                    act="comment",
                    subject=f"comment:{one.id}",
                )
                for one in self._said
                if one.person is not None
            ),
        ]


class _Plan:
    """Who there is and who votes where: everything that asks the city's rules."""

    def __init__(self, seed: object, work: Work, texts: DemoTexts, journal: Journal) -> None:
        self.seed = seed
        self.work = self._work = work
        tenant = work.tenant
        periods = [poll.period(work.today) for poll in texts.held]
        first = min((one.first for one in periods), default=work.today)
        launch = first - _LAUNCHED_BEFORE
        self.launch = Period(launch, launch).starts_at(tenant.zone)
        self.officials = make_officials(seed, work, launch=first - _STAFFED_BEFORE)
        openings = [
            (period.first, poll.turnout or 0.0)
            for period, poll in zip(periods, texts.held, strict=True)
        ]
        signing_up = Rhythm(
            Period(launch, launch).starts_at(tenant.zone),
            work.now,
            tenant.zone,
            registration_days(launch, openings, dice(seed, "registration")),
        )
        self.people: list[Person] = make_people(
            seed,
            texts.scale,
            [district.key for district in tenant.profile.districts],
            today=work.today,
            rhythm=signing_up,
        )
        self.lives = Lives(seed, work, self.officials, journal, topics=texts.topics)
        self.polls = self.lives.begin(texts.polls)
        self.voters: dict[int, list[Person]] = {}
        self._choose(texts)

    def _choose(self, texts: DemoTexts) -> None:
        """Voters of every poll that has opened, in the order of opening."""
        held = sorted(
            (poll for poll in self.polls if poll.text.held),
            key=lambda poll: (poll.period.first, poll.number),
        )
        wanted = shares(texts.scale.votes, [poll.text.turnout or 0.0 for poll in held])
        missing = 0
        for poll, number in zip(held, wanted, strict=True):
            voters = choose_voters(
                dice(self.seed, poll.text.key, "voters"),
                self.people,
                number + missing,
                rhythm=self.lives.rhythm(poll),
                running=poll.closes_at > self._work.now,
                may=voting_right(self._work.regulation, self._work.runtime.catalogue, poll),
            )
            # What one poll has no people for, the next one gets.
            missing += number - len(voters)
            self.voters[poll.number] = voters
            counted = sum(one.level.reaches(poll.law.level) for one in voters)
            self.lives.extend_if_needed(poll, counted)
        if missing:
            raise TooFewPeople(f"{self._work.tenant.slug}: {missing} votes are left over")


def _write_poll(plan: _Plan, poll: DemoPoll, tables: Tables, report: Report) -> list[Promise]:
    """A poll with everything that hangs on it; returns its votes."""
    if not poll.text.held:
        write_polls((plan.seed, poll.text.key), tables, [poll])
        return []
    rng = dice(plan.seed, poll.text.key, "ballots")
    ballots = Ballots(
        rng,
        poll,
        plan.voters[poll.number],
        rhythm=plan.lives.rhythm(poll),
        key=plan.lives.key(poll),
    )
    plan.lives.end(poll, ballots.results())
    write_polls((plan.seed, poll.text.key), tables, [poll])
    ballots.write(rng, tables)
    report(len(ballots.votes))
    return [Promise(vote, poll) for vote in ballots.votes]
