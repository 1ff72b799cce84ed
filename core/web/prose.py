"""Text that people typed, as markup: paragraphs, line breaks, lists, addresses as links.

The one sanitiser of the product. Everything typed is escaped first, so no tag of it survives; nh3
then lets through only what this module writes itself, should that ever be wrong.
"""

import re
from typing import Final

import nh3
from markupsafe import Markup, escape

_LINK: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)»\]]", re.IGNORECASE)
_BULLETS: Final = ("- ", "• ", "– ", "— ")
_TAGS: Final = {"a", "br", "li", "p", "ul"}
_REL: Final = "nofollow ugc noopener noreferrer"
_LONGEST_SHOWN: Final = 60
# Invisible marks that reverse the direction of what follows and so disguise an address or a name.
_DISGUISE: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff]")


def prose(text: str) -> Markup:
    """Plain text as safe markup."""
    parts: list[Markup] = []
    plain = _DISGUISE.sub("", text.replace("\r\n", "\n")).strip()
    for block in re.split(r"\n\s*\n", plain):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if not lines:
            continue
        if len(lines) > 1 and all(line.startswith(_BULLETS) for line in lines):
            items = Markup("").join(Markup("<li>{}</li>").format(_links(one[2:])) for one in lines)
            parts.append(Markup("<ul>{}</ul>").format(items))
        else:
            broken = Markup("<br>").join(_links(one) for one in lines)
            parts.append(Markup("<p>{}</p>").format(broken))
    return Markup(  # noqa: S704 -- just cleaned
        nh3.clean(
            str(Markup("").join(parts)),
            tags=_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https"},
            link_rel=_REL,
        )
    )


def _links(line: str) -> Markup:
    found: list[Markup] = []
    place = 0
    for match in _LINK.finditer(line):
        found.append(escape(line[place : match.start()]))
        address = match.group()
        shown = address if len(address) <= _LONGEST_SHOWN else f"{address[: _LONGEST_SHOWN - 1]}…"
        found.append(Markup('<a href="{}">{}</a>').format(address, shown))
        place = match.end()
    found.append(escape(line[place:]))
    return Markup("").join(found)
