"""Keys by purpose and city; sealed values; keyed hashes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.crypto import Unsealable, derive_key, keyed_hash, new_digits, new_key, seal, unseal

SECRET = b"s" * 32


def test_keys_differ_by_purpose_and_city():
    keys = {
        derive_key(SECRET, purpose=purpose, city=city)
        for purpose in ("a", "b")
        for city in ("t_1", "t_2")
    }
    assert len(keys) == 4


@given(st.binary(max_size=200))
def test_what_is_sealed_comes_back(value):
    key = new_key()
    assert unseal(key, seal(key, value)) == value


def test_another_key_opens_nothing():
    with pytest.raises(Unsealable):
        unseal(new_key(), seal(new_key(), b"value"))


@given(st.lists(st.binary(max_size=20)), st.lists(st.binary(max_size=20)))
def test_parts_of_a_hash_do_not_run_together(one, other):
    assert (keyed_hash(SECRET, *one) == keyed_hash(SECRET, *other)) == (one == other)


def test_codes_are_digits():
    assert new_digits(6).isdigit()
    assert len(new_digits(6)) == 6
