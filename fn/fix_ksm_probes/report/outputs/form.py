"""What is asked for on the command line, and what comes out."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch import Pieces
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

MANIFESTS = "manifests"
RESULTS = "results"
RESULTS_JSON = "results-json"
DIFF = "diff"
COMPONENT = "component"
GITHUB = "github"
SARIF = "sarif"
OUTPUTS = (MANIFESTS, RESULTS, RESULTS_JSON, DIFF, COMPONENT, GITHUB, SARIF)
EXPLAIN = "explain"
MERMAID = "mermaid"

STDIN = "stdin"

WRONG = 1
"""The exit code where something is wrong and still wrong."""
BAD_INPUT = 2
"""The exit code where the input, a setting or the command line is wrong."""


class Form(NamedTuple):
    """How an outcome is to be written.

    `output` is one of OUTPUTS, EXPLAIN or MERMAID; `path` names the file that stdin comes from;
    with `table` the findings in a stream of manifests are told as a table, `coloured` or not, else
    as lines.
    """

    output: str = MANIFESTS
    path: str = STDIN
    quiet: bool = False
    table: bool = False
    coloured: bool = False


class Output(NamedTuple):
    """What a run gives: the bytes for stdout, the lines and the table for stderr, the exit code."""

    pieces: Pieces
    stderr: tuple[str, ...]
    exit_code: int
    table: str = ""

    @property
    def stdout(self) -> bytes:
        """Return all that goes to stdout."""
        return b"".join(self.pieces)
