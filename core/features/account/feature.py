"""The manifest of this slice (being written)."""

from core.feature import Feature
from core.kit.text import Text

FEATURE = Feature(key="account", label=Text(ru="account", en="account"))
