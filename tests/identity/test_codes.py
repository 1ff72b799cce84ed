"""One-time codes: one browser, five attempts, ten minutes, and limits on sending."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from core.identity import codes
from core.identity.codes import ATTEMPTS, Challenge, CodeGone, Purpose, check_code, new_code
from core.identity.limits import Limit, TooMany, network_of, spend
from core.identity.messages import newest
from core.identity.realm import Realm
from core.kit.errors import Invalid
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.identity.build import ADDRESS, Begin, email, phone


@pytest.fixture
def realm(runtime: Runtime, city: Tenant) -> Realm:
    return Realm(runtime, city)


def ask(realm: Realm, name: str = "anna", address: str = ADDRESS) -> tuple[str, str]:
    return new_code(realm, Challenge(email(name), Purpose.SIGN_IN, "/polls"), address=address)


def check(realm: Realm, token: str | None, code: str, purpose: Purpose = Purpose.SIGN_IN) -> str:
    found = check_code(realm, token, code, purpose=purpose, address=ADDRESS)
    return found.contact.value


def other_than(code: str) -> str:
    return "000000" if code != "000000" else "111111"


def test_the_right_code_works_once(realm: Realm) -> None:
    token, code = ask(realm)
    assert check(realm, token, f" {code[:3]} {code[3:]} ") == "anna@example.org"
    with pytest.raises(CodeGone):
        check(realm, token, code)


def test_a_code_belongs_to_the_browser_that_asked(realm: Realm) -> None:
    _token, code = ask(realm)
    another, _ = ask(realm)
    with pytest.raises(Invalid):
        check(realm, another, code)
    for nothing in (None, "", "made-up"):
        with pytest.raises(CodeGone):
            check(realm, nothing, code)


def test_attempts_run_out(realm: Realm) -> None:
    token, code = ask(realm)
    for left in range(ATTEMPTS - 1, -1, -1):
        with pytest.raises(Invalid) as refused:
            check(realm, token, other_than(code))
        assert (str(left) in refused.value.fields["code"].ru) == (left > 0)
    with pytest.raises(CodeGone):
        check(realm, token, code)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_costs_no_attempt(realm: Realm, typed: str) -> None:
    token, code = ask(realm)
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(Invalid):
            check(realm, token, typed)
    assert check(realm, token, code)


def test_attempts_at_once_are_no_more_than_five(realm: Realm) -> None:
    token, code = ask(realm)
    wrong = [f"{n:06}" for n in range(40) if f"{n:06}" != code]

    def guess(typed: str) -> str:
        try:
            check(realm, token, typed)
        except Invalid:
            return "looked at"
        except CodeGone:
            return "not looked at"
        return "accepted"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(guess, wrong))
    assert said.count("looked at") <= ATTEMPTS
    assert "accepted" not in said
    with pytest.raises(CodeGone):
        check(realm, token, code)


def test_of_several_right_ones_at_once_one_is_accepted(realm: Realm) -> None:
    for round_ in range(5):
        token, code = ask(realm, f"anna{round_}")

        def enter(_: int, token: str = token, code: str = code) -> bool:
            try:
                return bool(check(realm, token, code))
            except CodeGone:
                return False

        with ThreadPoolExecutor(5) as pool:
            assert sum(pool.map(enter, range(5))) == 1


def test_a_code_for_one_purpose_is_worth_nothing_for_another(realm: Realm) -> None:
    token, code = ask(realm)
    with pytest.raises(CodeGone):
        check(realm, token, code, Purpose.NEW_CONTACT)


def test_a_code_lives_ten_minutes(realm: Realm, runtime: Runtime) -> None:
    ask(realm)
    (name,) = (key for key in runtime.redis.keys("*:code:*"))
    assert 0 < runtime.redis.ttl(name) <= timedelta(minutes=10).total_seconds()


def test_redis_holds_neither_code_nor_token(realm: Realm, runtime: Runtime) -> None:
    token, code = ask(realm)
    (name,) = (key for key in runtime.redis.keys("*:code:*"))
    assert name.startswith(f"{realm.role}:".encode())
    kept = b"|".join([name, *runtime.redis.hgetall(name).values()])
    assert code.encode() not in kept
    assert token.encode() not in kept


def test_one_contact_gets_only_so_many(realm: Realm) -> None:
    for n in range(5):
        ask(realm, address=f"198.51.100.{n}")
    with pytest.raises(TooMany) as refused:
        ask(realm, address="198.51.100.99")
    assert 0 < refused.value.retry_after <= 900
    assert "минут" in refused.value.advice.ru if refused.value.advice else False
    ask(realm, "somebody-else")


def test_one_address_gets_only_so_many(realm: Realm) -> None:
    for n in range(60):
        ask(realm, f"anna{n}")
    with pytest.raises(TooMany):
        ask(realm, "boris")
    ask(realm, "boris", address="198.51.100.1")


def test_limits_keep_nobodys_contact(realm: Realm, runtime: Runtime) -> None:
    ask(realm)
    names = b" ".join(runtime.redis.keys("*:limit:*"))
    assert b"anna" not in names
    assert ADDRESS.encode() not in names


def test_a_limit_counts_attempts_at_once(realm: Realm) -> None:
    limit = Limit("test", 10, timedelta(minutes=1))

    def attempt(_: int) -> bool:
        try:
            spend(realm, limit, "somebody")
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(40))) == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_household_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_answer_does_not_tell_who_is_known(work: Begin, city: Tenant) -> None:
    """A code goes to any contact: the first sign-in is how one registers."""
    for contact in (email(), phone()):
        with work(city) as w:
            codes.send_code(w, Challenge(contact, Purpose.SIGN_IN), address=ADDRESS, locale="ru")
            (message,) = newest(w, most=1)
        assert (message.channel, message.address) == (contact.kind, contact.value)
        assert city.product() in message.subject


def test_no_message_without_a_commit(work: Begin, city: Tenant) -> None:
    with suppress(RuntimeError), work(city) as w:
        codes.send_code(w, Challenge(email(), Purpose.SIGN_IN), address=ADDRESS, locale="ru")
        raise RuntimeError
    with work(city) as w:
        assert newest(w, most=1) == ()
