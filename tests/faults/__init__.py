"""Faults around the function, and how it ends then."""
