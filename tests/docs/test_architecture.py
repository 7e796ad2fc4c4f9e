"""The page on the architecture names all rooms, and nothing that does not exist."""

from __future__ import annotations

import re
import tomllib

from tests.docs.page import ROOT, read_page

PAGE = ROOT / "docs" / "architecture.md"
PACKAGE = ROOT / "fn" / "fix_ksm_probes"
ROOMS = next(table for table in read_page(PAGE).tables if table[0][0] == "room")[1:]


def test_every_path_leads_somewhere() -> None:
    """Text in backticks that looks like a path is a file or a folder."""
    named = re.findall(r"`([\w./-]+)`", PAGE.read_text())
    paths = [name for name in named if "/" in name or name.endswith((".py", ".md"))]

    assert len(paths) > 10
    assert [p for p in paths if not any((top / p).exists() for top in (ROOT, PACKAGE))] == []


def test_the_rooms_are_those_of_the_contract_in_their_order() -> None:
    """From the top of the table down, no room imports one below it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = (each["layers"] for each in contracts["contracts"] if each["type"] == "layers")
    rooms = [name for row in ROOMS for name in re.findall(r"`(\w+)`", row[0])]

    assert layers[::-1] == rooms


def test_there_is_no_other_room() -> None:
    """The package holds the rooms, and at most five files."""
    rooms = {name for row in ROOMS for name in re.findall(r"`(\w+)`", row[0])}
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}

    assert folders <= rooms
    assert len(list(PACKAGE.glob("*.py"))) <= 5
