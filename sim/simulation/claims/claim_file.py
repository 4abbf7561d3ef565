"""Claim files: the sentences of an article in our own words, and the geometric tests of each."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, PrivateAttr, ValidationError

from sim.core.model import FROM_FILE, Listed, Model, Name, Readable, Text
from sim.core.values import TomlTable
from sim.data.resources import seeds_folder
from sim.scenario.includes import SEEDS, Fragments, gather, seed
from sim.scenario.messages import Complaint, Schema, complaints
from sim.scenario.scenario import refused
from sim.scenario.schema import listed, schema_of
from sim.simulation.claims.contact_tests import NeverVisible, Visible, VisibleFor, VisibleWithin
from sim.simulation.claims.number_tests import Bounds, LocalDate
from sim.simulation.claims.setting import Unsure
from sim.simulation.claims.share_tests import InsideCrater, SurfaceFraction, TimeFraction

AnyTest = Annotated[
    Visible | NeverVisible | VisibleFor | VisibleWithin | Bounds
    | TimeFraction | SurfaceFraction | InsideCrater | LocalDate,
    Field(discriminator="kind"),
]  # fmt: skip
"""A field for any kind of test; `kind` selects the class."""

TESTS: tuple[type[Model], ...] = (
    Visible, NeverVisible, VisibleFor, VisibleWithin, Bounds, TimeFraction, SurfaceFraction, InsideCrater, LocalDate,
)  # fmt: skip

Reference = Annotated[str, Field(min_length=1, max_length=200), Readable]


class System(Model):
    """A spacecraft or mission that an article describes, and the scenario that simulates it."""

    what: Text = ""
    """what it is, in a few words"""
    scenario: Reference | None = None
    """name of a scenario of the package, or the path of one"""


class Claim(Model):
    """One sentence, in our own words, and its tests: it is consistent if all of them hold."""

    id: Name
    says: Annotated[str, Field(min_length=1, max_length=1000), Readable]
    """the sentence, in your own words"""
    scenario: Reference | None = None
    """name of a scenario of the package, or the path of one; not needed for dates and surfaces"""
    tests: Annotated[tuple[AnyTest, ...], Listed] = ()
    """conditions that must hold if the sentence is true"""
    would_decide: Text = ""
    """what the tests cannot decide, and what could; with it, a sentence is never consistent"""
    unsure: dict[Name, Unsure] = {}
    """uncertainties of the scenario's ends for this sentence; they replace those of the file"""
    source: Text = ""
    """where the sentence is found, or who found it"""


class ClaimFile(Model):
    """An article, or a collection of recorded events, with its claims."""

    id: Text = ""
    """short name of the file"""
    title: Text
    publisher: Text = ""
    date: Text = ""
    """date of publication, as exactly as it is known"""
    about: Text = ""
    """introduction for readers"""
    systems: dict[Name, System] = {}
    """spacecraft and missions that it describes"""
    unsure: dict[Reference, dict[Name, Unsure]] = {}
    """uncertainties of ends, by scenario and name"""
    claims: Annotated[tuple[Claim, ...], Listed] = ()
    """sentences of the article"""

    _folder: Path = PrivateAttr(default_factory=Path)
    _files: dict[str, str] = PrivateAttr(default_factory=dict)
    _fragments: Fragments | None = PrivateAttr(default=None)

    @property
    def folder(self) -> Path:
        """The folder of the file. Scenarios that it names are looked for there first."""
        return self._folder

    @property
    def fragments(self) -> Fragments | None:
        """The files that it was read from; None if it was built in Python, or changed since."""
        return self._fragments

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of the file and of the files that it includes, by name."""
        return self._files


def load(path: str | Path) -> ClaimFile:
    """Read a claim file and the files that it includes.

    Parameters
    ----------
    path
        The claim file (TOML), or the name of one of the package, like `seeds:events`.

    Raises
    ------
    ScenarioError
        With every problem, its file, line and key.
    """
    fragments = seed(path) if isinstance(path, str) and path.startswith(SEEDS) else gather(Path(path))
    data = copy.deepcopy(fragments.data)
    found: list[Complaint] = []
    claims: ClaimFile | None = None
    try:
        claims = ClaimFile.model_validate(data, context={FROM_FILE: True})
    except ValidationError as error:
        found += complaints(error, data, schema())
    found += _duplicates(data)
    if found or claims is None:
        raise refused(path, fragments, found)
    claims._folder = fragments.documents[0].path.resolve().parent
    claims._fragments = fragments
    claims._files = {document.path.name: document.sha256 for document in fragments.documents}
    return claims


def shipped() -> list[Path]:
    """The claim files of the package: the articles."""
    return sorted((seeds_folder() / "articles").glob("*.toml"))


@lru_cache(maxsize=1)
def schema() -> Schema:
    """The JSON Schema of claim files, for editors."""
    result = schema_of(ClaimFile)
    include: Schema = {"type": "array", "items": {"type": "string"}, "description": "files to merge"}
    result["properties"] = {"include": include, **result["properties"]}
    head: Schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "sim claims"}
    return {**head, **result}


def kinds_text() -> str:
    """Every kind of test with its fields, as `sim kinds` prints them."""
    return listed({"test": TESTS})


def _duplicates(data: TomlTable) -> Iterator[Complaint]:
    """Report claims that have the id of an earlier one."""
    known: set[str] = set()
    claims = data.get("claims")
    for index, claim in enumerate(claims if isinstance(claims, list) else ()):
        name = claim.get("id") if isinstance(claim, dict) else None
        if isinstance(name, str):
            if name in known:
                yield ("claims", index, "id"), f"another claim is also called {name!r}. Choose another id"
            known.add(name)
