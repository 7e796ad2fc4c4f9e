"""The two lines of helm that people run."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from .binaries import Program, binary

_HELM_3 = Program("helm", "helm.sh/helm/v3", "./cmd/helm", (((0, 0, 0), (3, 18, 4)),))
_HELM_4 = Program("helm", "helm.sh/helm/v4", "./cmd/helm", (((0, 0, 0), (4, 2, 0)),))

HELMS: dict[str, Callable[[], Path]] = {
    "helm": partial(binary, _HELM_3, (3, 18, 4)),
    "helm4": partial(binary, _HELM_4, (4, 2, 0)),
}
"""The programs, by the word that a page needs them with; built when first asked for."""
