"""Judges the claims of a file: verdicts, margins, and what each depends on."""

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
from sim.scenario.scenario import Scenario
from sim.simulation.claims.affordable import must_be_affordable
from sim.simulation.claims.claim_file import AnyTest, Claim, ClaimFile
from sim.simulation.claims.names import must_name
from sim.simulation.claims.setting import Setting, Unsure, variations
from sim.simulation.claims.verdicts import Outcome, Verdict, amount, decide, together
from sim.trajectories.trajectory import worst_basis


@dataclass(frozen=True)
class Finding:
    """The findings of one test.

    Attributes
    ----------
    test
        The test.
    verdict
        Its verdict.
    outcome
        Its outcome with the scenario as it is; None if it could not be made, and `reasons` says why.
    tried
        Outcomes with an end varied within its uncertainty: what was varied, and the outcome.
    ends
        Name, basis and source of every end that was used, and sources of their uncertainties.
    reasons
        Explanations, one sentence each.
    """

    test: AnyTest
    verdict: Verdict
    outcome: Outcome | None
    tried: tuple[tuple[str, Outcome], ...] = ()
    ends: tuple[tuple[str, str, str], ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def uncertainty(self) -> float:
        """Uncertainty of the margin, from the method and from the ends, in the unit of the margin."""
        if self.outcome is None:
            return 0.0
        moved = [abs(other.margin - self.outcome.margin) for _, other in self.tried]
        return float(max([self.outcome.uncertainty, *moved]))

    @property
    def margin_text(self) -> str:
        """The margin and its uncertainty, as text."""
        if self.outcome is None or self.outcome.unknown:
            return ""
        off = f" ± {amount(self.uncertainty, self.outcome.unit)}" if self.uncertainty else ""
        more = "≥ " if self.outcome.or_more and self.outcome.margin > 0 else ""
        return more + amount(self.outcome.margin, self.outcome.unit) + off


@dataclass(frozen=True)
class Judged:
    """One claim with its verdict, and the weakest basis of the ends that its tests used."""

    claim: Claim
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
    basis: str = ""


@dataclass(frozen=True)
class JudgedFile:
    """The verdicts of a claim file, with the provenance of its scenarios by the names that the file uses."""

    file: ClaimFile
    judged: tuple[Judged, ...]
    scenarios: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def count(self, verdict: Verdict) -> int:
        """Number of claims with a verdict."""
        return sum(each.verdict == verdict for each in self.judged)

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Rows of a table, one per claim and per test: claim, verdict, value, margin, reason."""
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
    """The scenarios of claim files by name, each read once.

    A name means the file beside the claim file if there is one, otherwise a scenario of the package.
    """

    def __init__(self, ready: Mapping[str, Scenario] | None = None, *, allow_paths: bool = False) -> None:
        """ready : scenarios that are already loaded, by name; allow_paths : whether other folders are allowed."""
        self._ready = dict(ready or {})
        self._known: dict[Path, Scenario | SimError] = {}
        self._allow_paths = allow_paths

    def find(self, name: str, folder: Path) -> Scenario:
        """The scenario that a claim file in a folder names. Raises `SimError`."""
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
        """The file of a scenario's name. Raises `SimError` if there is none."""
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
            f"there is no scenario {name!r}, neither beside the claim file nor in the package."
            f"{close if 'mean' in close else ''}"
        )


def judge(
    file: ClaimFile, library: Library | None = None, progress: Callable[[str], None] = lambda text: None
) -> JudgedFile:
    """Judge every claim of a file.

    Parameters
    ----------
    file
        The claim file.
    library
        Scenarios that are already loaded.
    progress
        Called with a few words before each step.

    Returns
    -------
    JudgedFile
        Verdicts of all claims. A claim that cannot be tested, because its scenario is missing or does not cover the
        time, says why.

    Raises
    ------
    ScenarioError
        If a claim names an end or route that its scenario does not have.
    SimError
        If all tests together would take more than a day.
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
            from sim.scenario.provenance import provenance

            used[claim.scenario] = provenance(scenario, {}, {})
        judged.append(_judged(file, claim, scenario))
    return JudgedFile(file, tuple(judged), used)


def _scenarios(file: ClaimFile, library: Library) -> tuple[dict[int, Scenario | None], dict[int, str]]:
    """The scenario of each claim by its index, None if it needs none; and why scenarios of others cannot be read."""
    there, absent = dict[int, Scenario | None](), dict[int, str]()
    for index, claim in enumerate(file.claims):
        try:
            there[index] = library.find(claim.scenario, file.folder) if claim.scenario else None
        except SimError as error:
            absent[index] = str(error)
    return there, absent


def _unsure(file: ClaimFile, claim: Claim) -> dict[str, Unsure]:
    """The uncertainties of the ends of a claim's scenario."""
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
        reasons += (claim.would_decide or "the sentence has no tests: geometry cannot decide it",)
    return Judged(claim, verdict, tuple(findings), reasons, worst_basis(used.values()) if used else "")


def _found(file: ClaimFile, claim: Claim, test: AnyTest, setting: Setting) -> Finding:
    unsure = _unsure(file, claim)
    outcome = test.ask(setting)
    tried, left_out = [], 0
    for what, other in variations(setting, unsure):
        try:
            tried.append((what, test.ask(other)))
        except CoverageError:  # another flight that begins later or ends earlier
            if other.known is None:
                raise
            left_out += 1
    ends: tuple[tuple[str, str, str], ...]
    ends = tuple((name, end.basis, end.source) for name, end in setting.used.items())
    ends += tuple(
        (f"uncertainty of {name}", "assumed", unsure[name].source) for name in setting.used if name in unsure
    )
    verdict = decide([outcome, *(asked for _, asked in tried)])
    reasons = [*outcome.reasons, *_spread(tried)]
    if left_out:
        count = "1 flight does" if left_out == 1 else f"{left_out} flights do"
        reasons.append(f"{count} not cover the time and {'is' if left_out == 1 else 'are'} left out")
    return Finding(test, verdict, outcome, tuple(tried), ends, tuple(reasons))


def _spread(tried: Sequence[tuple[str, Outcome]]) -> list[str]:
    """The variations with the smallest and the largest margin, as text."""
    if not tried:
        return []
    low, high = (pick(tried, key=lambda each: each[1].margin) for pick in (min, max))
    texts = [f"with {what}: {outcome.value}" for what, outcome in dict.fromkeys((low, high))]
    return [f"within the uncertainties: {'; '.join(texts)}"]


def _open(findings: Sequence[Finding]) -> list[str]:
    """What would decide the undecidable tests."""
    reasons = []
    for finding in findings:
        if finding.verdict != "undecidable" or finding.outcome is None:
            continue
        if finding.outcome.unknown:
            reasons.append(f"missing data would decide it: {finding.outcome.unknown}")
            continue
        at_odds = [what.split(" ")[0] for what, other in finding.tried if other.holds != finding.outcome.holds]
        who = " and ".join(dict.fromkeys(at_odds))
        if who:
            reasons.append(f"a smaller uncertainty of {who} would decide it: margin {finding.margin_text}")
        else:
            reasons.append(f"cannot tell: margin {finding.margin_text}, which is within the uncertainty of the method")
    return reasons
