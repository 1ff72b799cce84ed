"""Files that people attach: taken by content, held until they are attached, read, removed.

Who may see a file is the business of the slice that owns what the file is attached to.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from core.files import papers, pictures
from core.files.model import File, FileContent
from core.files.pictures import Unfit
from core.kit.actor import Anonymous, actor_label
from core.kit.errors import Invalid, SignInNeeded
from core.kit.ids import new_id
from core.kit.text import Noun, Text
from core.work import Work

Variant = Literal["original", "large", "thumb"]

UPLOAD_WAITING: Final = "files.upload_waiting"
# A form that was left open over night still finds its files; no form is open for longer.
WAITS: Final = timedelta(days=1)
MOST_WAITING: Final = 40
LARGE_SIDE: Final = 1600
THUMB_SIDE: Final = 480
_LONGEST_NAME: Final = 120
_FILES: Final = Noun(ru=("файл", "файла", "файлов"), en=("file", "files"))

_EMPTY: Final = Text(ru="Файл пуст.", en="The file is empty.")
_TOO_LARGE: Final = Text(
    ru="Файл слишком большой: {now} МБ, а можно не больше {most} МБ.",
    en="The file is too large: {now} MB, at most {most} MB is taken.",
)
_ONLY_PICTURES: Final = Text(
    ru="Здесь принимаются только картинки: JPEG, PNG или WebP.",
    en="Only pictures are taken here: JPEG, PNG or WebP.",
)
_EITHER: Final = Text(
    ru="Такой файл приложить нельзя. Подойдут картинки JPEG, PNG, WebP и документы PDF, DOCX,"
    " XLSX, ODT.",
    en="This file cannot be attached. Pictures (JPEG, PNG, WebP) and documents (PDF, DOCX, XLSX,"
    " ODT) will do.",
)
_TOO_MANY_WAITING: Final = Text(
    ru="Загружено слишком много файлов, которые никуда не приложены. Отправьте форму или"
    " подождите до завтра: неиспользованные файлы удалятся сами.",
    en="Too many files are uploaded and attached to nothing. Send the form, or wait until"
    " tomorrow: unused files are removed by themselves.",
)
_TOO_MANY: Final = Text(
    ru="Можно приложить не больше чем {most}.", en="At most {most} can be attached."
)
_GONE: Final = Text(
    ru="Одного из файлов больше нет: он пролежал больше суток или уже приложен. Загрузите его"
    " ещё раз.",
    en="One of the files is gone: it waited for more than a day, or is attached already. Please"
    " upload it again.",
)


class Purpose(msgspec.Struct, frozen=True):
    """What may be attached in one place of the product. The limits protect the installation; none
    of them is law."""

    pictures: bool
    documents: bool
    most_bytes: int
    most: int


class FileView(msgspec.Struct, frozen=True):
    """A file as pages show it."""

    id: UUID
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None

    @property
    def is_picture(self) -> bool:
        return self.width is not None


class Stored(msgspec.Struct, frozen=True):
    """Bytes to send, and what to say of them."""

    media_type: str
    name: str
    content: bytes


class UploadWaiting(msgspec.Struct, frozen=True):
    """A file was uploaded; once due, it goes unless it is attached by then."""

    file_id: UUID


def accept(work: Work, *, name: str, content: bytes, purpose: Purpose) -> FileView:
    """Take an upload: recognised by content, a picture encoded anew. It waits for a day to be
    attached. Raises Invalid({"files": …}) for what is not taken."""
    if isinstance(work.actor, Anonymous):
        raise SignInNeeded
    try:
        kind, variants = _checked(content, purpose)
    except Unfit as unfit:
        raise Invalid({"files": unfit.text}) from unfit
    who = actor_label(work.actor)
    waiting = work.session.scalar(
        select(func.count()).select_from(File).where(File.uploaded_by == who, File.owner.is_(None))
    )
    if (waiting or 0) >= MOST_WAITING:
        raise Invalid({"files": _TOO_MANY_WAITING})
    picture = variants[0] if kind == pictures.MEDIA_TYPE else None
    view = FileView(
        id=new_id(),
        name=clean_name(name, ending=".webp" if picture else papers.ENDINGS[kind]),
        media_type=kind,
        size=len(variants[0].content),
        width=picture.width if picture else None,
        height=picture.height if picture else None,
    )
    work.session.execute(
        insert(File).values(
            **msgspec.structs.asdict(view),
            owner=None,
            position=0,
            uploaded_by=who,
            uploaded_at=work.now,
        )
    )
    kinds = ("large", "thumb") if picture else ("original",)
    work.session.execute(
        insert(FileContent),
        [
            {"file_id": view.id, "variant": variant, "media_type": kind, "content": one.content}
            for variant, one in zip(kinds, variants, strict=True)
        ],
    )
    work.emit(UPLOAD_WAITING, UploadWaiting(view.id), due_at=work.now + WAITS)
    return view


def _checked(content: bytes, purpose: Purpose) -> tuple[str, tuple[pictures.Picture, ...]]:
    """Media type and variants, the largest first; a document has its original only."""
    if not content:
        raise Unfit(_EMPTY)
    if len(content) > purpose.most_bytes:
        raise Unfit(_TOO_LARGE.with_values(_megabytes(len(content), purpose.most_bytes)))
    if purpose.pictures and (_looks_like_a_picture(content) or not purpose.documents):
        return pictures.MEDIA_TYPE, pictures.recode(content, sides=(LARGE_SIDE, THUMB_SIDE))
    if not purpose.documents:
        raise Unfit(_ONLY_PICTURES)
    try:
        return papers.recognise(content), (pictures.Picture(content, 0, 0),)
    except Unfit as unfit:
        if purpose.pictures and unfit.text is papers.NOT_TAKEN:
            raise Unfit(_EITHER) from unfit
        raise


_SIGNS: Final = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")


def _looks_like_a_picture(content: bytes) -> bool:
    return content.startswith(_SIGNS) or content[4:8] == b"ftyp"


def _megabytes(now: int, most: int) -> dict[str, Text | str]:
    def text(number: int) -> Text:
        value = f"{number / 1024 / 1024:.1f}".removesuffix(".0")
        return Text(ru=value.replace(".", ","), en=value)

    return {"now": text(now), "most": text(most)}


_FORBIDDEN: Final = re.compile(r'[\\/:*?"<>|\s]+')


def clean_name(name: str, *, ending: str) -> str:
    """A name that is safe to show and to save: the last part of a path, no control or direction
    signs, with the ending of what the file really is."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    printed = "".join(
        sign for sign in _FORBIDDEN.sub(" ", last) if unicodedata.category(sign)[0] != "C"
    )
    stem = (printed.rpartition(".")[0] or printed).strip(" .")
    return (stem[: _LONGEST_NAME - len(ending)].rstrip() or "file") + ending


def attach(work: Work, ids: Sequence[UUID], *, owner: str, purpose: Purpose | None = None) -> None:
    """Make files part of something, in this order. Only one's own waiting files can be attached;
    files that belong to the same owner may be named again, to put them in order. With `purpose`
    its number of files is held to. Raises Invalid({"files": …})."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return
    who = actor_label(work.actor)
    found = {
        row.id: row
        for row in work.session.execute(
            select(File.id, File.owner, File.uploaded_by)
            .where(File.id.in_(wanted))
            .order_by(File.id)
            .with_for_update()
        )
    }
    for one in wanted:
        row = found.get(one)
        if row is None or not (
            row.owner == owner or (row.owner is None and row.uploaded_by == who)
        ):
            raise Invalid({"files": _GONE})
    if purpose is not None:
        others = work.session.scalar(
            select(func.count())
            .select_from(File)
            .where(File.owner == owner, File.id.not_in(wanted))
        )
        if len(wanted) + (others or 0) > purpose.most:
            most = _FILES.text(purpose.most)
            raise Invalid({"files": _TOO_MANY.with_values({"most": most})})
    for position, one in enumerate(wanted):
        work.session.execute(
            update(File).where(File.id == one).values(owner=owner, position=position)
        )


def of_owner(session: Session, owner: str) -> tuple[FileView, ...]:
    """The files of one thing, in order."""
    return of_owners(session, (owner,)).get(owner, ())


def of_owners(session: Session, owners: Sequence[str]) -> dict[str, tuple[FileView, ...]]:
    """The files of several things at once; what has none is not in the answer."""
    if not owners:
        return {}
    found: dict[str, list[FileView]] = {}
    for row in session.scalars(
        select(File)
        .where(File.owner.in_(list(owners)))
        .order_by(File.owner, File.position, File.id)
        # Rows of this session may have been changed by statements since.
        .execution_options(populate_existing=True)
    ):
        found.setdefault(row.owner or "", []).append(_view(row))
    return {owner: tuple(files) for owner, files in found.items()}


def waiting(work: Work, ids: Sequence[UUID]) -> tuple[FileView, ...]:
    """Those of one's own unattached uploads that are still there, in the order asked for: what a
    form shows again after a mistake."""
    rows = work.session.scalars(
        select(File)
        .where(
            File.id.in_(list(ids)),
            File.owner.is_(None),
            File.uploaded_by == actor_label(work.actor),
        )
        .execution_options(populate_existing=True)
    )
    found = {row.id: _view(row) for row in rows}
    return tuple(found[one] for one in dict.fromkeys(ids) if one in found)


def _view(row: File) -> FileView:
    return FileView(row.id, row.name, row.media_type, row.size, row.width, row.height)


def owner_of(session: Session, id: UUID) -> str | None:
    """What a file is attached to; None for one that waits, or is not there."""
    return session.scalar(select(File.owner).where(File.id == id))


def content(session: Session, id: UUID, *, variant: Variant = "large") -> Stored | None:
    """The bytes of a file. A document has its original only and a picture two sizes, so whatever
    is asked for, what there is comes."""
    rows = {
        row.variant: row.media_type
        for row in session.execute(
            select(FileContent.variant, FileContent.media_type).where(FileContent.file_id == id)
        )
    }
    best = next((one for one in (variant, "large", "original") if one in rows), None)
    if best is None:
        return None
    row = session.execute(
        select(FileContent.media_type, File.name, FileContent.content)
        .join(File, File.id == FileContent.file_id)
        .where(FileContent.file_id == id, FileContent.variant == best)
    ).one_or_none()
    return Stored(*row) if row is not None else None


def detach(work: Work, id: UUID, *, owner: str) -> None:
    """Remove one file of a thing for good."""
    work.session.execute(delete(File).where(File.id == id, File.owner == owner))


def forget_owner(work: Work, owner: str) -> None:
    """Remove all files of a thing for good."""
    work.session.execute(delete(File).where(File.owner == owner))
