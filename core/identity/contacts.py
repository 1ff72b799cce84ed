"""E-mail addresses and phone numbers in one spelling each, so that one person's contact is one."""

import unicodedata
from typing import Final, Literal

import msgspec
import phonenumbers
from email_validator import EmailNotValidError, validate_email

from core.kit.errors import Invalid
from core.kit.text import Text

ContactKind = Literal["email", "phone"]

# Text messages go to mobile phones under this country code; abroad they would cost the city dearly.
_COUNTRY: Final = "RU"
_COUNTRY_CODE: Final = 7
_LONGEST: Final = 254

BAD_EMAIL: Final = Text(
    ru="Такого адреса почты не бывает. Пример: ivan@example.ru.",
    en="That is not an e-mail address. An example: ivan@example.ru.",
)
BAD_PHONE: Final = Text(
    ru="Такого номера не бывает. Пример: +7 912 345 67 89.",
    en="That is not a phone number. An example: +7 912 345 67 89.",
)
NOT_MOBILE: Final = Text(
    ru="На этот номер не отправить сообщение: нужен мобильный номер, который начинается с +7.",
    en="A text message cannot reach this number: give a mobile number that begins with +7.",
)
NO_EMAIL: Final = Text(
    ru="Здесь входят по номеру телефона: укажите его.",
    en="Here people sign in by phone number: please give it.",
)
NO_PHONE: Final = Text(
    ru="Здесь входят по электронной почте: укажите её.",
    en="Here people sign in by e-mail: please give the address.",
)
EMPTY: Final = Text(ru="Заполните это поле.", en="Please fill this in.")


class Contact(msgspec.Struct, frozen=True):
    """A way to reach one person, in its one spelling: lower-case e-mail, or phone as E.164."""

    kind: ContactKind
    value: str

    @property
    def shown(self) -> str:
        """As people write it: «+7 912 345-67-89»."""
        if self.kind == "email":
            return self.value
        number = phonenumbers.parse(self.value)
        return phonenumbers.format_number(
            number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
        ).replace(" ", "\u00a0")


def read_contact(
    typed: str, *, email: bool = True, phone: bool = True, field: str = "contact"
) -> Contact:
    """The contact that somebody typed; raises Invalid on `field` if it is none, or of a kind that
    is not wanted here."""
    text = typed.strip()
    try:
        if not text:
            raise _Unreadable(EMPTY)
        if "@" in text or (email and not phone):
            return _email(text, wanted=email)
        return _phone(text, wanted=phone)
    except _Unreadable as error:
        raise Invalid({field: error.message}) from error


class _Unreadable(Exception):
    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


def _email(text: str, *, wanted: bool) -> Contact:
    if not wanted:
        raise _Unreadable(NO_EMAIL)
    try:
        address = validate_email(text.replace("\u200b", ""), check_deliverability=False)
    except EmailNotValidError as error:
        raise _Unreadable(BAD_EMAIL) from error
    # Mail hosts may tell letters' case apart; people do not, and neither does any large provider.
    value = unicodedata.normalize("NFC", address.normalized.lower())
    if len(value) > _LONGEST:
        raise _Unreadable(BAD_EMAIL)
    return Contact("email", value)


def _phone(text: str, *, wanted: bool) -> Contact:
    if not wanted:
        raise _Unreadable(NO_PHONE)
    try:
        number = phonenumbers.parse(text, _COUNTRY)
    except phonenumbers.NumberParseException as error:
        raise _Unreadable(BAD_PHONE) from error
    if number.extension or not phonenumbers.is_valid_number(number):
        raise _Unreadable(BAD_PHONE)
    mobile = phonenumbers.number_type(number) in (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    )
    if not mobile or number.country_code != _COUNTRY_CODE:
        raise _Unreadable(NOT_MOBILE)
    return Contact("phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
