"""The manifest of the home page."""

from core.feature import Feature, NavItem, Site
from core.features.home import web
from core.kit.text import Text

FEATURE = Feature(
    key="home",
    label=Text(ru="Главная", en="Home"),
    pages={Site.CITY: web.HANDLERS},
    nav=(NavItem(path="/", icon="home", order=0),),
)
