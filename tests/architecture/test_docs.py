"""What the documents name exists, and what exists is named in the documents."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from core.cli.program import app
from core.feature import installed_features
from core.rules import Catalogue
from core.rules.catalogue_docs import pages
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "tenants" / "README.md"])
# What a guide tells its reader to make.
EXAMPLES = {"tenants/nadym", "tests/features/bulletins/"}
GENERATED = ROOT / "docs" / "rules"


def ident(path):
    return str(path.relative_to(ROOT))


def prose(text):
    """A document without its blocks of code."""
    return re.sub(r"(?s)```.*?```", "", text)


def anchors(text):
    heads = re.findall(r"(?m)^#+ (.+)$", prose(text))
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", DOCS, ids=ident)
def test_links_lead_somewhere(path):
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        if not found.exists() or (anchor and anchor not in anchors(found.read_text())):
            dead.append(target)
    assert not dead, dead


@pytest.mark.parametrize("path", DOCS, ids=ident)
def test_files_that_are_named_exist(path):
    named = re.findall(
        r"`((?:core|plugins|tests|tenants|migrations|deploy|docs|bench)/[\w\-./]*\w/?)`",
        prose(path.read_text()),
    )
    places = (ROOT, ROOT / "core", ROOT / "core" / "features", path.parent)
    missing = {
        name for name in {*named} - EXAMPLES if not any((place / name).exists() for place in places)
    }
    assert not missing, missing


def commands():
    group = get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from (f"{name} {inner}" for inner in command.commands)
        else:
            yield name


@pytest.mark.parametrize("path", DOCS, ids=ident)
def test_commands_that_are_named_exist(path):
    known = set(commands())
    groups = {name.partition(" ")[0] for name in known}
    unknown = set()
    for line in re.findall(r"(?m)(?:`|^\s*(?:\$ )?)veche ([a-z]+(?: [a-z]+)?)", path.read_text()):
        first, _, second = line.partition(" ")
        if first not in groups or (first not in known and second and line not in known):
            unknown.add(line)
    assert not unknown, unknown


def test_every_command_is_named_somewhere():
    text = "\n".join(path.read_text() for path in DOCS)
    lost = [name for name in commands() if f"veche {name}" not in text]
    assert not lost, lost


def test_every_setting_is_explained():
    text = (ROOT / "docs" / "settings.md").read_text()
    lost = [
        f"VECHE_{name.upper()}"
        for name in Settings.__struct_fields__
        if f"VECHE_{name.upper()}" not in text
    ]
    assert not lost, lost


def test_every_target_of_make_explains_itself():
    text = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?m)^\.PHONY: (.+)$", text):
        assert re.search(rf"(?m)^{target}:.*## \w", text), target


def test_every_feature_is_found_by_its_folder():
    folders = {path.parent.name for path in (ROOT / "core" / "features").glob("*/__init__.py")}
    assert folders == {feature.key for feature in installed_features()}


def test_the_rule_catalogue_is_up_to_date():
    """`veche rules docs` writes it."""
    wanted = pages(Catalogue.installed())
    found = {path.name: path.read_text() for path in GENERATED.glob("*.md")}
    assert found == wanted


def test_decisions_are_numbered_and_listed():
    folder = ROOT / "docs" / "decisions"
    files = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == files
    for name in files:
        text = (folder / name).read_text()
        assert text.startswith(f"# {name[:4]} ")
        assert "The road not taken" in text
