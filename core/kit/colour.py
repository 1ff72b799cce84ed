"""Colours: OKLCH as stylesheets write it, its nearest sRGB, and contrast as WCAG counts it."""

from math import cos, radians, sin

import msgspec


class Oklch(msgspec.Struct, frozen=True):
    """A colour as CSS writes it: oklch(lightness chroma hue)."""

    lightness: float
    chroma: float
    hue: float

    def linear(self) -> tuple[float, float, float]:
        """Linear red, green and blue; outside 0…1 where the screen cannot show the colour."""
        a = self.chroma * cos(radians(self.hue))
        b = self.chroma * sin(radians(self.hue))
        long = (self.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        medium = (self.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (self.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        return (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        )

    def luminance(self) -> float:
        """Relative luminance by WCAG 2; what the screen cannot show is clipped."""
        red, green, blue = (_clip(channel) for channel in self.linear())
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def hex(self) -> str:
        """The colour as #rrggbb; what the screen cannot show is clipped."""
        return "#" + "".join(f"{round(_gamma(_clip(one)) * 255):02x}" for one in self.linear())


def contrast(first: Oklch, second: Oklch) -> float:
    """The WCAG contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((first.luminance(), second.luminance()))
    return (lighter + 0.05) / (darker + 0.05)


def _clip(channel: float) -> float:
    return min(1.0, max(0.0, channel))


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
