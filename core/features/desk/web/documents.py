"""Official documents on the desk: downloads for whoever holds a kind's right, and the templates
that a city may put in place of the product's."""

from typing import Any, Final, cast, get_args
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from core.documents import intake, templates
from core.documents.manifest import DocumentKind, Format
from core.documents.produce import MEDIA_TYPES, Produced, example, produce
from core.feature import DeskItem, installed_features
from core.identity import access
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.text import Text
from core.web.files import document_response
from core.web.forms import Form, FormData, UploadData
from core.web.pages import redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

PATH: Final = "/desk/documents"
_ENTER: Final = "desk.enter"
_LONGEST_NOTE: Final = 300
_LONGEST_NAME: Final = 120

_FILE_NEEDED: Final = Text(ru="Выберите файл DOCX.", en="Choose a DOCX file.")
_PUT: Final = Text(
    ru="Шаблон заменён: следующие документы будут по нему.",
    en="The template is replaced: documents will follow it from now on.",
)
_RESTORED: Final = Text(
    ru="Снова действует шаблон, который входит в продукт.",
    en="The template that comes with the product is in force again.",
)
_EXPIRED: Final = Text(
    ru="Проверенный шаблон хранится час, и этот час прошёл. Загрузите файл ещё раз.",
    en="A checked template is kept for an hour, and the hour is over. Please upload it again.",
)
_MISSING: Final = {
    "text boxes": Text(ru="надписи (текст в рамках)", en="text boxes"),
    "notes": Text(ru="сноски", en="footnotes"),
    "old pictures": Text(
        ru="картинки старого формата и объекты", en="pictures of the old format and objects"
    ),
    "drawings": Text(ru="рисунки и диаграммы", en="drawings and charts"),
    "symbols": Text(ru="символы из особых шрифтов", en="symbols of special fonts"),
}


def _kinds(work: Work) -> list[DocumentKind]:
    """The kinds of documents of the features that the city has."""
    profile = work.tenant.profile
    return [
        kind
        for feature in installed_features()
        if profile.offers(feature.key) or (not feature.nav and feature.key not in profile.features)
        for kind in feature.documents
    ]


def _kind(work: Work, key: str) -> DocumentKind:
    found = next((kind for kind in _kinds(work) if kind.key == key), None)
    if found is None:
        raise NotFound
    return found


def _enter(work: Work) -> None:
    access.require(work, _ENTER)
    access.require(work, templates.REPLACE)


def _split(file: str) -> tuple[str, Format]:
    """`name.docx` as its name and its format; NotFound for anything else."""
    name, _, ending = file.rpartition(".")
    if not name or ending not in get_args(Format):
        raise NotFound
    return name, cast("Format", ending)


@page(PATH + "/{kind:str}/{file:str}")
def document(request: CityRequest, kind: FromPath[str], file: FromPath[str]) -> Response[Any]:
    """A document for those who hold the right of its kind: `…/polls.protocol/<id>.pdf`."""
    name, fmt = _split(file)
    try:
        subject = UUID(name)
    except ValueError:
        raise NotFound from None
    with request.work(person=False) as work:
        access.require(work, _ENTER)
        asked = _kind(work, kind)
        access.require(work, asked.permission)
        made = produce(work, asked, subject, fmt)
    return document_response(made)


@page(PATH)
def kinds(request: CityRequest) -> Response[Any]:
    """All kinds of documents, and whose template each follows."""
    with request.work() as work:
        _enter(work)
        return render(
            request,
            "desk/documents.html",
            work=work,
            kinds=_kinds(work),
            own=templates.own_kinds(work.session),
        )


@page(PATH + "/templates/{kind:str}")
def template(request: CityRequest, kind: FromPath[str]) -> Response[Any]:
    """One kind: its template, its fields, its history, and the place to upload another."""
    with request.work() as work:
        _enter(work)
        return _show(request, work, _kind(work, kind))


def _show(
    request: CityRequest,
    work: Work,
    kind: DocumentKind,
    *,
    status: int = 200,
    findings: tuple[Text, ...] = (),
    checked: templates.Checked | None = None,
    digest: str = "",
    name: str = "",
) -> Response[Any]:
    locale = request.locale
    return render(
        request,
        "desk/documents_template.html",
        work=work,
        status=status,
        kind=kind,
        path=f"{PATH}/templates/{kind.key}",
        own=kind.key in templates.own_kinds(work.session),
        history=templates.history(work.session, kind),
        findings=[one.in_(locale) for one in findings],
        digest=digest,
        name=name,
        missing=[_MISSING[one].in_(locale) for one in sorted(checked.missing) if one in _MISSING]
        if checked
        else [],
    )


@page(PATH + "/templates/{kind:str}/{file:str}")
def template_file(request: CityRequest, kind: FromPath[str], file: FromPath[str]) -> Response[Any]:
    """`current.docx` and `default.docx` are templates; `preview.pdf` shows the current one filled
    with an example; the digest of an upload that waits, as `.docx` or `.pdf`, shows that one; the
    id of a row of the history is that template."""
    name, fmt = _split(file)
    with request.work(person=False) as work:
        _enter(work)
        asked = _kind(work, kind)
        if fmt == "xlsx":
            raise NotFound
        current = templates.active(work.session, asked)
        match name:
            case "current" if fmt == "docx":
                made = _as_it_is(asked, current)
            case "default" if fmt == "docx":
                made = _as_it_is(asked, templates.default(asked))
            case "preview":
                made = example(asked, current, fmt)
            case _:
                made = _by_key(work, asked, name, fmt)
    return document_response(made)


def _as_it_is(kind: DocumentKind, content: bytes) -> Produced:
    return Produced(f"{kind.key}.docx", MEDIA_TYPES["docx"], content)


def _by_key(work: Work, kind: DocumentKind, key: str, fmt: Format) -> Produced:
    try:
        earlier = templates.earlier(work.session, kind, UUID(key))
    except ValueError:
        waiting = templates.held(work, kind, key)
        if waiting is None:
            raise NotFound from None
        return example(kind, waiting, fmt)
    if earlier is None or fmt != "docx":
        raise NotFound
    return _as_it_is(kind, earlier)


@action(PATH + "/templates/{kind:str}/check")
def check(request: CityRequest, kind: FromPath[str], data: UploadData) -> Response[Any]:
    """Look at an upload: what is wrong with it, or how documents would look."""
    upload = Form(data).file("template")
    with request.work() as work:
        _enter(work)
        asked = _kind(work, kind)
        if upload is None:
            return _show(request, work, asked, status=422, findings=(_FILE_NEEDED,))
        # One byte more than allowed is enough to be refused.
        content = upload.file.read(intake.MOST_BYTES + 1)
        try:
            checked = templates.check(asked, content)
        except Invalid as problem:
            found = tuple(problem.fields.values())
            return _show(request, work, asked, status=problem.status, findings=found)
        digest = templates.hold(work, asked, checked)
        return _show(
            request,
            work,
            asked,
            checked=checked,
            digest=digest,
            name=(upload.filename or "")[-_LONGEST_NAME:],
        )


@action(PATH + "/templates/{kind:str}/put")
def put(request: CityRequest, kind: FromPath[str], data: FormData) -> Response[Any]:
    """Put a template that was looked at in place."""
    form = Form(data)
    digest = form.text("digest", most=64)
    name = form.text("name", most=_LONGEST_NAME, required=False)
    note = form.text("note", most=_LONGEST_NOTE, required=False)
    form.check()
    with request.work() as work:
        _enter(work)
        asked = _kind(work, kind)
        content = templates.held(work, asked, digest)
        if content is None:
            raise Conflict("documents.expired", _EXPIRED)
        templates.put(work, asked, name=name, content=content, note=note)
    return redirect(
        request, f"{PATH}/templates/{asked.key}", flash=("good", _PUT.in_(request.locale))
    )


@action(PATH + "/templates/{kind:str}/restore")
def restore(request: CityRequest, kind: FromPath[str], data: FormData) -> Response[Any]:
    """Go back to the product's own template, or to an earlier one of the history."""
    form = Form(data)
    earlier = form.id("template") if form.raw("template") else None
    form.check()
    with request.work() as work:
        _enter(work)
        asked = _kind(work, kind)
        if earlier is None:
            templates.restore(work, asked)
        else:
            content = templates.earlier(work.session, asked, earlier)
            if content is None:
                raise NotFound
            name = next(
                (one.name for one in templates.history(work.session, asked) if one.id == earlier),
                "",
            )
            templates.put(work, asked, name=name, content=content)
    words = _RESTORED if earlier is None else _PUT
    return redirect(
        request, f"{PATH}/templates/{asked.key}", flash=("good", words.in_(request.locale))
    )


HANDLERS: Final = (document, kinds, template, template_file, check, put, restore)
DESK: Final = (
    DeskItem(
        path=PATH,
        label=Text(ru="Шаблоны документов", en="Document templates"),
        permission=templates.REPLACE,
        order=800,
        icon="file",
    ),
)
