"""What everything stands on: time, geometry, files, text, errors. It knows nothing of space."""
