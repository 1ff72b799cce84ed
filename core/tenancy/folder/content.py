"""A municipality's folder once read, and the error that says why one could not be read."""

from pathlib import PurePath

import msgspec

from core.kit.text import Locale, Text
from core.rules import Act, Entry, Procedure, Regulation
from core.rules.scenarios import Scenario
from core.tenancy.tenant import CityProfile


class TenantFolder(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a folder says, as values; `slug` is the folder's own name.

    Comments and the texts under `demo/` are not part of it.
    """

    slug: str
    profile: CityProfile
    acts: tuple[Act, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    entries: tuple[Entry, ...] = ()
    scenarios: tuple[Scenario, ...] = ()

    def regulation(self, version: int = 0) -> Regulation:
        return Regulation(version, self.acts, self.procedures, self.entries)


class FolderError(Exception):
    """A folder cannot be read; the message names the file, the line where known, and the mend."""

    def __init__(self, file: PurePath | str, problem: Text, line: int | None = None) -> None:
        self.file = str(file)
        self.line = line
        self.problem = problem
        super().__init__(self.message("en"))

    def message(self, locale: Locale) -> str:
        """«tenant.toml, строка 12: не хватает ключа names.place»."""
        if self.line is None:
            return f"{self.file}: {self.problem.in_(locale)}"
        word = "строка" if locale == "ru" else "line"
        return f"{self.file}, {word} {self.line}: {self.problem.in_(locale)}"
