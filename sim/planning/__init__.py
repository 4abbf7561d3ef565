"""From windows to a plan: passes by rule, tracks, conflicts, statistics and deliveries. It knows no scenario."""
