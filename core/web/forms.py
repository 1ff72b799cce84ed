"""Reading a submitted form: each field with its limits, all complaints at once, nothing lost."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from uuid import UUID

from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from core.kit.errors import Invalid
from core.kit.text import Text

E = TypeVar("E", bound=StrEnum)

FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
UploadData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]

_MISSING = Text(ru="Заполните это поле.", en="Please fill this in.")
_TOO_LONG = Text(
    ru="Слишком длинно: не больше {most} знаков, сейчас {now}.",
    en="Too long: at most {most} characters, now {now}.",
)
_NOT_A_DAY = Text(ru="Укажите дату, например 01.06.2026.", en="Give a date, such as 2026-06-01.")
_NOT_WHOLE = Text(ru="Укажите целое число.", en="Give a whole number.")
_TOO_SMALL = Text(ru="Не меньше {least}.", en="At least {least}.")
_TOO_BIG = Text(ru="Не больше {most}.", en="At most {most}.")
_NOT_OFFERED = Text(ru="Выберите из списка.", en="Choose from the list.")
_BAD_CHARACTERS = Text(
    ru="В тексте есть недопустимые символы.", en="The text contains characters that cannot be kept."
)


class Form:
    """A form as it was sent. Readers return a value or note what is wrong; `check` raises once.

    `values` gives back what was typed, for showing the form again.
    """

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        self._data = dict(data or {})
        self.errors: dict[str, Text] = {}

    @property
    def values(self) -> dict[str, Any]:
        return {key: value for key, value in self._data.items() if not key.startswith("_")}

    def wrong(self, name: str, message: Text) -> None:
        self.errors.setdefault(name, message)

    def check(self) -> None:
        if self.errors:
            raise Invalid(self.errors)

    def raw(self, name: str) -> str:
        value = self._data.get(name, "")
        if isinstance(value, list):
            value = value[-1] if value else ""
        return value if isinstance(value, str) else ""

    def many(self, name: str) -> tuple[str, ...]:
        """All values sent under one name, in order."""
        value = self._data.get(name, [])
        values = value if isinstance(value, list) else [value]
        return tuple(one for one in values if isinstance(one, str) and one != "")

    def text(
        self, name: str, *, most: int = 200, required: bool = True, lines: bool = False
    ) -> str:
        """Trimmed text; without `lines` all white space folds into single spaces."""
        value = self.raw(name).replace("\r\n", "\n").strip()
        if not lines:
            value = " ".join(value.split())
        if any(ord(sign) < 32 and sign not in "\n\t" for sign in value):
            self.wrong(name, _BAD_CHARACTERS)
            return ""
        if required and not value:
            self.wrong(name, _MISSING)
        if len(value) > most:
            self.wrong(name, _TOO_LONG.format(most=most, now=len(value)))
        return value

    def day(self, name: str, *, required: bool = True) -> date | None:
        """A date as browsers send it (2026-06-01) or as people write it (01.06.2026)."""
        value = self.raw(name).strip()
        if not value:
            if required:
                self.wrong(name, _MISSING)
            return None
        try:
            if "." in value:
                day, month, year = (int(part) for part in value.split("."))
                return date(year, month, day)
            return date.fromisoformat(value)
        except ValueError:
            self.wrong(name, _NOT_A_DAY)
            return None

    def whole(
        self, name: str, *, least: int, most: int, required: bool = True, default: int = 0
    ) -> int:
        value = self.raw(name).strip()
        if not value:
            if required:
                self.wrong(name, _MISSING)
            return default
        try:
            number = int(value)
        except ValueError:
            self.wrong(name, _NOT_WHOLE)
            return default
        if number < least:
            self.wrong(name, _TOO_SMALL.format(least=least))
        elif number > most:
            self.wrong(name, _TOO_BIG.format(most=most))
        return number

    def choice(self, name: str, options: Sequence[str], *, required: bool = True) -> str | None:
        value = self.raw(name)
        if not value:
            if required:
                self.wrong(name, _NOT_OFFERED)
            return None
        if value not in options:
            self.wrong(name, _NOT_OFFERED)
            return None
        return value

    def flag(self, name: str) -> bool:
        return self.raw(name) not in ("", "0", "false", "off")

    def id(self, name: str) -> UUID | None:
        try:
            return UUID(self.raw(name))
        except ValueError:
            self.wrong(name, _NOT_OFFERED)
            return None

    def file(self, name: str) -> UploadFile | None:
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None
