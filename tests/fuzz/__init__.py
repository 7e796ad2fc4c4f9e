"""Inputs that nobody writes, and the laws for all of them."""
