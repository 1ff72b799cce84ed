"""Renders the style guide with Jinja alone: every component and three sample pages, into a folder.

python -m tests.web.styleguide.render build/styleguide
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from tests.web.styleguide import sample

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ASSETS = ROOT / "build" / "assets"
PAGES = ("home", "poll", "desk", "kit", "sign-in", "protocol")


def asset_addresses() -> Callable[[str], str]:
    """`asset("app.css")` → its hashed address, as the shell does it."""
    manifest: dict[str, str] = json.loads((ASSETS / "manifest.json").read_text())
    return lambda name: f"/static/{manifest[name]}"


def environment(asset: Callable[[str], str] | None = None) -> Environment:
    """The shell's environment without the shell: strict names, gettext that returns its source."""
    env = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(ROOT / "core" / "web" / "templates"),
                FileSystemLoader(HERE / "templates"),
            ]
        ),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: text, lambda one, many, number: one if number == 1 else many, newstyle=True
    )
    env.globals["asset"] = asset or (lambda name: f"/static/{name}")
    return env


def render(page: str, env: Environment | None = None, **display: Any) -> str:
    """One sample page as HTML."""
    template = (env or environment(asset_addresses())).get_template(f"{page}.html")
    return template.render(sample.context(page, **display))


def main(folder: Path) -> None:
    """Writes pages, pictures and assets so that a static file server can show them."""
    folder.mkdir(parents=True, exist_ok=True)
    env = environment(asset_addresses())
    for page in PAGES:
        (folder / f"{page}.html").write_text(render(page, env))
    shutil.copytree(HERE / "assets", folder / "pictures", dirs_exist_ok=True)
    shutil.copytree(ASSETS, folder / "static", dirs_exist_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "styleguide")
