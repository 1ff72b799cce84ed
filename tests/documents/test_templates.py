"""A city's own templates: put in place by those who may, kept in history, taken back."""

import io
from uuid import uuid4

import docx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from core.audit.model import AuditEntry
from core.documents import templates
from core.documents.filling import filled
from core.documents.produce import example, produce
from core.kit.actor import ResidentActor
from core.kit.errors import Forbidden, Invalid, NotFound
from core.rules import Refused
from tests.documents import samples
from tests.documents.reading import cells, docx_text, pdf_text
from tests.documents.test_intake import template
from tests.features.polls.build import official, resident

KIND = samples.kind("passport")


@pytest.fixture
def clerk(runtime, city):
    return official(runtime, city, "documents.templates", name="Делопроизводитель")


def test_until_a_city_has_its_own_the_product_s_counts(work, city):
    with work(city) as w:
        assert templates.active(w.session, KIND) == templates.default(KIND)
        assert templates.history(w.session, KIND) == []
        assert templates.own_kinds(w.session) == frozenset()


def test_a_template_is_replaced_and_taken_back(work, city, other_city, clerk):
    own = template("Паспорт № {{ number }}", "{{ title }}")
    with work(city, clerk) as w:
        templates.put(w, KIND, name="наш.docx", content=own, note="Короче")
        templates.put(w, KIND, name="наш.docx", content=own)
    with work(city) as w:
        assert templates.own_kinds(w.session) == {KIND.key}
        made = produce(w, KIND, uuid4(), "docx")
        assert docx_text(made.content).split("\n") == ["Паспорт № 3", samples.PASSPORT["title"]]
        assert "Паспорт № 3" in pdf_text(produce(w, KIND, uuid4(), "pdf").content)
    with work(other_city) as w:
        assert templates.active(w.session, KIND) == templates.default(KIND)
    with work(city, clerk) as w:
        assert templates.restore(w, KIND)
        assert not templates.restore(w, KIND)
    with work(city) as w:
        assert templates.active(w.session, KIND) == templates.default(KIND)
        assert templates.own_kinds(w.session) == frozenset()
        latest, first = templates.history(w.session, KIND)
        assert (latest.own, first.own) == (False, True)
        assert (first.name, first.note, first.actor_name) == (
            "наш.docx",
            "Короче",
            "Делопроизводитель",
        )
        kept = templates.earlier(w.session, KIND, first.id)
        assert kept
        assert "Паспорт № 7" in docx_text(filled(kept, {"number": 7}, title=""))
        assert templates.earlier(w.session, samples.kind("refusal"), first.id) is None
        journal = w.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.action.startswith("documents."))
            .order_by(AuditEntry.id)
        ).all()
    assert journal == ["documents.template_replaced", "documents.template_restored"]


def test_only_those_who_may_replace(runtime, work, city):
    nobody = official(runtime, city, "desk.enter", but_not=["documents.templates"])
    with work(city, nobody) as w, pytest.raises(Refused):
        templates.put(w, KIND, name="x", content=template("x"))
    with work(city) as w:
        person = resident(w)
    with work(city, ResidentActor(person)) as w, pytest.raises(Forbidden):
        templates.restore(w, KIND)


def test_history_cannot_be_edited(work, city, clerk):
    with work(city, clerk) as w:
        templates.put(w, KIND, name="x", content=template("x"))
    with work(city) as w, pytest.raises(ProgrammingError, match="permission denied"):
        w.session.execute(text("update document_template set name = 'y'"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "не документ Word"),
        (template("{{ naimenovanie }}"), "«naimenovanie»"),
        (template("{% for q in questions %}", "{{ q.tytle }}", "{% endfor %}"), "«q.tytle»"),
        (template("{% if title %}"), "{% endif %}"),
        (template("{{ title"), "Скобки не закрыты"),
        (template("{{ title.__class__.mro() }}"), "вызов функции"),
        (template("{%tr for q in questions %}"), "«tr» пишут в строке таблицы"),
    ],
)
def test_what_is_wrong_is_said_at_once(content, words):
    with pytest.raises(Invalid) as refused:
        templates.check(KIND, content)
    said = [one.ru for one in refused.value.fields.values()]
    assert any(words in one for one in said), said


def test_what_a_pdf_will_not_show_is_said_beforehand():
    document = docx.Document(io.BytesIO(template("{{ title }}")))
    run = document.paragraphs[0].add_run()
    run._r.append(run._r.makeelement(run._r.tag.replace("}r", "}pict"), {}))
    stream = io.BytesIO()
    document.save(stream)
    assert templates.check(KIND, stream.getvalue()).missing == {"old pictures"}


def test_a_template_waits_for_the_one_who_uploaded_it(runtime, work, city, other_city, clerk):
    checked = templates.check(KIND, template("{{ title }}"))
    with work(city, clerk) as w:
        digest = templates.hold(w, KIND, checked)
        assert templates.held(w, KIND, digest) == checked.content
        assert templates.held(w, samples.kind("refusal"), digest) is None
        assert templates.held(w, KIND, "0" * 64) is None
    colleague = official(runtime, city, "documents.templates")
    with work(city, colleague) as w:
        assert templates.held(w, KIND, digest) is None


@pytest.mark.parametrize("name", sorted(samples.DATA))
def test_every_format_is_produced(work, city, name):
    kind = samples.kind(name)
    with work(city) as w:
        for fmt in kind.formats:
            made = produce(w, kind, uuid4(), fmt)
            assert made.name == f"Документ «{name}» 2027 1.{fmt}"
            again = produce(w, kind, uuid4(), fmt)
            assert made == again
        assert cells(produce(w, kind, uuid4(), "xlsx").content)
        with pytest.raises(NotFound):
            produce(w, samples.kind(name, formats=("pdf",)), uuid4(), "docx")
        with pytest.raises(NotFound):
            produce(w, samples.kind(name, sheet=None), uuid4(), "xlsx")


def test_an_example_is_shown_of_any_template():
    made = example(KIND, template("{{ title }} – {{ questions | length }}"), "docx")
    assert docx_text(made.content) == f"{samples.PASSPORT['title']} – 2"
