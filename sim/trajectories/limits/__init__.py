"""Limits of stations and spacecraft on their lines of sight: one kind a file."""
