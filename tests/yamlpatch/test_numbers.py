"""A number has the value that sigs.k8s.io/yaml 1.4.0 gives the API server, in any spelling."""

from __future__ import annotations

import pytest

from fix_ksm_probes.yamlpatch.scalars import as_int, meaning

READ = {
    "8080": 8080,
    "+8080": 8080,
    "8_080": 8080,
    "0x1F90": 8080,
    "0o17620": 8080,
    "017620": 8080,
    "0b11": 3,
    "8080.0": 8080,
    "8.08e3": 8080,
    "8080.5": None,
    "1e999999999": None,
    ".inf": None,
    ".nan": None,
    "1:30": None,
    "2024-01-02": None,
    "http": None,
    "yes": None,
    "true": None,
    "~": None,
    "99999999999999999999": None,
}


@pytest.mark.parametrize("spelled", READ)
def test_a_plain_scalar_is_the_number_that_is_meant(spelled: str) -> None:
    """Text, and a number of more than 64 bits, is no number."""
    assert as_int(meaning(spelled)) == READ[spelled]
