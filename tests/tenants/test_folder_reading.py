"""A folder that cannot be read says where and why, in words one can act on."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from core.kit.level import Level
from core.tenancy.folder import FolderError, list_folders, read_associations, read_folder

Change = Callable[..., Path]


def test_a_folder_becomes_values(city_folder: Path) -> None:
    folder = read_folder(city_folder)
    assert folder.slug == "novy"
    assert folder.profile.names.prepositional.en == "in Novy"
    assert folder.profile.contacts.email == "veche@novy.example.org"
    assert folder.profile.brand.emblem.startswith("<svg")
    assert folder.profile.brand.cover is None
    assert folder.profile.offers("polls")
    assert not folder.profile.offers("bonus")
    assert not folder.profile.offers("shop")
    assert [procedure.key for procedure in folder.procedures] == ["people", "polls"]
    assert folder.entries[-1].since == date(2024, 1, 1)
    assert folder.regulation(7).version == 7


PROVIDER = """
[[sign_in.providers]]
key = "regional"
label = { ru = "Регион", en = "Region" }
issuer = "https://id.example.org"
client_id = "veche"
secret = "OIDC_REGIONAL_SECRET"
grants = "identity"
scopes = ["openid", "birthdate"]
claims = { birth_date = "birthdate" }
"""


def test_a_provider_of_sign_in(change: Change) -> None:
    sign_in = read_folder(change("tenant.toml", add=PROVIDER)).profile.sign_in
    provider = sign_in.provider("regional")
    assert provider is not None
    assert provider.grants is Level.IDENTITY
    assert provider.claims.subject == "sub"
    assert provider.claims.birth_date == "birthdate"
    assert sign_in.provider("other") is None


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "acts.toml",
            "adopted = 2024-01-01",
            "adopted = ",
            "acts.toml, строка 7: это не TOML: Invalid value",
        ),
        (
            "tenant.toml",
            "[contacts]",
            "[kontakty]",
            "tenant.toml: не хватает ключа «contacts»",
        ),
        (
            "tenant.toml",
            "hue = 250 ",
            'hue = "синий" ',
            "tenant.toml, строка 29: brand.hue: нужно значение вида float, а указано str",
        ),
        (
            "tenant.toml",
            "hue = 250 ",
            "hue = 400 ",
            "tenant.toml, строка 29: brand.hue: нужно float < 360.0",
        ),
        (
            "tenant.toml",
            "phone_code = false",
            "phone_kode = false",
            "tenant.toml, строка 52: неизвестный ключ «sign_in.phone_kode»; "
            "проверьте, нет ли опечатки",
        ),
        (
            "features.toml",
            "offered = true",
            'offered = "да"',
            "features.toml: offered: нужно значение вида bool, а указано str",
        ),
        (
            "features.toml",
            "[polls]",
            "[Polls!]",
            "features.toml, строка 3: это не TOML: Expected ']' at the end of a table declaration",
        ),
        (
            "reference/topics.toml",
            'icon = "bus"',
            'icon = "trolley"',
            "reference/topics.toml: topic № 2.icon: значение 'trolley' не из списка допустимых",
        ),
        (
            "reference/topics.toml",
            'key = "transport"',
            'key = "leisure"',
            "reference/topics.toml: ключ «leisure» встречается дважды",
        ),
        (
            "acts.toml",
            "example = true",
            "primer = true",
            "acts.toml, строка 8: act № 1: неизвестный ключ «primer»",
        ),
        (
            "acts.toml",
            'number = "1"',
            "number = 1",
            "acts.toml, строка 6: act № 1.number: нужно значение вида str, а указано int",
        ),
        (
            "regulation/polls.toml",
            'feature = "polls"\n',
            "",
            "regulation/polls.toml: не хватает ключа «feature»",
        ),
        (
            "regulation/polls.toml",
            "from = 2024-01-01\nvalue = 7",
            "value = 7",
            "regulation/polls.toml, строка 7: poll_terms.minimum_days № 1: не хватает ключа «from»",
        ),
        (
            "scenarios/polls.toml",
            'procedure = "polls"',
            'procedure = "people"',
            "scenarios/polls.toml: пример «Самый короткий срок — 7 дней» относится к порядку "
            "«people»; перенесите его в scenarios/people.toml",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    change: Change, file: str, old: str, new: str, message: str
) -> None:
    with pytest.raises(FolderError) as caught:
        read_folder(change(file, old, new))
    assert caught.value.message("ru").startswith(message)
    assert caught.value.message("en") == str(caught.value)
    assert str(caught.value).startswith(file)


def test_an_act_twice(change: Change) -> None:
    act = (Path(change("acts.toml")) / "acts.toml").read_text(encoding="utf-8")
    with pytest.raises(FolderError, match=r"acts\.toml: the key 'example-start' occurs twice"):
        read_folder(change("acts.toml", add=act))


@pytest.mark.parametrize("file", ["tenant.toml", "features.toml", "acts.toml", "brand/emblem.svg"])
def test_a_missing_file(city_folder: Path, file: str) -> None:
    (city_folder / file).unlink()
    with pytest.raises(FolderError, match="is missing from novy; see _blank"):
        read_folder(city_folder)


def test_reference_lists_may_be_missing(city_folder: Path) -> None:
    for file in (city_folder / "reference").iterdir():
        file.unlink()
    profile = read_folder(city_folder).profile
    assert (profile.topics, profile.districts, profile.units) == ((), (), ())


@pytest.mark.parametrize("file", ["regulations/polls.toml", "regulation/polls.tml", "logo.svg"])
def test_a_file_nobody_would_read(change: Change, file: str) -> None:
    with pytest.raises(FolderError, match="no such file belongs in a city's folder") as caught:
        read_folder(change(file, add="x = 1\n"))
    assert caught.value.file == file


def test_hidden_files_are_nobodys_business(change: Change) -> None:
    read_folder(change(".DS_Store", add="x"))


def test_a_file_in_another_encoding(city_folder: Path) -> None:
    (city_folder / "acts.toml").write_bytes("# Акты".encode("cp1251"))
    with pytest.raises(FolderError, match="not UTF-8"):
        read_folder(city_folder)


@pytest.mark.parametrize("slug", ["Novy", "1st", "a", "novy_", "новый", "x" * 41, "a--b", "_blank"])
def test_a_name_that_makes_no_address(city_folder: Path, slug: str) -> None:
    with pytest.raises(FolderError, match="becomes the host name"):
        read_folder(city_folder.rename(city_folder.with_name(slug)))


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="there is no such folder"):
        read_folder(tmp_path / "nowhere")


def test_folders_of_cities_only(tmp_path: Path) -> None:
    for name in ("tyumen", "_blank", ".git", "perm"):
        (tmp_path / name).mkdir()
    (tmp_path / "README.md").touch()
    assert [path.name for path in list_folders(tmp_path)] == ["perm", "tyumen"]


def test_associations(tmp_path: Path) -> None:
    assert read_associations(tmp_path) == ()
    one = '[[association]]\nkey = "a"\nname = {ru="А", en="A"}\nofficial = {ru="А", en="A"}\n'
    (tmp_path / "associations.toml").write_text(one + "hue = 10\nchroma = 0.1\n")
    assert [association.key for association in read_associations(tmp_path)] == ["a"]
    (tmp_path / "associations.toml").write_text((one + "hue = 10\nchroma = 0.1\n") * 2)
    with pytest.raises(FolderError, match="occurs twice"):
        read_associations(tmp_path)
