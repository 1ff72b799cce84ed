"""What a refusal tells the person."""

from core.kit.errors import Problem
from core.kit.text import Text
from core.rules import Decision, Reason, Refused
from tests.rules.sample import ON, text


def decision(*reasons: Reason) -> Decision[bool]:
    return Decision("sample.may", text("May"), False, text("no"), ON, "main", reasons, "")


def test_says_every_reason_and_step_once_and_leaves_advice_out() -> None:
    refused = Refused(
        decision(
            Reason("refusal", text("One."), "a", 1, text("Do.")),
            Reason("refusal", text("Two."), "b", 1, text("Do.")),
            Reason("advice", text("Hint."), "a", 1),
        ),
        fields={"last": text("Too late")},
    )
    assert isinstance(refused, Problem)
    assert (refused.key, refused.status) == ("refused", 422)
    assert refused.title == Text(ru="One. (по-русски) Two. (по-русски)", en="One. Two.")
    assert refused.advice == text("Do.")
    assert refused.fields == {"last": text("Too late")}
    assert not refused.decision.allowed


def test_may_have_no_next_step_and_another_status() -> None:
    refused = Refused(decision(Reason("silence", text("No."))), status=403)
    assert refused.advice is None
    assert refused.status == 403
