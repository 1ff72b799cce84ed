"""Taking a DOCX template from somebody: unpacked within limits, freed of what would reach outside,
refused when it holds code or other documents."""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from lxml import etree

from core.documents.language import Refused
from core.documents.packing import settled
from core.kit.text import Text

MOST_BYTES: Final = 3 * 1024 * 1024
_MOST_PARTS: Final = 300
_MOST_UNPACKED: Final = 24 * 1024 * 1024
_MOST_XML: Final = 3 * 1024 * 1024
_MAIN: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_RELATIONSHIPS: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_LINK: Final = re.compile(r"(https?://|mailto:)[^\s<>\"']+", re.IGNORECASE)
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".emf", ".wmf", ".svg", ".bmp")
_TEMPLATED: Final = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_TOKENS: Final = re.compile(r"\{\{|\{%|\{#|\}\}|%\}|#\}")
_CLOSES: Final = {"{{": "}}", "{%": "%}", "{#": "#}"}
_MOST_TAGS: Final = 3_000
_LONGEST_TAG: Final = 400
# Fields of Word that fetch or run something.
_FETCHING: Final = re.compile(
    r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT|RD|MACROBUTTON|DATABASE)\b"
)

NOT_A_TEMPLATE: Final = Text(
    ru="Это не документ Word. Нужен файл DOCX (не DOC, не DOCM, не RTF).",
    en="This is not a Word document. A DOCX file is needed (not DOC, DOCM or RTF).",
)
TOO_LARGE: Final = Text(
    ru="Шаблон слишком большой: допустимо 3 МБ. Уменьшите картинки в нём.",
    en="The template is too large: 3 MB are allowed. Make its pictures smaller.",
)
DAMAGED: Final = Text(
    ru="Файл повреждён или защищён паролем: открыть его не получается.",
    en="The file is damaged or protected by a password: it cannot be opened.",
)
WITH_CODE: Final = Text(
    ru="В файле есть макросы или элементы управления. Сохраните его как обычный DOCX.",
    en="The file holds macros or controls. Save it as a plain DOCX.",
)
WITH_OBJECTS: Final = Text(
    ru="В файле есть вложенные документы (объекты OLE). Уберите их: в шаблоне могут быть текст,"
    " таблицы и картинки.",
    en="The file holds embedded documents (OLE objects). Remove them: a template may hold text,"
    " tables and pictures.",
)
LINKED_PICTURE: Final = Text(
    ru="Картинка не вставлена в файл, а только связана с ним. Вставьте её в документ.",
    en="A picture is only linked, not part of the file. Insert it into the document.",
)
FETCHING: Final = Text(
    ru="В документе есть поле Word, которое обращается к другим файлам: {name}. Уберите его.",
    en="The document holds a field of Word that reaches for other files: {name}. Remove it.",
)
UNBALANCED: Final = Text(
    ru="Скобки не закрыты в абзаце «{near}». Запись вида {{{{ поле }}}} или {{% if … %}} должна"
    " начинаться и заканчиваться в одном абзаце.",
    en="Brackets are not closed in the paragraph “{near}”. {{{{ field }}}} or {{% if … %}} must"
    " begin and end in one paragraph.",
)
TOO_MANY_TAGS: Final = Text(
    ru="В шаблоне слишком много полей.", en="There are too many fields in the template."
)
HIDDEN_TAG: Final = Text(
    ru="Поле вида {{{{ … }}}} стоит не в тексте, а в свойствах (закладка, подпись картинки)."
    " Перенесите его в текст.",
    en="A field {{{{ … }}}} stands not in the text but in a property (a bookmark, a picture's"
    " caption). Move it into the text.",
)


def taken(content: bytes) -> bytes:
    """The template as it is kept: what reaches outside removed, its own times and author gone.
    Raises language.Refused with all that is wrong."""
    if len(content) > MOST_BYTES:
        raise Refused([TOO_LARGE])
    if not content.startswith(b"PK\x03\x04"):
        raise Refused([NOT_A_TEMPLATE])
    parts = _unpacked(content)
    kinds = parts.get("[Content_Types].xml", b"")
    if b"macroEnabled" in kinds:
        raise Refused([WITH_CODE])
    if "word/document.xml" not in parts or _MAIN.encode() not in kinds:
        raise Refused([NOT_A_TEMPLATE])
    findings: list[Text] = []
    for name in parts:
        low = name.lower()
        if "vbaproject" in low or "vbadata" in low or "activex" in low:
            findings.append(WITH_CODE)
            continue
        strange = "/media/" in low and not low.endswith(_PICTURES)
        if strange or "/embeddings/" in low or "/afchunk" in low or low.startswith("customui"):
            findings.append(WITH_OBJECTS)
    if findings:
        raise Refused(list(dict.fromkeys(findings)))
    cleaned = dict(parts)
    trees = {
        name: _tree(part)
        for name, part in parts.items()
        if name.lower().endswith((".xml", ".rels"))
    }
    gone: dict[str, set[str]] = {}
    for name, tree in trees.items():
        if name.endswith(".rels"):
            gone[_owner(name)] = _without_outside(tree, findings)
    for name, tree in trees.items():
        _check_part(name, tree, findings)
        for element in list(tree.iter(f"{_W}attachedTemplate", f"{_W}subDoc", f"{_W}altChunk")):
            element.getparent().remove(element)
        for key in gone.get(name, ()):
            for element in tree.xpath("//*[@r:id=$key]", key=key, namespaces={"r": _R[1:-1]}):
                element.attrib.pop(f"{_R}id")
        cleaned[name] = etree.tostring(
            tree, xml_declaration=True, encoding="UTF-8", standalone=True
        )
    if findings:
        raise Refused(list(dict.fromkeys(findings)))
    return settled(_packed(cleaned), title="")


def _unpacked(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            entries = [one for one in box.infolist() if not one.is_dir()]
            if len(entries) > _MOST_PARTS or len({one.filename for one in entries}) < len(entries):
                raise Refused([DAMAGED])
            parts: dict[str, bytes] = {}
            room = _MOST_UNPACKED
            for entry in entries:
                # What an archive says of its sizes is not believed.
                with box.open(entry) as stream:
                    part = stream.read(room + 1)
                room -= len(part)
                if room < 0 or (entry.filename.endswith(".xml") and len(part) > _MOST_XML):
                    raise Refused([TOO_LARGE])
                parts[entry.filename] = part
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise Refused([DAMAGED]) from error
    return parts


def _tree(part: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(part, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused([DAMAGED]) from error
    if root.getroottree().docinfo.doctype:
        raise Refused([DAMAGED])
    return root


def _owner(relationships: str) -> str:
    """`word/_rels/document.xml.rels` belongs to `word/document.xml`."""
    return relationships.replace("_rels/", "").removesuffix(".rels")


def _without_outside(tree: etree._Element, findings: list[Text]) -> set[str]:
    """Remove relationships that lead out of the file, web links excepted; the ids removed."""
    gone: set[str] = set()
    for one in list(tree.iterchildren(f"{_RELATIONSHIPS}Relationship")):
        if one.get("TargetMode") != "External":
            continue
        kind = (one.get("Type") or "").rpartition("/")[2]
        if kind == "image":
            findings.append(LINKED_PICTURE)
        elif kind == "hyperlink" and _LINK.fullmatch(one.get("Target") or ""):
            continue
        gone.add(one.get("Id") or "")
        tree.remove(one)
    return gone


def _check_part(name: str, tree: etree._Element, findings: list[Text]) -> None:
    for element in tree.iter(f"{_W}instrText", f"{_W}fldSimple"):
        instruction = (element.text or "") + (element.get(f"{_W}instr") or "")
        if found := _FETCHING.search(instruction.upper()):
            findings.append(FETCHING.format(name=found.group(1)))
    if not _TEMPLATED.fullmatch(name):
        return
    tags = 0
    for paragraph in tree.iter(f"{_W}p"):
        # Runs of letters make one text; what a nested paragraph says is its own.
        text = "".join(
            one.text or ""
            for one in paragraph.iter(f"{_W}t")
            if next(one.iterancestors(f"{_W}p"), None) is paragraph
        )
        tags += text.count("{")
        if not _is_balanced(text):
            findings.append(UNBALANCED.format(near=" ".join(text.split())[:60]))
    if tags > 2 * _MOST_TAGS:
        findings.append(TOO_MANY_TAGS)
    for element in tree.iter():
        places = [str(value) for value in element.attrib.values()]
        if element.tag != f"{_W}t":
            places += [element.text or ""]
        places.append(element.tail or "")
        if any(_TOKENS.search(one) for one in places):
            findings.append(HIDDEN_TAG)
            break


def _is_balanced(text: str) -> bool:
    opened: tuple[str, int] | None = None
    for token in _TOKENS.finditer(text):
        sign = token.group()
        if opened is None:
            if sign not in _CLOSES:
                return False
            opened = (_CLOSES[sign], token.start())
        elif sign == opened[0]:
            if token.end() - opened[1] > _LONGEST_TAG:
                return False
            opened = None
        else:
            return False
    return opened is None


def _packed(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as box:
        for name, part in parts.items():
            box.writestr(name, part)
    return stream.getvalue()
