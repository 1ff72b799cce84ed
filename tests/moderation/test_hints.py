"""Marks on a text: what is found, what must not be, and that marks are places in the text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.moderation.hints import is_card, is_obscene, is_snils, looked_at, marks, segments

INNOCENT = """
рубля рублей рубль застрахуй застрахуйте страхуй подстрахуй психуй хлебный хлебать хлеба
оскорблять оскорбление употреблять потребитель потреблять команда командировка мандат мандарин
манджурия сабля корабля ансамбля себестоимость вебинар вебкамера колебать колеблется дебаты
небоскрёб ребёнок учёба погребение требует служебный лечебный судебный тебе себе неба хулиган
хурма хутор похудеть прихуливать скипидар скипидаром педагог барсука сука гребля грабля тёплый
художник психиатр хулить бледный бляха бляшка мудрый мудрец мудрость мудрёный залупка дробь
мебель ебург небеса хребет жеребец погреб целебный волшебный хобби стебель шуруп дурак
"""
TOWNS = """
Губкинский Пермь Тюмень Октябрьский Екатеринбург Себеж Оскол Старый Муданьцзян Хуанхэ Хунань
Бляудэ Ебейты Пизанская Херсон Херес Мандалай Сыктывкар Усть-Илимск Мудьюг Дебальцево Лебедянь
Хуст Белебей Кобленц Тавда Заебрежье Пидна Елабуга Хвалынск Гребнево Жлобин
"""


@pytest.mark.parametrize("word", (INNOCENT + TOWNS).split())
def test_no_false_alarm(word: str) -> None:
    for shape in (word, word.upper(), word.capitalize()):
        assert not is_obscene(shape)


RUDE = """
хуй нахуй хуйня пиздец пизда спиздили распиздяй заебали ебать наебут долбоёб выебли съебался уёбок
блядь бля мудак мудачьё пидор пидорас охуели похуй нихуя хуууй xуйня х*й бл@дь блядина ебаный хуёвый
"""


@pytest.mark.parametrize("word", RUDE.split())
def test_rude_words_are_marked(word: str) -> None:
    text = f"Ну {word}, сколько можно ждать!"
    found = marks(text)
    assert [(one.kind, text[one.start : one.end]) for one in found] == [("obscene", word)]


def test_letters_with_spaces_between_them() -> None:
    text = "вот х у й вам"
    assert [text[one.start : one.end] for one in marks(text)] == ["х у й"]
    assert marks("а и в с к о") == ()


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("Звоните +7 (912) 345-67-89.", "phone", "+7 (912) 345-67-89"),
        ("тел. 89123456789", "phone", "89123456789"),
        ("8-34936-5-12-34", "phone", "8-34936-5-12-34"),
        ("912 345-67-89", "phone", "912 345-67-89"),
        ("СНИЛС 112-233-445 95", "snils", "112-233-445 95"),
        ("СНИЛС 11223344595", "snils", "11223344595"),
        ("паспорт 71 04 123456", "passport", "71 04 123456"),
        ("паспорт серия 7104 номер 123456", "passport", "7104 номер 123456"),
        ("карта 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
        ("пишите на ivan.petrov@mail.ru!", "email", "ivan.petrov@mail.ru"),
        ("смотрите https://example.com/a?b=1.", "link", "https://example.com/a?b=1"),
        ("группа vk.com/club1", "link", "vk.com/club1"),
        ("сайт ремонт.рф", "link", "ремонт.рф"),
        ("введите промокод", "advert", "промокод"),
        ("ПОЧИНИТЕ НАКОНЕЦ ДОРОГУ ЛЮДИ ПАДАЮТ", "capitals", "ПОЧИНИТЕ НАКОНЕЦ ДОРОГУ ЛЮДИ ПАДАЮТ"),
    ],
)
def test_what_is_found(text: str, kind: str, what: str) -> None:
    assert [(one.kind, text[one.start : one.end]) for one in marks(text)] == [(kind, what)]


@pytest.mark.parametrize(
    "text",
    [
        "На это нужно 1 000 000 рублей, а не 912 345.",
        "15.06.2026 в 12:30, дом 12, квартира 345, подъезд 3.",
        "ИНН 8911001234, ОГРН 1028900857640.",
        "Постановление № 2272 от 23.10.2023, п. 3.8(5).",
        "МКД и ТСЖ просят ГИБДД, МЧС и МВД РФ.",
        "СНИЛС 112-233-445 96",
        "карта 4111 1111 1111 1112",
        "и т.д. и т.п., кв.м, руб.",
        "Файл план.docx, рис.1, т.е. так.",
    ],
)
def test_what_is_not_found(text: str) -> None:
    assert marks(text) == ()


def test_the_city_s_own_pages_are_not_other_sites() -> None:
    text = "Это есть на город.рф/plan и на demo.veche.ru, а ещё на чужой.рф"
    found = marks(text, own_hosts=("город.рф", "veche.ru"))
    assert [text[one.start : one.end] for one in found] == ["чужой.рф"]


def snils_of(nine: str) -> str:
    total = sum(int(digit) * place for digit, place in zip(nine, range(9, 0, -1), strict=True))
    return f"{nine}{total % 101 % 100:02d}"


@given(st.from_regex(r"[1-9][0-9]{8}", fullmatch=True), st.integers(1, 99))
def test_the_check_sum_of_snils(nine: str, off: int) -> None:
    whole = snils_of(nine)
    assert is_snils(whole)
    wrong = f"{nine}{(int(whole[9:]) + off) % 100:02d}"
    assert not is_snils(wrong)
    text = f"мой {whole[:3]}-{whole[3:6]}-{whole[6:9]} {whole[9:]}"
    assert [one.kind for one in marks(text)] == ["snils"]


@given(st.from_regex(r"[1-9][0-9]{14}", fullmatch=True))
def test_the_check_of_cards(fifteen: str) -> None:
    good = [last for last in range(10) if is_card(f"{fifteen}{last}")]
    assert len(good) == 1


TEXTS = st.text(
    st.sampled_from("абвгдежзийклмнопрстуфхцчшщъыьэюяАБВЁё abc@.*-+()/:%№0123456789\n"),
    max_size=200,
)


@settings(max_examples=200)
@given(TEXTS | st.text(max_size=200))
def test_marks_are_places_in_the_text(text: str) -> None:
    found = marks(text)
    place = 0
    for one in found:
        assert place <= one.start < one.end <= len(text)
        place = one.end
    assert "".join(part.text for part in segments(text, found)) == text


@given(TEXTS, TEXTS)
def test_the_title_and_the_body_share_the_marks(title: str, body: str) -> None:
    whole, start = looked_at(title, body)
    found = marks(whole)
    assert "".join(one.text for one in segments(title, found)) == title
    assert "".join(one.text for one in segments(body, found, start=start)) == body


ORDINARY = st.lists(st.sampled_from(INNOCENT.split()), min_size=1, max_size=30)


@given(ORDINARY)
def test_ordinary_words_in_any_order_are_let_be(words: list[str]) -> None:
    assert [one for one in marks(" ".join(words)) if one.kind == "obscene"] == []


def test_hostile_texts_are_looked_at_quickly() -> None:
    for text in (
        "8 " * 10_000,
        "a." * 10_000,
        "х*" * 5_000,
        "@" * 20_000,
        "А, " * 7_000,
        "1-" * 9_000,
    ):
        marks(text)


def test_the_list_is_written_as_it_is_compared() -> None:
    from core.moderation import hints

    words = hints._list()
    for form in words.forms:
        assert re.fullmatch("[а-я]+", form), form
