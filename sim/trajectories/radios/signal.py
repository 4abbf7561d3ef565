"""A signal between two radios: data rates, what they need of Eb/N0, and what is asked of the margin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sim.core.model import Listed, Model, Name, Text
from sim.trajectories.radios.codings import CodingName, coding
from sim.trajectories.radios.decibels import NO_MINUS, Loss, db


def _eb_n0(value: float) -> float:
    if not -1.59 <= value <= 40.0:
        raise ValueError(f"expected an Eb/N0 from -1.59 dB (Shannon's limit) to 40 dB, got {value:g}")
    return value


def _known(name: str) -> str:
    coding(name)
    return name


def _float(value: object) -> object:
    """Whole numbers are numbers, also of fields that may be lists."""
    return float(value) if type(value) is int else value


def _no_percentage(value: object) -> object:
    """Refuse a share that can only be a percentage."""
    if isinstance(value, (int, float)) and 1.0 < value < 100.0:
        cure = f"If it is a percentage, write {value / 100:g}"
        raise ValueError(f"expected a share of the time below 1, got {value:g}. {cure}")
    return value


Rate = Annotated[float, Field(ge=0.1, le=1e12), BeforeValidator(_float)]
OneCoding = Annotated[CodingName, AfterValidator(_known)]


@dataclass(frozen=True)
class Mode:
    """One way to send data: a rate and what it needs.

    rate_bps          : bits of information a second
    required_eb_n0_db : Eb/N0 without losses of implementation
    source            : of that number
    """

    name: str
    rate_bps: float
    required_eb_n0_db: float
    source: str

    def required_db_hz(self, implementation_loss_db: float) -> float:
        """Return the C/N0 at which its margin is zero."""
        return self.required_eb_n0_db + implementation_loss_db + float(db(self.rate_bps))


class Signal(Model):
    """What one end of a link sends to the other.

    Either `data_rate_bps` with one coding, or `symbol_rate_sps` with one coding or several. Several rates or codings
    are modes, of which the fastest that closes is used.

    Examples
    --------
    >>> signal = Signal(data_rate_bps=100e6, required_eb_n0_db=2.5)
    >>> [mode.rate_bps for mode in signal.modes]
    [100000000.0]
    """

    frequency_mhz: Annotated[float, Field(ge=1, le=1e6)] | None = None
    """carrier frequency; by default that of the transmitter, if it has one and no band"""
    data_rate_bps: Rate | Annotated[tuple[Rate, ...], Listed, Field(min_length=1, max_length=100)] | None = None
    """bits of information a second: a rate, or a list of rates to choose from"""
    symbol_rate_sps: Rate | None = None
    """symbols a second, instead of data_rate_bps: the coding then says the data rate"""
    coding: OneCoding | Annotated[tuple[OneCoding, ...], Listed, Field(min_length=1, max_length=100)] | None = None
    """name of a modulation with coding, such as ccsds-turbo-1/2 or dvb-s2-qpsk-1/2, or a list to choose from"""
    required_eb_n0_db: Annotated[float, AfterValidator(_eb_n0)] | None = None
    """required Eb/N0, instead of a coding"""
    implementation_loss_db: Annotated[float, Field(ge=0, le=30), NO_MINUS] = 0.0
    """loss of modulator, demodulator and decoder"""
    other_loss_db: Loss = 0.0
    """all other losses"""
    margin_db: Annotated[float, Field(ge=0, le=60)] = 3.0
    """required margin"""
    weather: Annotated[float, Field(ge=0, lt=1), BeforeValidator(_no_percentage)] = 0.9
    """share of the time in which the weather is no worse than that of the budget: of the table of a radio, the rain at
    a site with a rain rate, and the solar corona"""
    atmosphere: Literal["mean", "itu-r"] = "mean"
    """atmosphere above sites whose radio has no zenith_attenuation_db: mean gases, with rain where a site has a rain
    rate; or gases, clouds, rain and scintillation of the ITU's recommendations, by the package itur"""
    source: Text = ""
    """source of the figures"""
    assumed: Annotated[tuple[Name, ...], Listed] = ()
    """names of the fields whose figures are assumed"""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.data_rate_bps is None) == (self.symbol_rate_sps is None):
            raise ValueError("give data_rate_bps, or symbol_rate_sps and coding")
        if (self.coding is None) == (self.required_eb_n0_db is None):
            raise ValueError("give either coding or required_eb_n0_db")
        if self.symbol_rate_sps is not None and self.coding is None:
            raise ValueError("symbol_rate_sps needs a coding, which says how many bits a symbol carries")
        if self.data_rate_bps is not None and isinstance(self.coding, tuple):
            raise ValueError("several codings need symbol_rate_sps: each has a data rate of its own")
        if unknown := [name for name in self.assumed if name not in type(self).model_fields]:
            raise ValueError(f"assumed: expected names of fields of the signal, got {unknown[0]!r}")
        return self

    @cached_property
    def modes(self) -> tuple[Mode, ...]:
        """Its modes, by rising data rate; of two with the same rate, the one that needs less."""
        found = sorted(self._all(), key=lambda mode: (mode.rate_bps, mode.required_eb_n0_db))
        return tuple(mode for i, mode in enumerate(found) if i == 0 or mode.rate_bps > found[i - 1].rate_bps)

    def _all(self) -> list[Mode]:
        names = self.coding if isinstance(self.coding, tuple) else (self.coding,)
        if self.symbol_rate_sps is not None:
            codes = [(name, coding(name)) for name in names if name is not None]
            return [
                Mode(name, self.symbol_rate_sps * code.bits_per_symbol, code.required_eb_n0_db, code.source)
                for name, code in codes
            ]
        rates = self.data_rate_bps if isinstance(self.data_rate_bps, tuple) else (self.data_rate_bps,)
        if self.required_eb_n0_db is not None:
            asked = self.required_eb_n0_db, "required_eb_n0_db"
        else:
            code = coding(str(self.coding))
            asked = code.required_eb_n0_db, code.source
        return [Mode(rate_text(rate), rate, *asked) for rate in rates if rate is not None]


def rate_text(rate_bps: float) -> str:
    """Format a data rate, as in `100 Mbit/s`.

    Examples
    --------
    >>> rate_text(100e6)
    '100 Mbit/s'
    """
    for size, unit in ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s")):
        if rate_bps >= size:
            return f"{rate_bps / size:.6g} {unit}"
    return f"{rate_bps:.6g} bit/s"
