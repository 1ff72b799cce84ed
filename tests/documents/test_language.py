"""The language of templates is closed: what it has works, what it lacks is refused in words."""

import pytest
from jinja2 import TemplateSyntaxError

from core.documents.language import (
    Language,
    Refused,
    TooLong,
    in_plain_words,
    shape_of,
    unknown_fields,
)

DATA = {
    "title": "Двор <и> «сад»",
    "number": 11772,
    "empty": None,
    "items": [
        {"title": "Первый", "options": ["да", "нет"], "values": [1, 2]},
        {"title": "Второй", "options": [], "values": []},
    ],
}


def shown(template, **data):
    return Language().from_string(template).render({**DATA, **data})


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ title }}", "Двор &lt;и&gt; «сад»"),
        ("{{ number | num }}", "11\u00a0772"),
        ("[{{ empty }}][{{ absent }}][{{ absent.deep.deeper }}]", "[][][]"),
        ("{{ empty | default('нет') }}", "нет"),
        ("{% if items %}{{ items | length }}{% endif %}", "2"),
        (
            "{% for item in items %}{{ loop.index }}{{ item.title }}"
            "{% if not loop.last %}, {% endif %}{% endfor %}",
            "1Первый, 2Второй",
        ),
        (
            "{% for i in items %}{% for o in i.options %}{{ o }} {% else %}пусто{% endfor %}"
            "{% endfor %}",
            "да нет пусто",
        ),
        ("{{ items[0].title }}{{ items[9].title }}", "Первый"),
        ("{{ items[0]['values'] }}", "1, 2"),
        ("{% for i in items %}{{ i.values }};{% endfor %}", "1, 2;;"),
        ("{{ title | upper }}", "ДВОР &lt;И&gt; «САД»"),
        ("{{ 'a\nb' | paragraphs }}", "a\ab"),
        ("{% if number is defined and number > 5 %}много{% endif %}", "много"),
        ("{{ 'да' if items else 'нет' }} {{ title ~ '!' }}", "да Двор &lt;и&gt; «сад»!"),
    ],
)
def test_what_a_template_may_say(template, text):
    assert shown(template) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ title.__class__ }}{{ title.format() }}",
        "{{ items.append(1) }}",
        "{{ range(10 ** 9) }}",
        "{% for a in range(999999999) %}{% endfor %}",
        "{% for a in items %}{% for b in items %}x{% endfor %}{% endfor %}",
        "{% for a in [1, 2, 3] %}x{% endfor %}",
        "{% for a in items recursive %}{{ loop(a) }}{% endfor %}",
        "{% for a in items[0].options %}x{% endfor %}",
        "{% for k, v in items %}x{% endfor %}",
        "{{ 'a' * 10 ** 9 }}",
        "{{ 2 ** 999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{% set x = 'a' %}{% set x = x ~ x %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% extends 'x' %}",
        "{% from 'a' import b %}",
        "{{ title | safe }}",
        "{{ title | attr('__class__') }}",
        "{{ title | map('upper') }}",
        "{{ cycler('a').next() }}",
        "{{ title is callable }}",
        "{% filter upper %}a{% endfilter %}",
        "{% block b %}{% endblock %}",
        "{% call title() %}{% endcall %}",
        "{{ title[0:5] }}",
        "{% with a = 1 %}{% endwith %}",
        "{{ {'a': 1} }}",
    ],
)
def test_what_a_template_may_not_say(template):
    with pytest.raises(Refused) as refused:
        shown(template)
    for one in refused.value.findings:
        assert one.ru
        assert one.en
        assert "{" not in one.ru.replace("{% if %}", "").replace("{% for %}", "")


@pytest.mark.parametrize(
    "template",
    [
        "{{ title.__class__ }}",
        "{{ items.__class__.__mro__ }}",
        "{{ number.real.__class__ }}",
        "{{ items['__class__'] }}",
        "{% for i in items %}{{ loop.__init__ }}{{ loop._iterator }}{% endfor %}",
    ],
)
def test_nothing_but_the_data_has_attributes(template):
    assert not shown(template).strip()


def test_what_grows_beyond_any_document_is_stopped():
    rows = [{"text": "я" * 10_000}] * 3_000
    with pytest.raises(TooLong):
        shown("{% for row in rows %}{{ row.text }}{% endfor %}", rows=rows)


SHAPE = shape_of(DATA, ["note", "rows", "rows.number", "rows.parts.name"])


@pytest.mark.parametrize(
    ("template", "unknown"),
    [
        ("{{ title }}{{ note }}{{ rows }}", []),
        ("{{ titel }}", ["titel"]),
        (
            "{% for i in items %}{{ i.title }}{{ i.prise }}{{ loop.index }}{% endfor %}",
            ["items.prise"],
        ),
        ("{% for i in item %}{{ i.title }}{% endfor %}", ["item"]),
        ("{{ i.title }}", ["i"]),
        (
            "{% for r in rows %}{% for p in r.parts %}{{ p.name }}{% endfor %}{% endfor %}",
            [],
        ),
        ("{% if nothing %}{% endif %}{{ other | upper }}", ["nothing", "other"]),
    ],
)
def test_fields_there_are_none_of_are_named(template, unknown):
    found = unknown_fields(Language().parse(template), SHAPE)
    assert [one.rpartition(".")[2] for one in found] == [one.rpartition(".")[2] for one in unknown]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% if title %}", "«if» не закрыт"),
        ("{% for i in items %}", "endfor"),
        ("{% если title %}", "«если»"),
        ("{% foo %}", "«foo»"),
        ("{% endif %}", "без своего начала"),
        ("\n{{ title + }}", "{{ title + }}"),
        ("{{ a b }}", "{{ a b }}"),
    ],
)
def test_broken_syntax_is_named_in_plain_words(template, words):
    with pytest.raises(TemplateSyntaxError) as broken:
        Language().from_string(template)
    said = in_plain_words(broken.value, template)
    assert words in said.ru.replace("Не закрыт блок «if»", "«if» не закрыт")
    assert said.en
