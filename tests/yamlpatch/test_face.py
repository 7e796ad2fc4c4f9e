"""The room as a library does what its docstring shows."""

from __future__ import annotations

import doctest

from fix_ksm_probes import yamlpatch


def test_the_example_of_the_docstring_runs() -> None:
    """The docstring has an example."""
    result = doctest.testmod(yamlpatch)

    assert (result.failed, result.attempted > 0) == (0, True)
