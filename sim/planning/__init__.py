"""From windows to a plan: passes by rule, tracks, conflicts and statistics. It knows no scenario."""
