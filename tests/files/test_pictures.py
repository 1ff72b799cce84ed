"""Pictures: only their looks survive, and no picture can exhaust the machine."""

import io
import struct
import zlib

import pytest
from PIL import Image

from core.files import pictures
from core.files.pictures import Unfit, recode
from tests.files import samples


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_the_place_and_all_other_traces_are_gone():
    original = samples.jpeg()
    assert b"Secret camera" in original
    assert dict(opened(original).getexif().get_ifd(0x8825))
    for one in recode(original, sides=(1600, 480)):
        image = opened(one.content)
        assert image.format == "WEBP"
        assert not image.getexif()
        assert "xmp" not in image.info
        assert b"EXIF" not in one.content
        assert b"Secret" not in one.content


def test_sizes_come_largest_first_and_nothing_is_blown_up():
    large, thumb = recode(samples.jpeg(2400, 1200), sides=(480, 1600))
    assert (large.width, large.height) == (1600, 800)
    assert (thumb.width, thumb.height) == (480, 240)
    (small,) = recode(samples.png(30, 20), sides=(1600,))
    assert (small.width, small.height) == (30, 20)


def test_a_picture_taken_sideways_stands_upright():
    (one,) = recode(samples.jpeg(1200, 800, orientation=6), sides=(1600,))
    assert (one.width, one.height) == (800, 1200)
    # The red corner was at the top left; turned clockwise it is at the top right.
    red, _green, _blue = opened(one.content).convert("RGB").getpixel((750, 50))
    assert red > 150


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_becomes_white(mode):
    (one,) = recode(samples.png(mode=mode), sides=(100,))
    assert opened(one.content).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "RGB"])
def test_every_mode_of_png_is_taken(mode):
    assert recode(samples.png(mode=mode), sides=(100,))[0].width == 64


def bomb(width: int, height: int) -> bytes:
    """A small PNG that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 4096))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [10_000, 100_000])
def test_a_decompression_bomb_is_refused(side):
    with pytest.raises(Unfit):
        recode(bomb(side, side), sides=(1600,))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"GIF89a" + b"\0" * 40,
        samples.jpeg()[:300],
        samples.png()[:40],
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        samples.pdf_file(),
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"\xff\xd8\xff" + b"\0" * (pictures.LARGEST + 1),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(content):
    with pytest.raises(Unfit) as refused:
        recode(content, sides=(1600,))
    assert refused.value.text.ru
    assert refused.value.text.en


def test_the_phone_s_own_format_is_named():
    with pytest.raises(Unfit) as refused:
        recode(b"\0\0\0\x18ftypheic" + b"\0" * 100, sides=(1600,))
    assert "HEIC" in refused.value.text.ru
