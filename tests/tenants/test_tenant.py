"""A city as the application knows it."""

from pathlib import Path
from zoneinfo import ZoneInfo

from core.tenancy.folder import read_folder
from core.tenancy.tenant import Tenant


def test_conveniences(city_folder: Path) -> None:
    profile = read_folder(city_folder).profile
    tenant = Tenant(id=7, slug="novy", role="t_7", profile=profile)
    assert tenant.zone == ZoneInfo("Asia/Yekaterinburg")
    assert tenant.schema == "t_7"
    assert tenant.active
    assert (tenant.name(), tenant.name("en")) == ("Новый", "Novy")
    assert tenant.product() == "Решаем вместе"
    assert tenant.locale == "ru"


def test_look_ups(city_folder: Path) -> None:
    profile = read_folder(city_folder).profile
    topic, unit = profile.topic("transport"), profile.unit("administration")
    assert topic is not None
    assert unit is not None
    assert topic.icon == "bus"
    assert unit.parent is None
    assert profile.district("centre") is None
