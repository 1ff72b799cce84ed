"""Requests made up from the OpenAPI document, sensible and senseless, to the real application on
real servers: never a 5xx, and every answer of the shape that the document promises."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

from core.features.polls.service import life
from core.features.polls.service.drafting import create_draft, submit_for_review
from core.web.openapi import DOCUMENT
from tests.api.bot import key_of
from tests.features.polls.build import choose, draft, official, open_poll, paper_of, residents

# Deterministic, small, and without shrinking: a failure prints the request anyway.
BOUNDED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# Cursors and choices may look right and yet be unknown; unknown parameters are passed over.
# Of keys the callers below say more than checks that leave the header out.
NOT_HERE = [positive_data_acceptance, negative_data_rejection, ignored_auth]


@pytest.fixture
def schema(installation, city, client):
    made = schemathesis.openapi.from_dict(client(city).get(DOCUMENT).json())
    made.app = installation.app(demo=False)
    return made


@pytest.fixture
def host(runtime, city):
    return f"http://{runtime.registry.hosts(city)[0]}"


@pytest.fixture
def polls(runtime, city):
    """A poll that runs, one that is coming, one that is being written, and none at all."""
    staff = official(runtime, city)
    running = open_poll(runtime, city, staff=staff)
    with runtime.work(city, staff) as work:
        coming = create_draft(work, draft=draft(first=work.today + timedelta(days=5)))
        submit_for_review(work, poll_id=coming)
        life.approve(work, poll_id=coming)
        hidden = create_draft(work, draft=draft(first=work.today + timedelta(days=5)))
    return [str(one) for one in (running, coming, hidden, uuid4())]


@pytest.fixture
def callers(runtime, city, other_city):
    """A voter, nobody, somebody whose key is of another city, somebody with nonsense for a key; and
    how many requests each makes."""
    (voter,) = residents(runtime, city, 1)
    (stranger,) = residents(runtime, other_city, 1)
    keys = {key_of(runtime, city, voter): 25, key_of(runtime, other_city, stranger): 3, "x": 2}
    return [
        *(({"authorization": f"Bearer {key}"}, times) for key, times in keys.items()),
        ({}, 8),
    ]


def explore(runtime, host, caller, times, label, cases):
    """Ask and check what is answered; returns how often which status came."""
    seen: Counter[tuple[str, int]] = Counter()

    @settings(BOUNDED, max_examples=times)
    @given(case=cases)
    def ask(case):
        runtime.redis.flushdb()  # nobody asks too often
        answer = case.call(base_url=host, headers=dict(caller))
        seen[label, answer.status_code] += 1
        case.validate_response(answer, excluded_checks=NOT_HERE, headers=dict(caller))

    ask()
    return seen


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
def test_every_operation_keeps_what_it_promises(runtime, city, schema, host, polls, callers, mode):
    ballot = {"choices": choose(paper_of(runtime, city, polls[0]), 1)}
    seen: Counter[tuple[str, int]] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        if not mode.is_positive and not operation.query and not operation.path_parameters:
            continue  # there is nothing to get wrong
        cases = [operation.as_strategy(mode)]
        if "{poll_id}" in operation.path:
            # Real ids, or hardly anything but 404 would be tried.
            cases += [
                operation.as_strategy(mode, path_parameters={"poll_id": one}) for one in polls
            ]
        if operation.body and mode.is_positive:
            known = {"poll_id": polls[0]}
            cases.append(operation.as_strategy(mode, path_parameters=known, body=ballot))

        for caller, times in callers:
            seen += explore(runtime, host, caller, times, operation.label, st.one_of(cases))
    statuses = {status for _label, status in seen}
    print(sorted(seen.items()))
    assert {200, 401, 404} <= statuses if mode.is_positive else {400, 401} <= statuses
    assert not any(status >= 500 for status in statuses)
    if mode.is_positive:
        assert seen["POST /api/v1/polls/{poll_id}/ballot", 201] == 1, "counted once"
        assert seen["POST /api/v1/polls/{poll_id}/ballot", 200], "and recognised afterwards"
