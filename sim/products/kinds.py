"""Every kind of product."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.core.model import Model
from sim.products.availability import Availability
from sim.products.calendar import Calendar
from sim.products.contact_plan import ContactPlan
from sim.products.coverage import CoverageMap
from sim.products.ground_track import GroundTrack
from sim.products.moon_map import MoonMap
from sim.products.passes import Passes
from sim.products.profile import PassProfile
from sim.products.relay_geometry import RelayGeometry
from sim.products.report import Report
from sim.products.rotating_frame import RotatingFrame
from sim.products.scene import Scene
from sim.products.sky import Sky
from sim.products.timeline import Timeline

AnyProduct = Annotated[
    Availability
    | Calendar
    | ContactPlan
    | CoverageMap
    | GroundTrack
    | MoonMap
    | Passes
    | PassProfile
    | RelayGeometry
    | Report
    | RotatingFrame
    | Scene
    | Sky
    | Timeline,
    Field(discriminator="kind"),
]
"""Any kind of product; `kind` picks the class."""


PRODUCTS: tuple[type[Model], ...] = (
    Availability,
    Calendar,
    ContactPlan,
    CoverageMap,
    GroundTrack,
    MoonMap,
    Passes,
    PassProfile,
    RelayGeometry,
    Report,
    RotatingFrame,
    Scene,
    Sky,
    Timeline,
)
