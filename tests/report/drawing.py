"""The manifests that are drawn: those with drawings in the repository, and all cases."""

from __future__ import annotations

from pathlib import Path

from fix_ksm_probes.analysis.analyse import Analysis, analyse
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.stream import read_stream
from fix_ksm_probes.manifests.workload import find_workloads
from fix_ksm_probes.report.outputs.trace import Drawing, draw
from fix_ksm_probes.yamlpatch import decode, parse
from tests.case import FOLDER, INPUT

DRAWN = Path(__file__).parent / "explain"


def find_drawn() -> list[Path]:
    """Return the folders of manifests with their drawings."""
    return sorted(path.parent for path in DRAWN.glob(f"*/{INPUT}"))


def find_inputs() -> list[Path]:
    """Return every manifest to draw, in folders with telling names."""
    return sorted((*DRAWN.glob(f"*/{INPUT}"), *FOLDER.glob(f"*/{INPUT}")))


def read_drawings(manifest: Path) -> tuple[Drawing, ...]:
    """Return the drawings of the workloads in a manifest."""
    return tuple(map(draw, read_surveys(manifest)))


def read_surveys(manifest: Path) -> tuple[Analysis, ...]:
    """Return the analyses of the workloads in a manifest, whatever its settings are."""
    documents = parse(decode(manifest.read_bytes()).text)
    items = tuple(read_stream(documents).items)
    found = (analyse(workload, Index(items)) for item in items for workload in find_workloads(item))
    return tuple(seen for seen in found if seen is not None)
