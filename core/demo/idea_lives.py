"""Ideas under the law of the city: terms, steps with their clauses, what the journal says."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from core.demo.dice import dice
from core.demo.idea_texts import IdeaTexts
from core.demo.ideas import (
    Conditions,
    DemoCampaign,
    DemoIdea,
    Ideas,
    make_campaigns,
    make_ideas,
)
from core.demo.journal import Journal
from core.demo.officials import Officials
from core.demo.people import Person
from core.demo.tables import moment
from core.features.ideas.decisions import (
    CONSIDER_COUNTED,
    CONSIDER_DAYS,
    FOLLOWS_SUPPORT,
    MAY_DECIDE,
    MAY_OPEN_CAMPAIGN,
    RESULTS_COUNTED,
    RESULTS_DAYS,
    SUPPORT_DAYS,
    THRESHOLD,
    CampaignFacts,
    DecideFacts,
    IdeaFacts,
)
from core.features.ideas.domain import CampaignState, CampaignTerms, Outcome, State, Terms
from core.features.ideas.service.life import term
from core.kit.actor import Actor, SystemActor
from core.kit.standing import Standing
from core.rules import Decision
from core.rules.explain import reasons_data
from core.work import Work

_FOLDING: Final = SystemActor("ideas.fold_supports")
_ENDING: Final = SystemActor("ideas.end_support")
_SCHEDULE: Final = SystemActor("ideas.open_due")
_NO_END: Final = 3650
_UNLIMITED: Final = Conditions(threshold=1, support_days=_NO_END, consider_days=30)
_BEGUN: Final = "Начали работу."
_DONE: Final = "Сделано."


class Step(msgspec.Struct, frozen=True):
    """A step in the life of an idea or a campaign."""

    at: datetime
    kind: str
    actor: Actor
    note: str = ""
    reasons: Sequence[object] = ()


class IdeaLives:
    """The ideas of one city, and what its rules say about each of their turns."""

    def __init__(
        self,
        seed: object,
        work: Work,
        texts: IdeaTexts,
        officials: Officials,
        journal: Journal,
    ) -> None:
        self._seed = seed
        self._work = work
        self._texts = texts
        self._officials = officials
        self._journal = journal
        self._locale = work.tenant.locale
        self.campaigns = make_campaigns(seed, texts.campaigns, today=work.today)
        self._free = self._decisions(in_campaign=False)
        self._called = self._decisions(in_campaign=True)

    def begin(self, people: Sequence[Person], launch: datetime) -> Ideas:
        """All ideas of the year, each with its life."""
        kept = self.terms(None)
        conditions = Conditions(
            threshold=kept.needed or _UNLIMITED.threshold,
            support_days=kept.days or _UNLIMITED.support_days,
            consider_days=kept.consider.amount if kept.consider else _UNLIMITED.consider_days,
        )
        return make_ideas(
            self._seed,
            self._texts,
            people,
            self.campaigns,
            conditions,
            launch=launch,
            now=self._work.now.astimezone(self._work.tenant.zone),
        )

    # --- The law ---------------------------------------------------------------------------------

    def _decisions(self, *, in_campaign: bool) -> tuple[Decision[Any], ...]:
        facts = IdeaFacts(on=self._work.today, in_campaign=in_campaign)
        points = (THRESHOLD, SUPPORT_DAYS, FOLLOWS_SUPPORT, CONSIDER_DAYS, CONSIDER_COUNTED)
        return tuple(self._work.decide(point, facts) for point in points)

    def terms(self, campaign: DemoCampaign | None) -> Terms:
        """What binds an idea from its publication on."""
        return Terms(*(term(one) for one in (self._called if campaign else self._free)))

    def campaign_terms(self, campaign: DemoCampaign) -> CampaignTerms:
        facts = CampaignFacts(
            on=campaign.period.first,
            duration_days=campaign.period.days,
            standing=Standing.LISTED,
        )
        points = (MAY_OPEN_CAMPAIGN, RESULTS_DAYS, RESULTS_COUNTED)
        return CampaignTerms(*(term(self._work.decide(point, facts)) for point in points))

    # --- Steps -----------------------------------------------------------------------------------

    def steps(self, idea: DemoIdea) -> Iterator[Step]:
        """Everything that happened to an idea; told to the journal on the way."""
        rng = dice(self._seed, "steps", idea.number)
        moderator = self._officials.pick(rng, "moderation.review")
        decider = self._officials.pick(rng, "ideas.decide")
        said = [list(self._reasons(one)) for one in (self._called if idea.campaign else self._free)]
        threshold, support, _follows, consider, _counted = said
        yield from self._step(idea, idea.published, State.COLLECTING, moderator, "", threshold)
        if idea.reached is not None:
            reasons = [*threshold, *consider]
            yield from self._step(idea, idea.reached, State.CONSIDERATION, _FOLDING, "", reasons)
        elif idea.state is State.UNSUPPORTED and idea.ends is not None:
            reasons = [*support, *threshold]
            yield from self._step(idea, idea.ends, State.UNSUPPORTED, _ENDING, "", reasons)
        if idea.decided is None:
            return
        outcome = Outcome(idea.destiny.value)
        answer = (idea.text.taken if outcome is Outcome.TAKEN_UP else idea.text.declined) or ""
        facts = DecideFacts(on=self._work.today, outcome=outcome, answer_length=len(answer))
        decision = self._work.decide(MAY_DECIDE, facts)
        self._journal.decision(moment(idea.decided), decider, f"idea:{idea.id}", decision)
        grounds = self._reasons(decision)
        yield from self._step(idea, idea.decided, idea.destiny, decider, answer, grounds)
        if idea.begun is not None:
            yield from self._step(idea, idea.begun, State.IN_WORK, decider, _BEGUN, ())
        if idea.done is not None:
            note = idea.text.done or _DONE
            yield from self._step(idea, idea.done, State.DONE, decider, note, ())

    def _step(
        self,
        idea: DemoIdea,
        at: int,
        state: State,
        actor: Actor,
        note: str,
        reasons: Sequence[object],
    ) -> Iterator[Step]:
        self._journal.action(
            moment(at), actor, f"ideas.{state.value}", f"idea:{idea.id}", number=idea.number
        )
        yield Step(moment(at), state.value, actor, note, reasons)

    def campaign_steps(self, campaign: DemoCampaign) -> Iterator[Step]:
        """Everything that happened to a campaign up to now."""
        rng = dice(self._seed, "campaign steps", campaign.text.key)
        author = self._officials.pick(rng, "ideas.campaign")
        chief = self._officials.pick(rng, "ideas.open_campaign")
        opened = campaign.period.starts_at(self._work.tenant.zone)
        closed = campaign.period.ends_at(self._work.tenant.zone)
        reasons = self.campaign_terms(campaign).opening.reasons.get(self._locale, [])
        written = min(opened, self._work.now).timestamp()
        taken = [Step(moment(int(written - 20 * 86400)), "created", author)]
        if campaign.text.stage != "draft":
            at = moment(int(written - 12 * 86400))
            taken.append(Step(at, CampaignState.SCHEDULED.value, chief, reasons=reasons))
        if opened <= self._work.now:
            taken.append(Step(opened, CampaignState.OPEN.value, _SCHEDULE, reasons=reasons))
        if closed <= self._work.now:
            taken.append(Step(closed, CampaignState.CLOSED.value, _SCHEDULE))
            at = moment(int(closed.timestamp()) + 4 * 86400 + 11 * 3600)
            if campaign.text.outcome and at < self._work.now:
                note = campaign.text.outcome
                taken.append(Step(at, CampaignState.SUMMED_UP.value, author, note))
        for step in taken:
            self._journal.action(
                step.at, step.actor, f"ideas.campaign_{step.kind}", f"campaign:{campaign.id}"
            )
            yield step

    def campaign_state(self, campaign: DemoCampaign) -> CampaignState:
        zone, now = self._work.tenant.zone, self._work.now
        if campaign.text.stage == "draft":
            return CampaignState.DRAFT
        if campaign.period.starts_at(zone) > now:
            return CampaignState.SCHEDULED
        if campaign.period.ends_at(zone) > now:
            return CampaignState.OPEN
        return CampaignState.SUMMED_UP if campaign.text.outcome else CampaignState.CLOSED

    def _reasons(self, decision: Decision[Any]) -> Sequence[object]:
        return reasons_data(decision, self._locale)
