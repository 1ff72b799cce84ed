"""The rule catalogue as Markdown."""

from core.rules import Catalogue
from core.rules.catalogue_docs import pages
from tests.rules.sample import LEAST, MAY, catalogue, module


def test_one_page_for_each_module_and_an_index() -> None:
    installed = Catalogue.installed()
    made = pages(installed)
    assert set(made) == {"index.md"} | {f"{m.key}.md" for m in installed.modules}
    for module_ in installed.modules:
        assert f"]({module_.key}.md)" in made["index.md"]
    for point in installed.points:
        assert f"`{point.key}`" in made["index.md"]


def test_a_page_tells_values_bounds_clauses_and_what_happens_without() -> None:
    page = pages(Catalogue.installed())["poll_terms.md"]
    assert page.startswith("# Terms of a poll (`poll_terms`)\n")
    assert "### `minimum_days`" in page
    assert "- 1 to 366 days" in page
    assert "- needed for the rule to be in force" in page
    assert "- without an entry: не задано / not set" in page
    assert "one of: `always` сразу / at once;" in page
    assert "Опрос короче этого срока открыть нельзя." in page


def test_what_silence_means_is_told_in_words() -> None:
    index = pages(Catalogue.installed())["index.md"]
    assert "after the poll has closed" in index
    assert "not allowed" in index


def test_editions_stand_on_one_page() -> None:
    known = catalogue(
        module("a", {MAY: lambda facts, rule: None}),
        module("a", {MAY: lambda facts, rule: None, LEAST: lambda facts, rule: None}, edition=2),
    )
    made = pages(known)
    assert "## Edition 1\n" in made["a.md"]
    assert "## Edition 2\n" in made["a.md"]
    assert made["index.md"].count("| [a](a.md) |") >= 1


def test_the_same_catalogue_gives_the_same_text() -> None:
    installed = Catalogue.installed()
    again = Catalogue.of(reversed(installed.modules), reversed(installed.points))
    assert pages(installed) == pages(again)
