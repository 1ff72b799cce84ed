"""Office packages with settled bytes: the same parts give the same file, whenever it is made."""

import io
import zipfile
from typing import Final
from xml.sax.saxutils import escape

# The first moment a zip archive can name.
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
_CORE: Final = "docProps/core.xml"


def settled(content: bytes, *, title: str) -> bytes:
    """The package without times, and without an author; the title is all it says of itself."""
    output = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
    ):
        for name in sorted(source.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            part = zipfile.ZipInfo(name, _MOMENT)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.external_attr = 0o600 << 16
            target.writestr(part, about(title) if name == _CORE else source.read(name))
    return output.getvalue()


def about(title: str) -> bytes:
    """Core properties that hold a title and nothing else."""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title><dc:language>ru-RU</dc:language>"
        "</cp:coreProperties>"
    ).encode()
