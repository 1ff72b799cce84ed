"""Writes all templates that come with the product to their places."""

from pathlib import Path

from core.documents.drawing.forms import FORMS

CORE = Path(__file__).resolve().parents[2]


def main() -> None:
    """Draw everything."""
    for path, draw in FORMS.items():
        place = CORE / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(draw().content())


if __name__ == "__main__":
    main()
