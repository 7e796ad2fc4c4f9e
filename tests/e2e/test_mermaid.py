"""Flowcharts are read by Mermaid itself, in the oldest release known on GitHub and a recent one."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fix_ksm_probes.report.outputs.mermaid import mermaid
from tests.report.drawing import find_inputs, read_drawings

from .cache import exclusive

RELEASES = {"mermaid-11": "11.4.1", "mermaid-12": "12.3.0"}
# The last release of jsdom for the Node.js of Debian 12.
JSDOM = "26.1.0"
SCRIPT = Path(__file__).with_name("mermaid.mjs")
_BOX = re.compile(r'(?m)(?:^| )(\w+)\(?\["(.*?)"\]\)?(?::::(\w+))?$')

pytestmark = pytest.mark.skipif(
    not (shutil.which("npm") and shutil.which("node")), reason="node or npm is missing"
)


@pytest.fixture(scope="module")
def packages() -> Path:
    """Give the folder that the packages are installed in."""
    wanted = [f"{name}@npm:mermaid@{release}" for name, release in RELEASES.items()]
    with exclusive("mermaid") as folder:
        mark = folder / "installed"
        listed = " ".join([*wanted, JSDOM])
        if not mark.exists() or mark.read_text() != listed:
            (folder / "package.json").write_text("{}")
            npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run([*npm, *wanted, f"jsdom@{JSDOM}"], cwd=folder, check=True)
            mark.write_text(listed)
    return folder


@pytest.fixture(scope="module")
def charts() -> dict[str, str]:
    """Give the flowchart of every manifest there is to draw."""
    return {path.parent.name: mermaid(read_drawings(path)) for path in find_inputs()}


def _parse(packages: Path, name: str, charts: list[str]) -> list[dict[str, Any]]:
    run = subprocess.run(
        ["node", SCRIPT, packages, name],
        input=json.dumps(charts),
        capture_output=True,
        text=True,
        check=True,
    )
    parsed: list[dict[str, Any]] = json.loads(run.stdout)
    return parsed


def _decoded(label: str) -> str:
    # Mermaid keeps entities in a spelling of its own until it has drawn a label.
    label = label.replace("\ufb02\xb0\xb0", "#").replace("\xb6\xdf", ";").replace("<br>", "<br/>")
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label)


@pytest.mark.parametrize("name", RELEASES)
def test_mermaid_reads_every_flowchart(packages: Path, charts: dict[str, str], name: str) -> None:
    """Each is a flowchart to Mermaid, with the boxes, labels and classes that were written."""
    for folder, parsed in zip(charts, _parse(packages, name, [*charts.values()]), strict=True):
        assert "error" not in parsed, f"{folder}: {parsed}"
        written = {found[1]: found for found in _BOX.finditer(charts[folder])}
        workloads = [box for box in written if re.fullmatch(r"w\d+", box)]
        boxes = {box: _decoded(found[2]) for box, found in written.items() if box not in workloads}

        assert boxes == {box: _decoded(text) for box, text in parsed["boxes"].items()}, folder
        assert len(workloads) == len(parsed["workloads"]), folder
        for box in boxes:
            assert [style for style in written[box].groups()[2:] if style] == parsed["classes"][box]


@pytest.mark.parametrize("name", RELEASES)
def test_mermaid_refuses_what_is_no_flowchart(packages: Path, name: str) -> None:
    """The parser is at work: a quotation mark that is left out does not pass."""
    sound = 'flowchart LR\n  a["kubelet"] --> b["pod IP"]\n'
    accepted, refused = _parse(packages, name, [sound, sound.replace('t"]', "t]")])

    assert accepted["boxes"] == {"a": "kubelet", "b": "pod IP"}
    assert "error" in refused
