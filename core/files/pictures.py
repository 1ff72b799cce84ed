"""The one way the product treats pictures that people send: recognised by content, turned upright,
made smaller, encoded anew on a plain ground, so that nothing of the original but its looks
survives (no EXIF, no place, no camera, no hidden payload)."""

import io
from collections.abc import Sequence
from typing import Final

import msgspec
from PIL import Image, ImageOps, UnidentifiedImageError

from core.kit.text import Text

MEDIA_TYPE: Final = "image/webp"
LARGEST: Final = 8 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_GROUND: Final = (255, 255, 255)

NOT_A_PICTURE: Final = Text(
    ru="Это не похоже на картинку. Подойдут JPEG, PNG или WebP до 8 МБ.",
    en="This does not look like a picture. JPEG, PNG or WebP up to 8 MB will do.",
)
TOO_MANY_PIXELS: Final = Text(
    ru="В картинке слишком много точек. Уменьшите её до 40 мегапикселей.",
    en="The picture has too many pixels. Make it smaller: 40 megapixels at most.",
)
IPHONE_FORMAT: Final = Text(
    ru="Формат HEIC открывается не у всех. Сохраните фото как JPEG и пришлите снова.",
    en="Not everybody can open HEIC. Save the photo as JPEG and send it again.",
)


class Unfit(Exception):
    """The bytes cannot be taken; `text` says why to the person who sent them."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class Picture(msgspec.Struct, frozen=True):
    """An encoded picture."""

    content: bytes
    width: int
    height: int


def recode(content: bytes, *, sides: Sequence[int]) -> tuple[Picture, ...]:
    """The picture with its longest side at most each of `sides`, largest first; raises Unfit."""
    if len(content) > LARGEST:
        raise Unfit(NOT_A_PICTURE)
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"msf1"):
        raise Unfit(IPHONE_FORMAT)
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as source:
            # Known from the header: a decompression bomb is refused before it is unpacked.
            if source.width * source.height > MOST_PIXELS:
                raise Unfit(TOO_MANY_PIXELS)
            # A JPEG is decoded at a fraction of its size where that is enough.
            source.draft("RGB", (max(sides) * 2, max(sides) * 2))
            upright = ImageOps.exif_transpose(source)
            return tuple(_encoded(upright, side) for side in sorted(sides, reverse=True))
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
    ) as error:
        raise Unfit(NOT_A_PICTURE) from error


def _encoded(image: Image.Image, side: int) -> Picture:
    small = image.convert("RGBA" if _is_transparent(image) else "RGB")
    small.thumbnail((side, side))
    # A new image has no metadata that an encoder could carry over.
    plain = Image.new("RGB", small.size, _GROUND)
    plain.paste(small, mask=small if small.mode == "RGBA" else None)
    output = io.BytesIO()
    plain.save(output, "WEBP", quality=80, method=4)
    return Picture(output.getvalue(), plain.width, plain.height)


def _is_transparent(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
