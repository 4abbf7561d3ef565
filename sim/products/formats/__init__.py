"""Formats of exported motion, one a file."""
