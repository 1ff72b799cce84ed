"""Files as people send them: pictures with a place in them, documents, and things that are
neither."""

import io
import zipfile

import docx
import openpyxl
from PIL import Image
from PIL.TiffImagePlugin import IFDRational


def jpeg(width: int = 1200, height: int = 800, *, orientation: int = 1) -> bytes:
    """A JPEG that tells where, when and with what it was made."""
    image = Image.new("RGB", (width, height), (40, 120, 60))
    image.paste((200, 30, 30), (0, 0, width // 4, height // 4))
    exif = Image.Exif()
    exif[0x0110] = "Secret camera"
    exif[0x0112] = orientation
    place = exif.get_ifd(0x8825)
    place[1] = "N"
    place[2] = (IFDRational(64), IFDRational(26), IFDRational(41))
    place[3] = "E"
    place[4] = (IFDRational(76), IFDRational(30), IFDRational(8))
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif, comment=b"Secret comment")
    return stream.getvalue()


def png(width: int = 64, height: int = 64, mode: str = "RGBA") -> bytes:
    stream = io.BytesIO()
    Image.new(mode, (width, height)).save(stream, "PNG")
    return stream.getvalue()


def docx_file(text: str = "Текст") -> bytes:
    paper = docx.Document()
    paper.add_paragraph(text)
    stream = io.BytesIO()
    paper.save(stream)
    return stream.getvalue()


def xlsx_file() -> bytes:
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    return stream.getvalue()


def odt_file() -> bytes:
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"})


def pdf_file() -> bytes:
    return b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in parts.items():
            box.writestr(name, content)
    return stream.getvalue()


def with_part(archive: bytes, name: str, content: bytes) -> bytes:
    """The same archive with one part more (or another)."""
    with zipfile.ZipFile(io.BytesIO(archive)) as box:
        parts = {one: box.read(one) for one in box.namelist()}
    return zipped({**parts, name: content})
