"""What a feature says of the obligations it opens."""

import msgspec

from core.kit.text import Text


class ObligationKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of duty with a term (`polls.results_to_initiator`). `closed_by` tells the one who owes
    it what fulfils it; `by_hand`: the holder may say it is done, with a note."""

    key: str
    label: Text
    closed_by: Text
    by_hand: bool = False
