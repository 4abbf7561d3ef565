"""Writes verdicts as one self-contained web page, for readers who have never seen a scenario file."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path
from string import Template

from sim.core.files import whole_file
from sim.simulation.claims.judge import Finding, Judged, JudgedFile

MARKS = {"consistent": "✓", "inconsistent": "✗", "undecidable": "?", "untested": "–"}
"""A sign for each verdict, so that color is not the only distinction."""

_MEANS = {
    "consistent": "agrees with the geometry",
    "inconsistent": "contradicts the geometry",
    "undecidable": "cannot be decided from what is known, or the sentence is too vague",
    "untested": "there is no scenario for it, or the scenario does not cover its time",
}

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<style>
:root { --ink: #1c2330; --soft: #5a6475; --line: #dde2ea; --back: #fff; --panel: #f6f8fb;
  --consistent: #1a6e43; --inconsistent: #b3261e; --undecidable: #8a5a00; --untested: #5a6475; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf2; --soft: #a3adbd; --line: #323b4a; --back: #12161d;
  --panel: #1a202a; --consistent: #63cc94; --inconsistent: #ff8a80; --undecidable: #e6b455; --untested: #a3adbd; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; color: var(--ink); background: var(--back);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 0; padding-top: 1.2rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.05rem; font-weight: 600; line-height: 1.45; margin: 0; }
p { margin: .3rem 0; }
.soft, dt, caption { color: var(--soft); }
.small, table, details { font-size: .875rem; }
.claim { border: 1px solid var(--line); border-left: 5px solid var(--tone); border-radius: 6px; padding: 1rem 1.15rem;
  margin: 1rem 0; break-inside: avoid; }
.tag { display: inline-block; color: var(--tone); font-weight: 600; white-space: nowrap; }
.consistent { --tone: var(--consistent); } .inconsistent { --tone: var(--inconsistent); }
.undecidable { --tone: var(--undecidable); } .untested { --tone: var(--untested); }
.head { display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap; margin-bottom: .35rem; }
.scroll { overflow-x: auto; margin-top: .7rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-top: 1px solid var(--line); }
th { font-weight: 600; border-top: 0; color: var(--soft); }
td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
td ul { margin: 0; padding-left: 1.1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: .4rem 0; }
dd { margin: 0; }
details { margin-top: .7rem; } summary { cursor: pointer; color: var(--soft); }
code { font-size: .85em; overflow-wrap: anywhere; }
nav ul { list-style: none; padding: 0; margin: 1rem 0; } nav li { margin: .25rem 0; }
a { color: inherit; }
.key { background: var(--panel); border-radius: 6px; padding: .8rem 1.1rem; margin-top: 1.2rem; }
td:nth-child(2) { width: 25%; } td:nth-child(5) { width: 38%; }
@media (max-width: 40rem) { tr { display: block; border-top: 1px solid var(--line); padding: .5rem 0; } tr:first-child,
  th { display: none; } td { display: block; width: auto !important; border: 0; padding: .1rem 0; }
  td:nth-child(2) { font-weight: 600; } td:nth-child(3)::before { content: "result: "; }
  td:nth-child(4)::before { content: "margin: "; } td:first-child { float: left; margin-right: .5rem; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .3rem; } }
</style>
</head>
<body>
<header>
<h1>$title</h1>
<p class="soft">Sentences of articles, in our own words, tested against the geometry of orbits, stations and landing
sites. Geometry can refute a sentence. It cannot prove that something happened, only that it was possible.</p>
</header>
<main>
$body
</main>
</body>
</html>
""")


def text(judged_files: Sequence[JudgedFile]) -> str:
    """The page of some judged_files, as HTML. Text from files is escaped; nothing is loaded from elsewhere."""
    parts = [_contents(judged_files), _key()]
    parts += [_article(index, judged_file) for index, judged_file in enumerate(judged_files)]
    return _PAGE.substitute(title="Can these sentences be true?", body="\n".join(parts))


def write(judged_files: Sequence[JudgedFile], path: Path, inputs: Sequence[Path] = ()) -> None:
    """Write the page into a file, completely or not at all, and never over one of the inputs. Raises `DataError`."""
    whole_file(path, text(judged_files), inputs=inputs)


def section(judged_files: Sequence[JudgedFile]) -> str:
    """The verdicts as a section of another page, which has styles for them; empty without judged_files."""
    if not judged_files:
        return ""
    parts = [_key()]
    for judged_file in judged_files:
        file = judged_file.file
        hashes = "; ".join(f"{name} SHA-256 {sha256}" for name, sha256 in file.files.items())
        parts.append(f"<h3>{_e(file.title)}</h3>")
        by = ", ".join(filter(None, (file.publisher, file.date)))
        parts += [f'<p class="soft">{_e(text)}</p>' for text in (by, file.about) if text]
        parts += [_claim(each, "claim-", 4) for each in judged_file.judged]
        parts += [] if judged_file.judged else ["<p>No claim in this file names this scenario.</p>"]
        parts.append(f'<p class="soft">From {_e(hashes)}</p>' if hashes else "")
    return (
        '<section aria-labelledby="claims-head"><h2 id="claims-head">Claims</h2>'
        '<p class="soft">Sentences about this scenario, in our own words, tested against the geometry. The verdicts '
        "use the scenario file and do not change with the settings above.</p>"
        f"{''.join(parts)}</section>"
    )


def _contents(judged_files: Sequence[JudgedFile]) -> str:
    rows = []
    for index, judged_file in enumerate(judged_files):
        counts = ", ".join(
            f'<span class="tag {verdict}">{MARKS[verdict]} {count} {verdict}</span>'
            for verdict in MARKS
            if (count := judged_file.count(verdict))  # type: ignore[arg-type]
        )
        rows.append(f'<li><a href="#f{index}">{_e(judged_file.file.title)}</a>: {counts or "no claims"}</li>')
    return f'<nav aria-label="Articles"><ul>{"".join(rows)}</ul></nav>'


def _key() -> str:
    rows = "".join(
        f'<dt class="tag {verdict}">{MARKS[verdict]} {verdict}</dt><dd>{_e(means)}</dd>'
        for verdict, means in _MEANS.items()
    )
    return f"""<div class="key keys small"><dl>{rows}</dl>
<p><b>Margin</b>: distance of the computed value from the limit of the claim; negative if the claim fails.
<b>±</b>: its uncertainty. Orbits are <i>definitive</i> (measured), <i>reconstructed</i> (from published facts),
<i>predicted</i>, <i>unsourced</i> (without a source), or <i>designed</i> (one of many possible).</p></div>"""


def _article(index: int, judged_file: JudgedFile) -> str:
    file = judged_file.file
    by = ", ".join(filter(None, (file.publisher, file.date)))
    parts = [f'<section id="f{index}"><h2>{_e(file.title)}</h2><p class="soft">{_e(by)}</p>']
    if file.about:
        parts.append(f"<p>{_e(file.about)}</p>")
    parts += [_claim(each) for each in judged_file.judged]
    if file.systems:
        rows = "".join(
            f"<dt>{_e(name)}</dt><dd>{_e(system.what)}{_scenario(system.scenario)}</dd>"
            for name, system in file.systems.items()
        )
        head = f"<summary>Spacecraft and missions ({len(file.systems)})</summary>"
        parts.append(f"<details>{head}<dl>{rows}</dl></details>")
    if judged_file.scenarios:
        parts.append(_provenance(judged_file))
    return "\n".join([*parts, "</section>"])


def _claim(judged: Judged, before: str = "", level: int = 3) -> str:
    claim, verdict = judged.claim, judged.verdict
    basis = f" · weakest basis of an orbit or site: {_e(judged.basis)}" if judged.basis else ""
    parts = [
        f'<article class="claim {verdict}" id="{before}{_e(claim.id)}"><div class="head">'
        f'<span class="soft small">{_e(claim.id)}{basis}</span>'
        f'<span class="tag">{MARKS[verdict]} {verdict}</span></div><h{level}>{_e(claim.says)}</h{level}>'
    ]
    if claim.source:
        parts.append(f'<p class="soft small">{_e(claim.source)}</p>')
    parts += [f'<p class="small">{_e(_sentence(reason))}</p>' for reason in judged.reasons]
    if judged.findings:
        heads = ("verdict", "test", "result", "margin", "reasons")
        head = "".join(f'<th scope="col">{name}</th>' for name in heads)
        rows = "".join(_row(finding) for finding in judged.findings)
        parts.append(f'<div class="scroll"><table><tr>{head}</tr>{rows}</table></div>')
    ends = dict.fromkeys(end for finding in judged.findings for end in finding.ends)
    numbers = dict.fromkeys(source for f in judged.findings if (source := f.test.source))
    if ends or numbers:
        rows = "".join(f"<dt>{_e(name)}</dt><dd>{_e(basis)}{_from(source)}</dd>" for name, basis, source in ends)
        rows += "".join(f"<dt>numbers of the claim</dt><dd>{_e(source)}</dd>" for source in numbers)
        line = f"<p>scenario: {_e(claim.scenario)}</p>" if claim.scenario else ""
        parts.append(f"<details><summary>Sources of the numbers</summary><dl>{rows}</dl>{line}</details>")
    return "\n".join([*parts, "</article>"])


def _row(finding: Finding) -> str:
    mark = f'<span class="tag {finding.verdict}" title="{finding.verdict}">{MARKS[finding.verdict]}</span>'
    value = finding.outcome.value if finding.outcome is not None else ""
    reasons = "".join(f"<li>{_e(reason)}</li>" for reason in finding.reasons)
    return (
        f"<tr><td>{mark}</td><td>{_e(finding.test.question())}</td><td>{_e(value)}</td>"
        f'<td class="number">{_e(finding.margin_text)}</td><td><ul>{reasons}</ul></td></tr>'
    )


def _provenance(judged_file: JudgedFile) -> str:
    parts = []
    for name, told in judged_file.scenarios.items():
        kernels = ", ".join(f"{kernel['name']} ({kernel['file']})" for kernel in told["kernels"])
        versions = ", ".join(f"{package} {version}" for package, version in told["versions"].items())
        parts.append(
            f"<dl><dt>scenario</dt><dd>{_e(name)}: {_e(told['scenario']['title'])}</dd>"
            f"<dt>its SHA-256</dt><dd><code>{_e(told['scenario']['sha256'])}</code></dd>"
            f"<dt>kernels</dt><dd>{_e(kernels)}</dd>"
            f"<dt>Earth orientation</dt><dd>measured until {_e(told['earth_orientation']['measured_until'])}</dd>"
            f"<dt>software</dt><dd>{_e(versions)}</dd></dl>"
        )
    return f"<details><summary>Scenarios, kernels and versions</summary>{''.join(parts)}</details>"


def _scenario(name: str | None) -> str:
    return f' <span class="soft">(scenario {_e(name)})</span>' if name else ""


def _from(source: str) -> str:
    return f" — {_e(source)}" if source else ""


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]


def _e(value: object) -> str:
    """Text of a file for a page: escaped, without control characters and marks that reverse the reading direction."""
    return html.escape(re.sub(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f]", "", str(value)))
