"""The room as a library: what its docstring shows is what it does."""

from __future__ import annotations

import doctest

from fix_ksm_probes import yamlpatch


def test_the_example_of_the_docstring_runs() -> None:
    """And there is one."""
    result = doctest.testmod(yamlpatch)

    assert (result.failed, result.attempted > 0) == (0, True)
