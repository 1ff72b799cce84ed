"""The city's accent as CSS: two numbers for modern browsers, computed hex for the others."""

from core.kit.colour import oklch_hex


def accent_css(hue: float, chroma: float) -> str:
    """A stylesheet for `:root`. Lightness is the product's own, so contrast is out of the city's
    hands (4.5:1 for any hue)."""
    return (
        ":root{"
        f"--accent-h:{hue:g};--accent-c:{chroma:g};"
        f"--plain-accent:{oklch_hex(0.47, chroma, hue)};"
        f"--plain-accent-dark:{oklch_hex(0.78, chroma * 0.8, hue)};"
        f"--plain-soft:{oklch_hex(0.955, 0.022, hue)};"
        f"--plain-soft-dark:{oklch_hex(0.31, 0.045, hue)};"
        f"--plain-deep:{oklch_hex(0.33, 0.1, hue)};"
        f"--plain-deep-2:{oklch_hex(0.5, 0.13, hue - 25)}"
        "}\n"
    )
