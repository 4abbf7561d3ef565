"""Radios, signals and data as fields of a scenario: their classes are loaded when the first of them is read."""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import (
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue

from sim.core.model import Model, Name, OneOrMore, one_or_more


class Later:
    """Validation of a field whose class is imported when a value is there.

    Parameters
    ----------
    module, name : str
        The class.
    """

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    @cached_property
    def cls(self) -> type[Model]:
        """The class."""
        found: type[Model] = getattr(import_module(self.module), self.name)
        return found

    @cached_property
    def _adapter(self) -> TypeAdapter[Model]:
        return TypeAdapter(self.cls)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> object:
        return {"type": "function-plain", "function": {"type": "with-info", "function": self._validated}}

    def __get_pydantic_json_schema__(self, schema: object, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        self.cls.model_rebuild()
        return handler(self.cls.__pydantic_core_schema__)

    def _validated(self, value: object, info: ValidationInfo) -> Model:
        return self._adapter.validate_python(value, context=info.context)


if TYPE_CHECKING:
    from sim.trajectories.made_data import MadeData
    from sim.trajectories.radios.radio import Radio
    from sim.trajectories.radios.signal import Signal
    from sim.trajectories.tracking_requests import Mission, SiteAntenna, TrackingRequest

    DeclaredAntenna: TypeAlias = SiteAntenna
    DeclaredData: TypeAlias = MadeData
    DeclaredMission: TypeAlias = Mission
    DeclaredRadio: TypeAlias = Radio
    DeclaredRequest: TypeAlias = TrackingRequest
    DeclaredSignal: TypeAlias = Signal
else:
    DeclaredData = Annotated[Model, Later("sim.trajectories.made_data", "MadeData")]
    DeclaredRadio = Annotated[Model, Later("sim.trajectories.radios.radio", "Radio")]
    DeclaredAntenna = Annotated[Model, Later("sim.trajectories.tracking_requests", "SiteAntenna")]
    DeclaredMission = Annotated[Model, Later("sim.trajectories.tracking_requests", "Mission")]
    DeclaredRequest = Annotated[Model, Later("sim.trajectories.tracking_requests", "TrackingRequest")]
    DeclaredSignal = Annotated[Model, Later("sim.trajectories.radios.signal", "Signal")]


RadioNames = Annotated[tuple[Name, ...], Field(max_length=100), OneOrMore, one_or_more(0, 100)]
"""Names of radios: a name or a list."""
