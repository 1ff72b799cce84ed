"""Takes pictures of the style guide to look at: phone and desk, light and dark.

python -m tests.web.styleguide.shoot /tmp/pictures [page …]
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.browser import chromium
from tests.web.styleguide.browser import open_page
from tests.web.styleguide.render import PAGES


def main(folder: Path, pages: tuple[str, ...]) -> None:
    """One picture a page, width and scheme."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name in pages:
            for width in (390, 1280):
                for scheme in ("light", "dark"):
                    page = open_page(browser, name, width=width, scheme=scheme)
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
                    page.context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(sys.argv[2:]) or PAGES)
