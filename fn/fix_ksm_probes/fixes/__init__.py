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
    """One workload: what was found in it, what comes of each finding, and what a repair leaves.

    `after` is None where nothing changes.
    """

    analysis: Analysis
    fixes: tuple[Fix, ...] = ()
    after: Analysis | None = None


class Repairs(NamedTuple):
    """All that is found in an input, and the patch of its documents that repairs it.

    The patch is empty where one fix is refused. `failure` is what is wrong with a repair that does
    not hold, and the workload it is of: then there is neither patch nor workload. What a controller
    made is `owned`, and left to its owner; `fragments` are parts of workloads, and JSON patches.
    Where it `is_refused`, nothing is changed, and all that would be is held back.
    """

    workloads: tuple[Repaired, ...] = ()
    patch: Patch = ()
    failure: tuple[Finding, Identity] | None = None
    owned: tuple[Workload, ...] = ()
    fragments: tuple[Identity, ...] = ()
    is_refused: bool = False
