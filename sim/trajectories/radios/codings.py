"""Modulations and codings: what each needs of Eb/N0, and how many bits it carries in a symbol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sim.core.text import nearest, shown


@dataclass(frozen=True)
class Coding:
    """A modulation with a code.

    required_eb_n0_db : for the error rate of its source, without losses of implementation
    bits_per_symbol   : information bits
    """

    required_eb_n0_db: float
    bits_per_symbol: float
    source: str


_BPSK = "BER 1e-5, CCSDS 130.1-G-3"
_RS = 223.0 / 255.0
_LDPC = "codeword error rate 1e-4, codes of CCSDS 131.0-B-5 simulated by tools/data/make_ldpc_thresholds.py"
_AFF3CT = "codeword error rate 1e-4, AFF3CT's error rate references, LDPC_N8192_K4096_flooding_AMS_i100_AR4JA"
_DVB = "quasi error free, ETSI EN 302 307-1 V1.4.1, Table 13: Es/N0 with 64,800-bit frames, without pilots"

CODINGS: dict[str, Coding] = {
    "uncoded": Coding(9.59, 1.0, "BER 1e-5, BPSK or QPSK: 0.5 erfc(sqrt(Eb/N0))"),
    "ccsds-conv-rs-i1": Coding(2.81, _RS / 2, f"{_BPSK}, Figure 6-7"),
    "ccsds-conv-rs-i5": Coding(2.34, _RS / 2, f"{_BPSK}, Figure 6-7"),
    "ccsds-turbo-1/2": Coding(1.42, 1 / 2, f"{_BPSK}, Figure 7-6, 1784-bit blocks"),
    "ccsds-turbo-1/3": Coding(0.78, 1 / 3, f"{_BPSK}, Figure 7-6, 1784-bit blocks"),
    "ccsds-turbo-1/4": Coding(0.57, 1 / 4, f"{_BPSK}, Figure 7-6, 1784-bit blocks"),
    "ccsds-turbo-1/6": Coding(0.27, 1 / 6, f"{_BPSK}, Figure 7-6, 1784-bit blocks"),
    "ccsds-ldpc-1/2-1024": Coding(1.75, 1 / 2, _LDPC),
    "ccsds-ldpc-2/3-1024": Coding(2.58, 2 / 3, _LDPC),
    "ccsds-ldpc-4/5-1024": Coding(3.59, 4 / 5, _LDPC),
    "ccsds-ldpc-1/2-4096": Coding(1.27, 1 / 2, _AFF3CT),
    "ccsds-ldpc-2/3-4096": Coding(2.01, 2 / 3, _LDPC),
    "ccsds-ldpc-4/5-4096": Coding(2.98, 4 / 5, _LDPC),
    "ccsds-ldpc-7/8": Coding(3.80, 7136 / 8160, _LDPC),
}
"""Codings by name; the CCSDS ones on BPSK: on QPSK a symbol carries twice the bits at the same Eb/N0. The number at the
end of an LDPC code is that of information bits in a block; the code of rate 7/8 has 7136."""

_ES_N0_DB = {  # Es/N0, bits per symbol
    "qpsk-1/4": (-2.35, 0.490243), "qpsk-1/3": (-1.24, 0.656448), "qpsk-2/5": (-0.30, 0.789412),
    "qpsk-1/2": (1.00, 0.988858), "qpsk-3/5": (2.23, 1.188304), "qpsk-2/3": (3.10, 1.322253),
    "qpsk-3/4": (4.03, 1.487473), "qpsk-4/5": (4.68, 1.587196), "qpsk-5/6": (5.18, 1.654663),
    "qpsk-8/9": (6.20, 1.766451), "qpsk-9/10": (6.42, 1.788612), "8psk-3/5": (5.50, 1.779991),
    "8psk-2/3": (6.62, 1.980636), "8psk-3/4": (7.91, 2.228124), "8psk-5/6": (9.35, 2.478562),
    "8psk-8/9": (10.69, 2.646012), "8psk-9/10": (10.98, 2.679207), "16apsk-2/3": (8.97, 2.637201),
    "16apsk-3/4": (10.21, 2.966728), "16apsk-4/5": (11.03, 3.165623), "16apsk-5/6": (11.61, 3.300184),
    "16apsk-8/9": (12.89, 3.523143), "16apsk-9/10": (13.13, 3.567342), "32apsk-3/4": (12.73, 3.703295),
    "32apsk-4/5": (13.64, 3.951571), "32apsk-5/6": (14.28, 4.119540), "32apsk-8/9": (15.69, 4.397854),
    "32apsk-9/10": (16.05, 4.453027),
}  # fmt: skip


def _dvb_s2() -> dict[str, Coding]:
    from math import log10

    return {
        f"dvb-s2-{name}": Coding(round(level - 10.0 * log10(bits), 3), bits, _DVB)
        for name, (level, bits) in _ES_N0_DB.items()
    }


CODINGS |= _dvb_s2()

CodingName = Annotated[str, Field(max_length=32)]


def coding(name: str) -> Coding:
    """Return a coding by its name. Raises `ValueError` for an unknown one.

    Examples
    --------
    >>> coding("dvb-s2-qpsk-1/2").required_eb_n0_db
    1.049
    """
    if name not in CODINGS:
        raise ValueError(f"no coding is called {shown(name)}.{nearest(name, CODINGS)}")
    return CODINGS[name]
