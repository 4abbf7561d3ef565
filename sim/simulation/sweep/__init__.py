"""Runs one scenario many times with varied inputs, on one or many processes, and keeps the results as tables."""
