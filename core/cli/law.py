"""`veche rules` and `veche explain`: the installed rules, and a decision with its clauses."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import typer
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from core.cli.terminal import Tenant, Tenants, fail, has_database, out
from core.kit.clock import SystemClock
from core.kit.text import Locale
from core.rules import AnyPoint, Catalogue, Regulation, decide
from core.rules.catalogue_docs import pages
from core.rules.explain import as_text
from core.rules.scenarios import facts_from
from core.settings import read_settings
from core.tenancy.folder import read_folder
from core.tenancy.regulation import load_regulation
from core.work import Runtime

app = typer.Typer(help="Rule modules and decision points that are installed.")


@app.command("list")
def list_rules() -> None:
    """List rule modules and the questions that rules answer."""
    catalogue = Catalogue.installed()
    modules = Table("module", "edition", "правило", "answers")
    for module in catalogue.modules:
        answers = ", ".join(answer.point.key for answer in module.answers)
        modules.add_row(module.key, str(module.edition), module.label.ru, answers)
    points = Table("decision point", "kind", "вопрос", "question")
    for point in catalogue.points:
        points.add_row(point.key, point.kind, point.label.ru, point.label.en)
    out.print(modules, points)


@app.command()
def show(
    module: Annotated[str, typer.Argument(help="A module's key, as in `rules list`.")],
) -> None:
    """Show what a rule module needs to know and what it decides."""
    found = pages(Catalogue.installed())
    name = f"{module}.md"
    if name not in found:
        known = ", ".join(sorted(page.removesuffix(".md") for page in found if page != "index.md"))
        fail(f"No rule module {module} is installed. There are: {known}.")
    out.print(Markdown(found[name]))


@app.command()
def docs(
    to: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("docs/rules"),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if the pages are out of date.")
    ] = False,
) -> None:
    """Write the rule catalogue as Markdown pages."""
    wanted = pages(Catalogue.installed())
    found = {path.name: path.read_text(encoding="utf-8") for path in sorted(to.glob("*.md"))}
    if check:
        stale = sorted(n for n in {*wanted, *found} if wanted.get(n) != found.get(n))
        if stale:
            fail(f"Out of date in {to}: {', '.join(stale)}. Run `veche rules docs`.")
        out.print(f"[green]✓[/] {to} is up to date")
        return
    to.mkdir(parents=True, exist_ok=True)
    for name in set(found) - set(wanted):
        (to / name).unlink()
    for name, page in wanted.items():
        (to / name).write_text(page, encoding="utf-8", newline="\n")
    out.print(f"[green]✓[/] {len(wanted)} pages in {escape(str(to))}")


def explain(
    point: Annotated[str, typer.Argument(help="A decision point, for example polls.may_open.")],
    tenant: Tenant,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day whose law governs; today if left out."),
    ] = None,
    facts: Annotated[
        str, typer.Option(help="What the rule may know, as JSON: '{\"duration_days\": 60}'.")
    ] = "{}",
    procedure: Annotated[
        str | None, typer.Option(help="The procedure, if the city has several for one feature.")
    ] = None,
    folder: Tenants = Path("tenants"),
    from_folder: Annotated[
        bool,
        typer.Option(
            "--from-folder", help="Ask the folder, not the database; needs no server at all."
        ),
    ] = False,
    language: Annotated[str, typer.Option("--language", help="ru or en.")] = "ru",
) -> None:
    """Print what a city's rules decide, and on which clauses.

    The city is read from the database, or from its folder when no database is configured.
    """
    catalogue = Catalogue.installed()
    asked = catalogue.point(point)
    if asked is None:
        known = ", ".join(one.key for one in catalogue.points)
        fail(f"There is no decision point {point}. There are: {known}.")
    day = on.date() if on else SystemClock().now().date()
    try:
        known_facts = msgspec.json.decode(facts, type=dict[str, Any])
    except msgspec.DecodeError as error:
        fail(f"--facts is no JSON object: {error}", code=2)
    try:
        given = facts_from(asked, day, _unknown(asked) | known_facts)
    except msgspec.ValidationError as error:
        fields = ", ".join(field for field in asked.facts.__struct_fields__ if field != "on")
        fail(f"The facts do not fit {point}: {error}. It asks for: {fields}.", code=2)
    regulation = _regulation(tenant, folder, from_folder=from_folder)
    feature = point.partition(".")[0]
    own = sorted(key for key, one in regulation.procedures.items() if one.feature == feature)
    decision = decide(
        asked,
        given,
        regulation=regulation,
        procedure=procedure or (own[0] if own else feature),
        catalogue=catalogue,
    )
    locale: Locale = "en" if language == "en" else "ru"
    out.print(as_text(decision, locale), markup=False, soft_wrap=True, end="")


app.command(name="explain", help=explain.__doc__)(explain)


def _unknown(point: AnyPoint) -> dict[str, Any]:
    """The facts that may be left out because "not known" is a legal value of theirs."""
    return {
        field.name: None
        for field in msgspec.structs.fields(point.facts)
        if field.required and type(None) in get_args(field.type)
    }


def _regulation(slug: str, folder: Path, *, from_folder: bool) -> Regulation:
    if from_folder or not has_database():
        return read_folder(folder / slug).regulation()
    runtime = Runtime(
        read_settings(os.environ),
        clock=SystemClock(),
        catalogue=Catalogue.installed(),
        name="cli",
        pool_size=1,
    )
    try:
        city = runtime.registry.by_slug(slug)
        if city is None:
            fail(f"There is no city {slug} in the database; add --from-folder to ask its folder.")
        with runtime.databases.session(
            city.role, database=city.database, shard=city.shard
        ) as session:
            return load_regulation(session, version=city.regulation_version)
    finally:
        runtime.close()
