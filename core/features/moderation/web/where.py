"""Which part of the queue somebody is working through: it goes along from item to item in the
address, so that the next one is of the same part."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec

from core.features.moderation.domain import View
from core.moderation.domain import QueueFilter, State
from core.moderation.manifest import Kinds

_HINTED: Final[Mapping[str, bool]] = {"marked": True, "clean": False}


class Where(msgspec.Struct, frozen=True):
    """A part of the queue as its address says it; what makes no sense is left out."""

    view: View = View.WAITING
    kind: str = ""
    hints: str = ""

    @property
    def query(self) -> str:
        """For addresses: empty, or beginning with a question mark."""
        said = {
            "view": self.view.value if self.view is not View.WAITING else "",
            "kind": self.kind,
            "hints": self.hints,
        }
        kept = {key: value for key, value in said.items() if value}
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def list_path(self) -> str:
        return f"/desk/moderation{self.query}"

    def filter(self, kinds: Kinds) -> QueueFilter:
        """The same for the queue; only things that this person may check."""
        return QueueFilter(
            kinds=(self.kind,) if self.kind else tuple(sorted(kinds)),
            state=State.WRITTEN if self.view is View.LETTERS else State.WAITING,
            looks=True if self.view is View.LOOKS else None,
            hinted=_HINTED.get(self.hints),
        )


def where_of(params: Mapping[str, str], kinds: Kinds) -> Where:
    """The part of the queue that an address names."""
    view, kind, marked = (params.get(name, "") for name in ("view", "kind", "hints"))
    return Where(
        view=View(view) if view in [one.value for one in View] else View.WAITING,
        kind=kind if kind in kinds else "",
        hints=marked if marked in _HINTED else "",
    )
