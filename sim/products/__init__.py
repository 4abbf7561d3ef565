"""From a result to files: one kind a file. Each product draws or writes what a result holds; none searches anew."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.model import Model
from sim.products.contact_plan import ContactPlan
from sim.products.passes import Passes
from sim.products.sky import Sky
from sim.products.timeline import Timeline

__all__ = ["PRODUCTS", "AnyProduct", "ContactPlan", "Passes", "Sky", "Timeline"]

AnyProduct = Annotated[ContactPlan | Passes | Sky | Timeline, Field(discriminator="kind")]
"""Any kind of product; `kind` picks the class."""

PRODUCTS: tuple[type[Model], ...] = (ContactPlan, Passes, Sky, Timeline)
