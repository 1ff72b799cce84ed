"""Pages speak two languages: every word of a template is found, translated and fits its place;
dates, nouns and verbs agree in both."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeGuard
from zoneinfo import ZoneInfo

import jinja2
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import nodes

from core.kit.text import Text
from core.settings import Settings
from core.web import i18n
from core.web.i18n import (
    day_text,
    deadline_text,
    left_text,
    moment_text,
    short_day_text,
    span_text,
    translations,
)
from core.web.pages import environment

ROOT: Final = Path(__file__).resolve().parents[2]
CORE: Final = ROOT / "core"
CONFIG: Final = CORE / "web" / "babel.cfg"
CATALOGUE: Final = CORE / "web" / "locale" / "en.po"

CYRILLIC: Final = re.compile("[а-яё]", re.IGNORECASE)
PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")
MARKERS: Final = frozenset({"_", "gettext", "ngettext", "pgettext", "npgettext"})
SAMPLES: Final = frozenset({"А", "А+", "А++"})
"""Letters that show a size of text and are no words."""
NAMES: Final[frozenset[str]] = frozenset()
"""Sources whose translation keeps Cyrillic: a name or a quotation."""

YEKATERINBURG: Final = ZoneInfo("Asia/Yekaterinburg")
KALININGRAD: Final = ZoneInfo("Europe/Kaliningrad")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def mapping() -> tuple[list[tuple[str, str]], dict[str, dict[str, str]]]:
    with CONFIG.open() as stream:
        return parse_mapping_cfg(stream)


@cache
def extracted() -> dict[str, str]:
    """Every string of the templates, and where it is."""
    methods, options = mapping()
    found = extract_from_dir(str(CORE), method_map=methods, options_map=options)
    return {message: f"{path}:{line}" for path, line, message, _comments, _context in found}


@cache
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as stream:
        return read_po(stream, locale="en")


def pairs() -> list[tuple[str, str]]:
    return [(message.id, message.string) for message in catalogue() if message.id]


@cache
def pages(locale: str) -> jinja2.Environment:
    settings = Settings(database_url="", redis_url="", secret_key=b"x" * 32)
    return environment(locale, settings)  # type: ignore[arg-type]


def sources() -> list[tuple[str, str]]:
    """Names and text of all templates, as the shell finds them."""
    env = pages("ru")
    loader = env.loader
    assert loader is not None
    return [
        (name, loader.get_source(env, name)[0]) for name in env.list_templates(extensions=["html"])
    ]


# --- Templates: nothing is said past the catalogue. ---


def test_every_template_is_read_for_strings():
    seen = {path.relative_to(CORE) for path in CORE.glob("**/templates/**/*.html")}
    assert len(sources()) == len(seen)
    assert {where.rpartition(":")[0] for where in extracted().values()} <= {str(p) for p in seen}


def test_strings_are_sought_as_templates_are_read():
    _methods, options = mapping()
    (found,) = options.values()
    env = pages("ru")
    assert found["trim_blocks"] == str(env.trim_blocks).lower()
    assert found["lstrip_blocks"] == str(env.lstrip_blocks).lower()
    assert found["newstyle_gettext"] == str(env.newstyle_gettext).lower()  # type: ignore[attr-defined]
    assert "trimmed" not in found, "blocks of {% trans %} are not trimmed when rendered"
    assert env.policies["ext.i18n.trimmed"] is False


def is_marked(node: nodes.Node) -> TypeGuard[nodes.Call]:
    """A call of gettext."""
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name in MARKERS
    )


def spoken(node: nodes.Node) -> Iterator[nodes.Node]:
    """Pieces of a template outside calls of gettext; those calls themselves come whole."""
    if is_marked(node):
        yield node
        for inner in (*node.args[1:], *node.kwargs):
            yield from spoken(inner)
        return
    yield node
    for inner in node.iter_child_nodes():
        yield from spoken(inner)


def bare_words(source: str) -> list[str]:
    found = []
    for node in spoken(pages("ru").parse(source)):
        match node:
            case nodes.TemplateData(data=str(text)) | nodes.Const(value=str(text)):
                if CYRILLIC.search(text) and text not in SAMPLES:
                    found.append(f"{node.lineno}: {text.strip()}")
    return found


def test_no_template_says_a_word_past_gettext():
    assert {name: found for name, source in sources() if (found := bare_words(source))} == {}


@pytest.mark.parametrize(
    "source", ["<p>Слово</p>", '{{ "Слово" }}', '{{ _("%(a)s", a="слово") }}', '{{ x or "слово" }}']
)
def test_a_word_past_gettext_is_seen(source):
    assert bare_words(source)


def marked(source: str) -> Iterator[tuple[int, Any, set[str]]]:
    for node in spoken(pages("ru").parse(source)):
        if is_marked(node):
            first = node.args[0].value if isinstance(node.args[0], nodes.Const) else None
            yield node.lineno, first, {pair.key for pair in node.kwargs}


def test_a_marked_string_is_written_out_and_gets_what_it_names():
    wrong = [
        f"{name}:{line}: {text!r} gets {sorted(given)}"
        for name, source in sources()
        for line, text, given in marked(source)
        if not isinstance(text, str) or set(PLACEHOLDER.findall(text)) != given
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_every_template_compiles(locale):
    env = pages(locale)
    for name in env.list_templates(extensions=["html"]):
        env.get_template(name)


# --- The catalogue. `make messages` brings it up to date. ---


def test_the_catalogue_has_exactly_the_strings_of_the_templates():
    held = {source for source, _ in pairs()}
    missing = {text: where for text, where in extracted().items() if text not in held}
    assert missing == {}, "run `make messages` and translate what it leaves empty or fuzzy"
    assert held - set(extracted()) == set(), "run `make messages`: these are said no more"


def test_the_catalogue_is_finished():
    messages = [message for message in catalogue() if message.id]
    assert [message.id for message in messages if not message.string] == []
    assert [message.id for message in messages if message.fuzzy] == []
    assert list(catalogue().obsolete) == []


def test_placeholders_and_edges_are_kept():
    for source, translation in pairs():
        assert Counter(PLACEHOLDER.findall(translation)) == Counter(PLACEHOLDER.findall(source))
        for text in (source, translation):
            # What is left of «%» must be doubled: gettext formats every string.
            assert "%" not in PLACEHOLDER.sub("", text).replace("%%", ""), text
        # Pieces that are put together keep the space between them.
        assert source[:1].isspace() == translation[:1].isspace(), source
        assert source[-1:].isspace() == translation[-1:].isspace(), source
        # A label stays a label, a sentence a sentence.
        assert source.endswith(".") == translation.endswith("."), source


def test_translations_are_english():
    assert [text for source, text in pairs() if source not in NAMES and CYRILLIC.search(text)] == []
    assert [text for _, text in pairs() if re.search("[«»№„]", text)] == []


def test_russian_needs_no_catalogue():
    assert translations("ru").gettext("Почему?") == "Почему?"


def test_what_the_catalogue_lacks_is_said_in_russian():
    assert translations("en").gettext("Такой строки нет.") == "Такой строки нет."


def test_without_a_catalogue_pages_are_russian(monkeypatch, tmp_path):
    monkeypatch.setattr(i18n, "files", lambda _package: tmp_path)
    translations.cache_clear()
    try:
        assert translations("en").gettext("Почему?") == "Почему?"
    finally:
        translations.cache_clear()


def test_a_fuzzy_translation_is_not_shown(monkeypatch, tmp_path):
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "en.po").write_text(
        'msgid "Да"\nmsgstr "Yes"\n\n#, fuzzy\nmsgid "Дать"\nmsgstr "Yes"\n\n'
        'msgid "Ещё"\nmsgstr ""\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(i18n, "files", lambda _package: tmp_path)
    translations.cache_clear()
    try:
        english = translations("en")
        assert [english.gettext(text) for text in ("Да", "Дать", "Ещё")] == ["Yes", "Дать", "Ещё"]
    finally:
        translations.cache_clear()


def test_a_page_says_it_in_both_languages():
    said = '{{ _("до %(day)s", day=on | short_day) }}'
    context = {"on": date(2026, 6, 14), "zone": YEKATERINBURG}
    assert plain(pages("ru").from_string(said).render(context)) == "до 14 июня"
    assert plain(pages("en").from_string(said).render(context)) == "until 14 June"


def test_a_value_is_escaped_in_both_languages():
    said = '{{ _("Здравствуйте, %(name)s", name=name) }}'
    for locale in ("ru", "en"):
        assert "&lt;b&gt;" in pages(locale).from_string(said).render(name="<b>")


# --- Dates and times, in the city's own zone. ---

LATE: Final = datetime(2026, 6, 13, 20, 30, tzinfo=UTC)
"""The 14th already in Yekaterinburg, still the 13th in Kaliningrad."""


@pytest.mark.parametrize(
    ("zone", "ru", "en"),
    [
        (YEKATERINBURG, "14 июня 2026", "14 June 2026"),
        (KALININGRAD, "13 июня 2026", "13 June 2026"),
    ],
)
def test_a_moment_falls_on_the_citys_day(zone, ru, en):
    assert plain(day_text(LATE, "ru", zone)) == ru
    assert plain(day_text(LATE, "en", zone)) == en
    assert plain(short_day_text(LATE, "ru", zone)) == ru.removesuffix(" 2026")
    assert plain(short_day_text(LATE, "en", zone)) == en.removesuffix(" 2026")


def test_a_day_is_the_same_in_every_zone():
    for zone in (YEKATERINBURG, KALININGRAD):
        assert plain(day_text(date(2026, 3, 1), "ru", zone)) == "1 марта 2026"
        assert plain(short_day_text(date(2026, 3, 1), "ru", zone)) == "1 марта"


def test_a_day_does_not_break_from_its_month():
    assert day_text(date(2026, 6, 14), "ru", YEKATERINBURG) == "14\u00a0июня 2026"
    assert short_day_text(date(2026, 6, 14), "en", YEKATERINBURG) == "14\u00a0June"
    assert moment_text(LATE, "ru", YEKATERINBURG).startswith("14\u00a0июня, ")


def test_a_moment_is_said_in_city_time():
    assert plain(moment_text(LATE, "ru", YEKATERINBURG)) == "14 июня, 01:30"
    assert plain(moment_text(LATE, "en", KALININGRAD)) == "13 June, 22:30"


def test_a_deadline_is_the_last_minute_one_may_act():
    midnight = datetime(2026, 6, 15, tzinfo=YEKATERINBURG)
    assert plain(deadline_text(midnight, "ru", YEKATERINBURG)) == "14 июня, 23:59"
    assert plain(deadline_text(midnight.astimezone(UTC), "en", YEKATERINBURG)) == "14 June, 23:59"


def test_a_deadline_at_the_turn_of_the_year():
    new_year = datetime(2027, 1, 1, tzinfo=KALININGRAD)
    assert plain(deadline_text(new_year, "ru", KALININGRAD)) == "31 декабря, 23:59"


# --- How long, and how the verb agrees. ---


@pytest.mark.parametrize(
    ("left", "ru", "en"),
    [
        (timedelta(days=6, hours=23), "6 дней", "6 days"),
        (timedelta(days=1), "1 день", "1 day"),
        (timedelta(hours=23, minutes=59), "23 часа", "23 hours"),
        (timedelta(hours=1), "1 час", "1 hour"),
        (timedelta(minutes=59, seconds=59), "59 минут", "59 minutes"),
        (timedelta(seconds=61), "1 минута", "1 minute"),
        (timedelta(seconds=1), "1 минута", "1 minute"),
        (timedelta(0), "1 минута", "1 minute"),
        (timedelta(seconds=-5), "1 минута", "1 minute"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(left, ru, en):
    assert plain(span_text(left, "ru")) == ru
    assert plain(span_text(left, "en")) == en


@pytest.mark.parametrize(
    ("left", "ru", "en"),
    [
        (timedelta(days=1), "остался 1 день", "1 day left"),
        (timedelta(days=2), "осталось 2 дня", "2 days left"),
        (timedelta(days=5), "осталось 5 дней", "5 days left"),
        (timedelta(days=11), "осталось 11 дней", "11 days left"),
        (timedelta(days=21), "остался 21 день", "21 days left"),
        (timedelta(days=111), "осталось 111 дней", "111 days left"),
        (timedelta(hours=1), "остался 1 час", "1 hour left"),
        (timedelta(hours=21), "остался 21 час", "21 hours left"),
        (timedelta(hours=3), "осталось 3 часа", "3 hours left"),
        (timedelta(minutes=1), "осталась 1 минута", "1 minute left"),
        (timedelta(minutes=41), "осталась 41 минута", "41 minutes left"),
        (timedelta(minutes=11), "осталось 11 минут", "11 minutes left"),
        (timedelta(seconds=10), "осталась 1 минута", "1 minute left"),
        (timedelta(0), "осталась 1 минута", "1 minute left"),
    ],
)
def test_the_verb_agrees_with_what_is_left(left, ru, en):
    assert plain(left_text(left, "ru")) == ru
    assert plain(left_text(left, "en")) == en


# --- Filters of templates. ---


@pytest.mark.parametrize(
    ("said", "ru", "en"),
    [
        ('{{ 11772 | count("residents") }}', "11 772 жителя", "11,772 residents"),
        ('{{ 1 | count("points") }}', "1 балл", "1 point"),
        ('{{ 21 | noun("residents") }}', "житель", "residents"),
        ("{{ 1234.5 | num }}", "1 234,5", "1,234.5"),
        ("{{ left | left }}", "осталось 6 дней", "6 days left"),
        ("{{ left | span }}", "6 дней", "6 days"),
        ("{{ text | say }}", "да", "yes"),
        ('{{ "как есть" | say }}', "как есть", "как есть"),
        ("[{{ none | say }}]", "[]", "[]"),
        ("{{ late | day }}", "14 июня 2026", "14 June 2026"),
        ("{{ late | moment }}", "14 июня, 01:30", "14 June, 01:30"),
        ("{{ late | deadline }}", "14 июня, 01:29", "14 June, 01:29"),
    ],
)
def test_filters_speak_the_language_of_the_page(said, ru, en):
    context = {
        "late": LATE,
        "left": timedelta(days=6),
        "text": Text(ru="да", en="yes"),
        "zone": YEKATERINBURG,
    }
    assert plain(pages("ru").from_string(said).render(context)) == ru
    assert plain(pages("en").from_string(said).render(context)) == en


def test_a_share_is_said_in_whole_percents():
    assert plain(pages("ru").from_string("{{ 0.456 | percent }}").render()) == "46 %"
