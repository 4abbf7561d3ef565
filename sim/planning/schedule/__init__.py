"""Schedules of networks: which antenna tracks which spacecraft when, over all missions at once, with a proven bound."""
