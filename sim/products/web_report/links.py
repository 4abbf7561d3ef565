"""The section of the web report about links with signals: what is sent, its margins and its data volume."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from sim.products.of_link import Sent, sent_signals
from sim.trajectories.radios.signal import rate_text
from sim.visibility.link_budget import margin_scalar
from sim.visibility.link_volume import UNITS, PassVolume, pass_volumes
from sim.visibility.result import Result

HEAD = ("Link", "From", "To", "MHz", "Modes", "Windows", "Margin (dB)", "Closes", "Data volume", "Within 1σ")


def links_section(result: Result) -> str:
    """A table with a row for each channel of the links with signals; empty if there are none."""
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _row(each, result))}</tr>"
                   for each in sent_signals(result))  # fmt: skip
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(word)}</th>' for word in HEAD)
    return (
        '<section aria-labelledby="links-head"><h2 id="links-head">Links</h2>'
        '<p class="soft">Link budgets with the scenario’s own settings; changes above do not affect them. The margin '
        "is that of the mode that needs least, over all windows. A link closes while a mode has the margin required, "
        "and carries the fastest that does. 1σ: weather and antennas worse or better by one standard deviation; empty "
        "where neither is known.</p>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>'
    )


def _row(sent: Sent, result: Result) -> Iterator[str]:
    channel, signal = sent.channel, sent.channel.signal
    volumes = pass_volumes(sent.link, channel, sent.ends, result.light, sent.passes)
    yield from (sent.link, *sent.pair, f"{channel.frequency_mhz:,.6g}")
    rates = [mode.rate_bps for mode in signal.modes]
    yield rate_text(rates[0]) if len(rates) == 1 else f"{len(rates)}, {rate_text(rates[0])} to {rate_text(rates[-1])}"
    yield str(len(sent.passes))
    yield _margins(sent, result)
    closes = sum(each.adaptive_bit > 0.0 for each in volumes)
    yield f"in {closes} of {len(volumes)} windows"
    yield bits_text(sum(each.adaptive_bit for each in volumes))
    yield _spread(volumes)


def _margins(sent: Sent, result: Result) -> str:
    if not len(sent.passes):
        return "–"
    inside = [np.linspace(start + 1e-3, end - 1e-3, 9) for start, end in sent.passes.bounds[:200]]
    found = margin_scalar(sent.channel, *sent.ends, result.light)(np.concatenate(inside))
    return f"{np.nanmin(found):.1f} to {np.nanmax(found):.1f}".replace("-", "−")


def _spread(volumes: list[PassVolume]) -> str:
    if not volumes or any(each.low_bit is None for each in volumes):
        return ""
    low, high = (sum(getattr(each, name) or 0.0 for each in volumes) for name in ("low_bit", "high_bit"))
    return f"{bits_text(low)} to {bits_text(high)}"


def bits_text(bits: float) -> str:
    """Format a data volume, as in `1.25 Gbit`.

    Examples
    --------
    >>> bits_text(1.25e9)
    '1.25 Gbit'
    """
    size, unit = next((pair for pair in UNITS if bits >= pair[0]), UNITS[-1])
    return f"{bits / size:.4g} {unit}"
