"""Operators and analysts: of no city, and nobody learns who they are by asking."""

import re
from collections.abc import Iterator
from time import monotonic, sleep

import msgspec
import pytest

from core.identity import codes, operators
from core.identity.codes import Challenge, CodeGone, Purpose
from core.identity.realm import Realm
from core.tenancy.model import OperatorRow
from core.work import Runtime
from tests.identity.build import ADDRESS, email, phone
from tests.identity.carriers import MailServer, running


@pytest.fixture
def mail(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with running(MailServer()) as server:
        monkeypatch.setattr(
            runtime, "settings", msgspec.structs.replace(runtime.settings, smtp_url=server.url)
        )
        yield server


@pytest.fixture
def known(runtime: Runtime) -> operators.Operator:
    with runtime.databases.platform() as session:
        session.add(OperatorRow(email="anna@example.org", name="Анна", kind="operator"))
        session.add(OperatorRow(email="vera@example.org", name="Вера", kind="analyst"))
    found = operators.find_operator(runtime, email())
    assert found is not None
    return found


def ask(runtime: Runtime, name: str) -> str:
    return operators.send_code(
        runtime, Challenge(email(name), Purpose.SIGN_IN), address=ADDRESS, locale="ru"
    )


def test_a_known_operator_gets_a_code(
    runtime: Runtime, mail: MailServer, known: operators.Operator
) -> None:
    token = ask(runtime, "anna")
    deadline = monotonic() + 5
    while not mail.letters and monotonic() < deadline:
        sleep(0.01)
    (letter,) = mail.letters
    digits = re.search(r"\d{6}", letter["Subject"])
    assert digits is not None
    found = codes.check_code(
        Realm(runtime, None), token, digits[0], purpose=Purpose.SIGN_IN, address=ADDRESS
    )
    assert operators.find_operator(runtime, found.contact) == known


@pytest.mark.usefixtures("known")
def test_an_unknown_one_gets_the_same_answer_and_no_letter(
    runtime: Runtime, mail: MailServer
) -> None:
    token = ask(runtime, "stranger")
    assert len(token) == len(ask(runtime, "anna"))
    assert codes.look(Realm(runtime, None), token) is not None
    sleep(0.2)
    assert {one["To"] for one in mail.letters} <= {"anna@example.org"}


def test_operators_are_found_by_email_only(runtime: Runtime, known: operators.Operator) -> None:
    assert operators.load_operator(runtime, known.id) == known
    assert operators.load_operator(runtime, known.id + 99) is None
    assert operators.find_operator(runtime, phone()) is None
    assert [one.kind for one in operators.all_operators(runtime)] == ["operator", "analyst"]


def test_a_code_of_the_platform_is_of_no_city(runtime: Runtime) -> None:
    token = ask(runtime, "stranger")
    for city in runtime.registry.all():
        assert codes.look(Realm(runtime, city), token) is None
        with pytest.raises(CodeGone):
            codes.check_code(
                Realm(runtime, city), token, "123456", purpose=Purpose.SIGN_IN, address=ADDRESS
            )
