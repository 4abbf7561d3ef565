"""Hostile input for every reader: nothing but a `SimError` may come out, soon, and within little memory."""
