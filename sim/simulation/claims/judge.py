"""From a file of claims to their verdicts, with what each depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from sim.core.errors import CoverageError, SimError
from sim.core.files import inside, resolved
from sim.core.text import nearest
from sim.core.toml_file import is_file
from sim.data.resources import scenarios_folder
from sim.scenario import scenario as scenarios
from sim.scenario.provenance import provenance
from sim.scenario.scenario import Scenario
from sim.simulation.claims.affordable import must_be_affordable
from sim.simulation.claims.claim_file import AnyTest, Claim, ClaimFile
from sim.simulation.claims.names import must_name
from sim.simulation.claims.setting import Setting, Unsure, variations
from sim.simulation.claims.verdicts import Outcome, Verdict, amount, decide, together
from sim.trajectories.trajectory import worst_basis


@dataclass(frozen=True)
class Finding:
    """What one test found: the outcome, those with an end moved, and the ends it used.

    outcome : None where the test could not be made; `reasons` then says why
    tried   : (what was moved, the outcome then)
    ends    : (name, basis, source), and who says what is not known of them
    """

    test: AnyTest
    verdict: Verdict
    outcome: Outcome | None
    tried: tuple[tuple[str, Outcome], ...] = ()
    ends: tuple[tuple[str, str, str], ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def uncertainty(self) -> float:
        """How far the margin may be off: by the method, or by what is not known of an end; in its own unit."""
        if self.outcome is None:
            return 0.0
        moved = [abs(other.margin - self.outcome.margin) for _, other in self.tried]
        return float(max([self.outcome.uncertainty, *moved]))

    @property
    def margin_text(self) -> str:
        """The margin and its uncertainty as they read."""
        if self.outcome is None or self.outcome.unknown:
            return ""
        off = f" ± {amount(self.uncertainty, self.outcome.unit)}" if self.uncertainty else ""
        more = "≥ " if self.outcome.or_more and self.outcome.margin > 0 else ""
        return more + amount(self.outcome.margin, self.outcome.unit) + off


@dataclass(frozen=True)
class Judged:
    """One claim and its verdict. `basis`: the weakest among the ends that its tests used; empty where none did."""

    claim: Claim
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
    basis: str = ""


@dataclass(frozen=True)
class JudgedFile:
    """One file of claims, judged. `scenarios`: provenance by the name that the file uses."""

    file: ClaimFile
    judged: tuple[Judged, ...]
    scenarios: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def count(self, verdict: Verdict) -> int:
        """How many claims have a verdict."""
        return sum(each.verdict == verdict for each in self.judged)

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Every claim and every test of it as a row: claim, verdict, value, margin, why."""
        rows: list[tuple[str, str, str, str, str]] = []
        for each in self.judged:
            rows.append((each.claim.id, each.verdict, "", "", "; ".join((each.claim.says, *each.reasons))))
            for finding in each.findings:
                value = finding.outcome.value if finding.outcome is not None else ""
                why = "; ".join((finding.test.question(), *finding.reasons))
                rows.append((f"  {finding.test.kind}", finding.verdict, value, finding.margin_text, why))
        return rows

    def __str__(self) -> str:
        counts = [f"{count} {verdict}" for verdict in get_args(Verdict) if (count := self.count(verdict))]
        return f"{self.file.title}: {', '.join(counts) or 'no claims'}"


class Library:
    """Scenarios by the names that claim files give them, each read and moved once.

    A name means the file beside the claims, else the scenario that ships.
    """

    def __init__(self, ready: Mapping[str, Scenario] | None = None, *, allow_paths: bool = False) -> None:
        """ready : scenarios already at hand, by name; allow_paths : whether files may lie anywhere."""
        self._ready = dict(ready or {})
        self._known: dict[Path, Scenario | SimError] = {}
        self._allow_paths = allow_paths

    def find(self, name: str, folder: Path) -> Scenario:
        """The scenario that a claim file in a folder means. Raises `SimError`."""
        if name in self._ready:
            return self._ready[name]
        path = self.path(name, folder)
        if path not in self._known:
            try:
                self._known[path] = scenarios.load(path, allow_paths=self._allow_paths)
            except SimError as error:
                self._known[path] = error
        found = self._known[path]
        if isinstance(found, SimError):
            raise found
        return found

    def path(self, name: str, folder: Path) -> Path:
        """The file that a name means. Raises `SimError` where there is none."""
        file = name if name.endswith(".toml") else f"{name}.toml"
        try:
            if self._allow_paths and "://" not in name:
                beside = resolved(folder / Path(file).expanduser())
            else:
                beside = inside(folder, file, folder)
        except ValueError as error:
            raise SimError(str(error)) from error
        places = [beside, scenarios_folder() / file] if "/" not in file and "\\" not in file else [beside]
        for path in places:
            if is_file(path):
                return path
        known = [path.stem for place in (folder, scenarios_folder()) for path in sorted(place.glob("*.toml"))]
        close = nearest(name, known)
        raise SimError(
            f"there is no scenario {name!r} yet, neither beside the claims nor among those that ship."
            f"{close if 'mean' in close else ''}"
        )


def judge(
    file: ClaimFile, library: Library | None = None, progress: Callable[[str], None] = lambda text: None
) -> JudgedFile:
    """Every claim of a file with its verdict.

    library  : scenarios already read
    progress : told in a few words what is being done, before it is

    A claim that cannot be tested, for there is no such scenario or it does not cover the time, says why and does not
    stop the others. Raises `ScenarioError` for names that nothing in their scenarios is called, `SimError` where all
    together would take more than a day.
    """
    library = library or Library()
    judged, used = [], dict[str, Mapping[str, Any]]()
    there, absent = _scenarios(file, library)
    must_name(file, there)
    must_be_affordable(file, there)
    for index, claim in enumerate(file.claims):
        progress(f"testing {claim.id}")
        if index in absent:
            judged.append(Judged(claim, "untested", reasons=(absent[index],)))
            continue
        scenario = there[index]
        if scenario is not None and claim.scenario is not None and claim.scenario not in used:
            used[claim.scenario] = provenance(scenario, {}, {})
        judged.append(_judged(file, claim, scenario))
    return JudgedFile(file, tuple(judged), used)


def _scenarios(file: ClaimFile, library: Library) -> tuple[dict[int, Scenario | None], dict[int, str]]:
    """The scenario of each claim by its place, None for those that need none; and why others cannot be read."""
    there, absent = dict[int, Scenario | None](), dict[int, str]()
    for index, claim in enumerate(file.claims):
        try:
            there[index] = library.find(claim.scenario, file.folder) if claim.scenario else None
        except SimError as error:
            absent[index] = str(error)
    return there, absent


def _unsure(file: ClaimFile, claim: Claim) -> dict[str, Unsure]:
    """What is not known of the ends of a claim's scenario."""
    return {**file.unsure.get(claim.scenario or "", {}), **claim.unsure}


def _judged(file: ClaimFile, claim: Claim, scenario: Scenario | None) -> Judged:
    findings, used = [], dict[str, Any]()
    for test in claim.tests:
        setting = Setting(scenario)
        try:
            findings.append(_found(file, claim, test, setting))
        except SimError as error:
            findings.append(Finding(test, "untested", None, reasons=(str(error),)))
        used.update(setting.used)
    verdict = together((finding.verdict for finding in findings), bool(claim.would_decide))
    reasons = tuple(_open(findings))
    if not claim.tests or claim.would_decide:
        reasons += (claim.would_decide or "the sentence has no tests: it says nothing that geometry could decide",)
    return Judged(claim, verdict, tuple(findings), reasons, worst_basis(used.values()) if used else "")


def _found(file: ClaimFile, claim: Claim, test: AnyTest, setting: Setting) -> Finding:
    unsure = _unsure(file, claim)
    outcome = test.ask(setting)
    tried, left_out = [], 0
    for what, other in variations(setting, unsure):
        try:
            tried.append((what, test.ask(other)))
        except CoverageError:  # a member of a family that begins later or ends earlier
            if other.known is None:
                raise
            left_out += 1
    ends: tuple[tuple[str, str, str], ...]
    ends = tuple((name, end.basis, getattr(end, "source", "")) for name, end in setting.used.items())
    ends += tuple(
        (f"what is not known of {name}", "tried", unsure[name].source) for name in setting.used if name in unsure
    )
    verdict = decide([outcome, *(asked for _, asked in tried)])
    reasons = [*outcome.reasons, *_spread(tried)]
    if left_out:
        reasons.append(f"{left_out} flights of the family do not cover the time: they are left out")
    return Finding(test, verdict, outcome, tuple(tried), ends, tuple(reasons))


def _spread(tried: Sequence[tuple[str, Outcome]]) -> list[str]:
    """The least and the greatest margin among the moved ends, in words."""
    if not tried:
        return []
    low, high = (pick(tried, key=lambda each: each[1].margin) for pick in (min, max))
    told = [f"{what}: {outcome.value}" for what, outcome in dict.fromkeys((low, high))]
    return [f"tried with what is not known: {'; '.join(told)}"]


def _open(findings: Sequence[Finding]) -> list[str]:
    """What would decide the tests that came out undecidable."""
    told = []
    for finding in findings:
        if finding.verdict != "undecidable" or finding.outcome is None:
            continue
        if finding.outcome.unknown:
            told.append(f"would be decided by what is missing: {finding.outcome.unknown}")
            continue
        at_odds = [what.split(" ")[0] for what, other in finding.tried if other.holds != finding.outcome.holds]
        who = " and ".join(dict.fromkeys(at_odds))
        if who:
            told.append(f"would be decided by better knowledge of {who}: now it is good to {finding.margin_text}")
        else:
            told.append(f"too near the edge for the method: {finding.margin_text}")
    return told
