"""What people choose, and the links in letters that stop them without signing in."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kit.errors import Invalid
from core.notify.domain import Chosen
from core.notify.preferences import (
    Stopping,
    choices,
    choose,
    read_stopping,
    stop_letters,
    stopping_token,
)
from core.notify.tell import Recipient
from tests.notify.build import AT_ONCE, BINDING, DAILY, KINDS

EVERY = tuple(KINDS.values())


def test_what_is_proposed_holds_until_it_is_chosen(work, city, anna, boris):
    with work(city) as w:
        choose(w, anna, AT_ONCE, Chosen("weekly", push=False))
        choose(w, anna, AT_ONCE, Chosen("daily", push=True))
    with work(city) as w:
        found = choices(w, [anna.id, boris.id], EVERY)
    assert found[anna.id, AT_ONCE.key] == Chosen("daily", push=True)
    assert found[boris.id, AT_ONCE.key] == Chosen("at_once", push=True)
    assert len(found) == 2 * len(EVERY)


def test_binding_letters_can_be_made_rarer_and_not_stopped(work, city, anna):
    with work(city) as w:
        choose(w, anna, BINDING, Chosen("weekly", push=False))
        with pytest.raises(Invalid):
            choose(w, anna, BINDING, Chosen("never", push=False))
        stopping = Stopping(anna, BINDING.key, None)
        assert stop_letters(w, stopping, EVERY) == ()
        assert choices(w, [anna.id], [BINDING])[anna.id, BINDING.key].email == "weekly"


def test_a_kind_that_became_binding_arrives_again(work, city, anna):
    with work(city) as w:
        choose(w, anna, AT_ONCE, Chosen("never", push=False))
        bound = msgspec.structs.replace(AT_ONCE, binding=True)
        assert choices(w, [anna.id], [bound])[anna.id, bound.key] == Chosen("at_once", push=False)


def test_a_link_of_a_digest_stops_just_what_comes_in_it(work, city, anna):
    with work(city) as w:
        choose(w, anna, AT_ONCE, Chosen("daily", push=True))
        choose(w, anna, BINDING, Chosen("daily", push=True))
        stopped = stop_letters(w, Stopping(anna, None, "daily"), EVERY)
        assert stopped == (AT_ONCE, DAILY)
        found = choices(w, [anna.id], EVERY)
    assert found[anna.id, AT_ONCE.key] == Chosen("never", push=True)
    assert found[anna.id, BINDING.key].email == "daily"


@pytest.mark.parametrize(
    ("what", "pace"), [("ideas.state", None), (None, "daily"), (None, "weekly")]
)
@pytest.mark.parametrize("kind", ["resident", "staff"])
def test_a_link_says_whose_letters_it_stops(runtime, city, other_city, anna, what, pace, kind):
    recipient = Recipient(kind, anna.id)
    token = stopping_token(runtime, city, recipient, what, pace)
    assert token.isascii()
    assert read_stopping(runtime, city, token) == Stopping(recipient, what, pace)
    assert read_stopping(runtime, other_city, token) is None


def test_no_link_can_be_made_up(runtime, city, anna):
    token = stopping_token(runtime, city, anna, "ideas.state", None)
    assert read_stopping(runtime, city, token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    for wrong in ("", "x", token + "A", token[:20], "я", "=" * 9, "A" * 400):
        assert read_stopping(runtime, city, wrong) is None

    @settings(max_examples=50, deadline=None)
    @given(st.text(max_size=80))
    def any_text(text):
        assert read_stopping(runtime, city, text) is None

    any_text()
