"""Streams, their items, and the items that are left out."""
