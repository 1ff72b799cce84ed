"""The manifest of the association's and the operator's pages."""

from core.feature import Feature, Site
from core.features.association import web
from core.kit.text import Text

FEATURE = Feature(
    key="association",
    label=Text(ru="Города", en="Cities"),
    pages={Site.ASSOCIATION: web.ASSOCIATION, Site.OPERATOR: web.OPERATOR},
)
