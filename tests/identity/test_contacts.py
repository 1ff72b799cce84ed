"""One spelling for each contact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identity.contacts import Contact, read_contact
from core.kit.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        (" Ivan.Petrov@Example.ORG ", "ivan.petrov@example.org"),
        ("ivan+city@example.org", "ivan+city@example.org"),
        ("Иван@Почта.РФ", "иван@почта.рф"),
        ("a@xn--80a1acny.xn--p1ai", "a@почта.рф"),
    ],
)
def test_an_email_has_one_spelling(typed: str, value: str) -> None:
    assert read_contact(typed) == Contact("email", value)


@pytest.mark.parametrize(
    "typed",
    ["8 (912) 345-67-89", "+7 912 345 67 89", "9123456789", "8-912-345-67-89", "+7(912)3456789"],
)
def test_a_phone_has_one_spelling(typed: str) -> None:
    assert read_contact(typed) == Contact("phone", "+79123456789")


def test_a_phone_is_shown_as_people_write_it() -> None:
    assert Contact("phone", "+79123456789").shown.replace("\u00a0", " ") == "+7 912 345-67-89"
    assert Contact("email", "a@example.org").shown == "a@example.org"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "ivan",
        "ivan@",
        "@example.org",
        "ivan@localhost",
        "Иван <ivan@example.org>",
        "a@example.org, b@example.org",
        "a@example.org\nBcc: b@example.org",
        "112",
        "8 34936 5-20-00",
        "8 800 100 20 30",
        "+1 650 253 0000",
        "+7 912 345 67 89 доб. 5",
        "x" * 300 + "@example.org",
    ],
)
def test_what_is_no_contact_is_said_beside_the_field(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_contact(typed)
    assert set(refused.value.fields) == {"contact"}


def test_a_city_may_want_one_kind_only() -> None:
    with pytest.raises(Invalid) as no_phone:
        read_contact("+79123456789", phone=False)
    with pytest.raises(Invalid) as no_email:
        read_contact("a@example.org", email=False)
    assert no_phone.value.fields["contact"] != no_email.value.fields["contact"]


local_part = st.from_regex(r"[A-Za-z0-9]{1,12}([._+-][A-Za-z0-9]{1,12}){0,2}", fullmatch=True)
domain = st.from_regex(r"([A-Za-z0-9]{1,10}\.){1,2}(org|ru|com)", fullmatch=True)


@given(local_part, domain, st.booleans())
def test_spelling_again_changes_nothing(local: str, host: str, shout: bool) -> None:
    typed = f"{local}@{host}"
    once = read_contact(typed.upper() if shout else typed)
    assert read_contact(once.value) == once
    assert read_contact(f"  {typed.swapcase()} ") == once


@given(st.integers(min_value=0, max_value=9_999_999), st.sampled_from("- ()"))
def test_separators_do_not_matter(tail: int, sign: str) -> None:
    digits = f"912{tail:07}"
    plain = read_contact(f"+7{digits}")
    parted = sign.join((digits[:3], digits[3:6], digits[6:8], digits[8:]))
    assert read_contact(f"8{sign}{parted}") == plain
    assert read_contact(plain.value) == plain


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_contact_or_a_polite_no(typed: str) -> None:
    try:
        contact = read_contact(typed)
    except Invalid:
        return
    assert read_contact(contact.value) == contact
    assert "\n" not in contact.value
    assert "\r" not in contact.value
