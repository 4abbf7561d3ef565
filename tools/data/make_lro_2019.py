"""Carries LRO's state of 2020-02-01 back to January 2019, for seeds/spacecraft/lro-2019.toml: two minutes."""

import numpy as np

import sim

EPOCH = "2020-02-01T00:00:00Z"
POSITION_KM = (820.1514640535461, 1091.2367697664858, 1262.7894519284164)
VELOCITY_KM_S = (0.22458861495091112, 1.1177228435015545, -1.1391038535297986)
"""Moon-centered, ICRF. Source: LRO_ES_90_202003_GRGM900C_L600.BSP, as printed in the HALO analyser (LoadState.m)."""
UNTIL = "2019-01-30T00:00:00Z"


def main() -> None:
    """Print the state that the seed begins with."""
    orbit = sim.Numerical(
        epoch=sim.tdb(EPOCH),
        position_km=POSITION_KM,
        velocity_km_s=VELOCITY_KM_S,
        gravity_degree=70,
        mass_kg=1046.0,
        area_m2=10.5,
        reflectivity=0.96,
    )
    craft = sim.Spacecraft(name="lro", orbit=orbit).over(sim.Span(UNTIL, days=360))
    then = craft.state_from(sim.MOON, np.asarray(sim.tdb(UNTIL)))
    print("position_km   =", [round(float(x), 6) for x in then.position])
    print("velocity_km_s =", [round(float(x), 9) for x in then.velocity])


if __name__ == "__main__":
    main()
