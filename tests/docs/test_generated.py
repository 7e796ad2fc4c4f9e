"""What pages say about the code is made from the code."""

from __future__ import annotations

import pytest

from fix_ksm_probes.settings.fields import FIELDS, Settings, settle
from fix_ksm_probes.settings.function_config import read_function_config
from fix_ksm_probes.yamlpatch import load, parse
from tests.docs.generated import PARTS, Part, read_part, replace_part
from tests.docs.page import ROOT, read_page


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.page}:{part.name}")
def test_a_table_is_what_the_code_makes_of_it(part: Part, request: pytest.FixtureRequest) -> None:
    """A page has exactly the fields and flags of the code."""
    path = ROOT / part.page
    if request.config.getoption("--update"):
        path.write_text(replace_part(path.read_text(), part.name, part.make()))

    assert read_part(path.read_text(), part.name) == part.make()


def test_the_settings_shown_are_the_defaults() -> None:
    """All fields with their default values."""
    blocks = read_page(ROOT / "docs" / "settings.md").blocks
    shown = next(block for block in blocks if block.get("settings") == "all defaults")
    settings = read_function_config(load(parse(shown.body)[0].root))

    assert Settings() == settle(settings)
    assert settings.keys() == {field.name for field in FIELDS}
