"""Streams, their items, and what is left out of them."""
