"""A file of claims: an article's sentences in our own words, and the tests that geometry can make of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, ValidationError

from sim.core.model import FROM_FILE, Listed, Model, Name, Readable, Text
from sim.data.resources import seeds_folder
from sim.scenario.includes import SEEDS, Fragments, gather, seed
from sim.scenario.messages import Complaint, complaints
from sim.scenario.scenario import refused
from sim.scenario.schema import listed, tidy
from sim.simulation.claims.contact_tests import NeverVisible, Visible, VisibleFor, VisibleWithin
from sim.simulation.claims.number_tests import Bounds, LocalDate
from sim.simulation.claims.setting import Unsure
from sim.simulation.claims.share_tests import InsideCrater, SurfaceFraction, TimeFraction

AnyTest = Annotated[
    Visible | NeverVisible | VisibleFor | VisibleWithin | Bounds
    | TimeFraction | SurfaceFraction | InsideCrater | LocalDate,
    Field(discriminator="kind"),
]  # fmt: skip
"""Any kind of test; `kind` picks the class."""

TESTS: tuple[type[Model], ...] = (
    Visible, NeverVisible, VisibleFor, VisibleWithin, Bounds, TimeFraction, SurfaceFraction, InsideCrater, LocalDate,
)  # fmt: skip

Reference = Annotated[str, Field(min_length=1, max_length=200), Readable]


class System(Model):
    """Something that an article speaks of, and the scenario that simulates it."""

    what: Text = ""
    """what it is, in a few words"""
    scenario: Reference | None = None
    """name of a scenario that ships, or the path of one"""


class Claim(Model):
    """One sentence, in our words, and its tests: it is consistent where all of them hold."""

    id: Name
    says: Annotated[str, Field(min_length=1, max_length=1000), Readable]
    """the sentence, in your own words"""
    scenario: Reference | None = None
    """name of a scenario that ships, or the path of one; none for dates and surfaces"""
    tests: Annotated[tuple[AnyTest, ...], Listed] = ()
    """what must hold if the sentence is true"""
    would_decide: Text = ""
    """what the tests leave open, and what would decide it: such a sentence is never found consistent"""
    unsure: dict[Name, Unsure] = {}
    """what is not known of the scenario's ends for this sentence; goes before the file's"""
    source: Text = ""
    """where the sentence stands, or who found it"""


class ClaimFile(Model):
    """An article, or a collection of recorded events: what it speaks of and what it says."""

    id: Text = ""
    """how the file's readers name it"""
    title: Text
    publisher: Text = ""
    date: Text = ""
    """when it appeared, as exactly as is known"""
    about: Text = ""
    """anything that readers should know first"""
    systems: dict[Name, System] = {}
    """what it speaks of"""
    unsure: dict[Reference, dict[Name, Unsure]] = {}
    """what is not known of the ends, by scenario and name"""
    claims: Annotated[tuple[Claim, ...], Listed] = ()
    """its sentences"""

    _folder: Path = PrivateAttr(default_factory=Path)
    _files: dict[str, str] = PrivateAttr(default_factory=dict)
    _fragments: Fragments | None = PrivateAttr(default=None)

    @property
    def folder(self) -> Path:
        """Where the file lies: the scenarios that it names are looked for there first."""
        return self._folder

    @property
    def fragments(self) -> Fragments | None:
        """The texts that it was read from; None where it was built in Python, or altered since."""
        return self._fragments

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of the file and of those that it includes, by their names."""
        return self._files


def load(path: str | Path) -> ClaimFile:
    """The claims of a file, with all that it includes; `seeds:events` and the like are files that ship.

    Raises `ScenarioError` with every mistake, each with its place.
    """
    fragments = seed(path) if isinstance(path, str) and path.startswith(SEEDS) else gather(Path(path))
    data = copy.deepcopy(fragments.data)
    found: list[Complaint] = []
    claims: Any = data
    try:
        claims = ClaimFile.model_validate(data, context={FROM_FILE: True})
    except ValidationError as error:
        found += complaints(error, data, schema())
    found += _twice(claims)
    if found or not isinstance(claims, ClaimFile):
        raise refused(path, fragments, found)
    claims._folder = fragments.documents[0].path.resolve().parent
    claims._fragments = fragments
    claims._files = {document.path.name: document.sha256 for document in fragments.documents}
    return claims


def shipped() -> list[Path]:
    """The claim files that ship with the package: the articles."""
    return sorted((seeds_folder() / "articles").glob("*.toml"))


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The JSON Schema of claim files, for editors."""
    result: dict[str, Any] = tidy(ClaimFile.model_json_schema())
    include = {"type": "array", "items": {"type": "string"}, "description": "files to merge"}
    result["properties"] = {"include": include, **result["properties"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "sim claims", **result}


def kinds_text() -> str:
    """Every kind of test with its fields, as `sim kinds` prints them."""
    return listed({"test": TESTS})


def _twice(file: Any) -> Iterator[Complaint]:
    """Claims that share a name."""
    known: set[str] = set()
    listed = file.claims if isinstance(file, ClaimFile) else file.get("claims")
    for index, claim in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
        name = claim.id if isinstance(claim, Claim) else claim.get("id") if isinstance(claim, dict) else None
        if isinstance(name, str):
            if name in known:
                yield ("claims", index, "id"), f"another claim is called {name!r} too. Give this one another id"
            known.add(name)
