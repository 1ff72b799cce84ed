"""The manifest of this slice (being written)."""

from core.feature import Feature
from core.kit.text import Text

FEATURE = Feature(key="console", label=Text(ru="console", en="console"))
