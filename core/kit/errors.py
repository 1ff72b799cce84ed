"""Errors that people read: each has a status, a stable key, and a sentence with what to do next."""

from collections.abc import Mapping

from core.kit.text import Text


class Problem(Exception):
    """Something a person asked for cannot be done; shown as a page, a fragment or problem+json.

    `key` is stable and machine-readable (`polls.closed`); `title` says what happened and `advice`
    what to do next; `fields` puts messages beside form fields.
    """

    status: int = 400

    def __init__(
        self,
        key: str,
        title: Text,
        advice: Text | None = None,
        *,
        status: int | None = None,
        fields: Mapping[str, Text] | None = None,
    ) -> None:
        super().__init__(f"{key}: {title.en}")
        self.key = key
        self.title = title
        self.advice = advice
        self.fields = dict(fields or {})
        if status is not None:
            self.status = status


class NotFound(Problem):
    """No such thing here: it never was, belongs elsewhere, or may not be seen by this person."""

    status = 404

    def __init__(self, key: str = "not_found", title: Text | None = None) -> None:
        super().__init__(
            key,
            title or Text(ru="Такой страницы здесь нет.", en="There is no such page here."),
            Text(
                ru="Проверьте адрес или вернитесь на главную страницу.",
                en="Check the address or go back to the home page.",
            ),
        )


class SignInNeeded(Problem):
    """The action belongs to somebody who has signed in."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "sign_in_needed",
            Text(ru="Сначала войдите.", en="Please sign in first."),
            Text(
                ru="После входа вы вернётесь к этой же странице.",
                en="You will come back to this page afterwards.",
            ),
        )


class Forbidden(Problem):
    """Signed in, but without the right to do this."""

    status = 403


class Conflict(Problem):
    """The state has moved on since the person looked."""

    status = 409


class Invalid(Problem):
    """The input does not make sense; `fields` says where."""

    status = 422

    def __init__(self, fields: Mapping[str, Text], title: Text | None = None) -> None:
        super().__init__(
            "invalid",
            title or Text(ru="Проверьте, что заполнено.", en="Please check what you entered."),
            fields=fields,
        )


class Unavailable(Problem):
    """A part of the installation does not answer; nothing was lost and a retry is safe."""

    status = 503
