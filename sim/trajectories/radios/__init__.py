"""Radios: antennas, transmitters, receivers, and the signals between them, as functions of elevation and range."""
