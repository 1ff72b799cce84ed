"""The city's accent as CSS: two numbers for modern browsers, computed hex for the others."""

from core.kit.colour import Oklch


def accent_css(hue: float, chroma: float) -> str:
    """A stylesheet for `:root`. Lightness is the product's own, so contrast is out of the city's
    hands (4.5:1 for any hue)."""
    return (
        ":root{"
        f"--accent-h:{hue:g};--accent-c:{chroma:g};"
        f"--plain-accent:{Oklch(0.47, chroma, hue).hex()};"
        f"--plain-accent-dark:{Oklch(0.78, chroma * 0.8, hue).hex()};"
        f"--plain-soft:{Oklch(0.955, 0.022, hue).hex()};"
        f"--plain-soft-dark:{Oklch(0.31, 0.045, hue).hex()};"
        f"--plain-deep:{Oklch(0.33, 0.1, hue).hex()};"
        f"--plain-deep-2:{Oklch(0.5, 0.13, hue - 25).hex()}"
        "}\n"
    )
