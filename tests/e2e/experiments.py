"""Which manifest is tried in which mode."""

from .cases import Case, read_cases
from .function import CHECK, GUARDED, MODES, SCOPE_ALL, Mode

# One whose probes fail in part, and one whose probes all pass.
_ALSO_ALL = ("chart-5.27", "chart-6.2")
# Those that are open beside their proxy, and one of each other shape.
_ALSO_GUARDED = (
    "chart-5.27",
    "chart-5.27 + selfMonitor-off",
    "chart-5.27 + hostNetwork",
    "chart-6.2",
    "chart-6.3 + autosharding",
    "chart-8.4",
    "kube-prometheus",
)


def experiments() -> tuple[tuple[Case, Mode], ...]:
    """Return every pair of the matrix, in the order of the table."""
    return tuple(
        (case, mode)
        for case in read_cases()
        for mode in (
            CHECK,
            *MODES,
            *(SCOPE_ALL if case.name in _ALSO_ALL else ()),
            *(GUARDED if case.name in _ALSO_GUARDED else ()),
        )
    )
