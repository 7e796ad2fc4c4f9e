"""What is done about findings: for each a fix, and the check that it holds."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.manifests.workload import Identity, Workload
from fix_ksm_probes.yamlpatch import NamedTuple, Patch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.analysis.findings import Finding
    from fix_ksm_probes.fixes.fix import Fix


class Repaired(NamedTuple):
    """One workload: its analysis, a fix for each finding, and the analysis of what a repair leaves.

    `after` is None where nothing changes.
    """

    analysis: Analysis
    fixes: tuple[Fix, ...] = ()
    after: Analysis | None = None


class Repairs(NamedTuple):
    """The fixes of all workloads in an input, and the patch of its documents that carries them out.

    The patch is empty if one fix is refused: if it `is_refused`, nothing is changed, and all other
    fixes are held back. `failure` says what is wrong with a repair that does not hold, and with
    which workload; then there is neither patch nor workload. Workloads that a controller made are
    `owned`, and left to their owner; `fragments` are parts of workloads, and JSON patches.
    """

    workloads: tuple[Repaired, ...] = ()
    patch: Patch = ()
    failure: tuple[Finding, Identity] | None = None
    owned: tuple[Workload, ...] = ()
    fragments: tuple[Identity, ...] = ()
    is_refused: bool = False
