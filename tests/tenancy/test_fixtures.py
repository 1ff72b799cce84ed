"""The fixtures keep their promise: what a test writes is gone before the next one."""

import pytest
from sqlalchemy import text


@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_finds_the_cities_as_the_first_one_did(turn, city, other_city, work, runtime, owner):
    with work(city) as w:
        assert w.session.execute(text("SELECT count(*) FROM staff")).scalar() == 0
        w.session.execute(
            text("INSERT INTO staff (id, name, email) VALUES (gen_random_uuid(), 'A', 'a@x')")
        )
        w.record("test.done", "x")
    owner.execute("UPDATE platform.tenant SET state='disabled' WHERE id=%s", (other_city.id,))
    assert other_city.active
