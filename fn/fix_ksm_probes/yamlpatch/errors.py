"""What can be wrong with the input. A bug of ours has no class: it is a traceback."""

from __future__ import annotations


class BadInput(Exception):
    """The input cannot be used as it is; the message names the place and what is accepted."""


class PathsDiffer(Exception):
    """The edited text does not say what the patched data says: our bug, told as a result."""
