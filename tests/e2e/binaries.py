"""Build the programs under test from their Go modules, one file per version, kept between runs.

`go install MODULE@VERSION` also asks the module proxy for the list of all versions; where a proxy
serves only the versions themselves, that fails. Downloading the module and building it in its own
folder needs no list, and uses the module's own go.sum.
"""

from dataclasses import dataclass
from pathlib import Path

from .cache import CACHE, exclusive
from .toolchain import build, module_source

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Program:
    """A Go program: where it comes from and which versions stand for which.

    Attributes:
        name: the name of the command.
        module: the Go module.
        package: the package of the command inside the module.
        built: oldest version first; each stands for every version from `since` on.

    """

    name: str
    module: str
    package: str
    built: tuple[tuple[Version, Version], ...]

    def standing_for(self, wanted: Version) -> Version:
        """Return the version that is built to stand for `wanted`: same listeners, same paths."""
        return [run for since, run in self.built if since <= wanted or since == (0, 0, 0)][-1]


# (since, version run): between two rows the flags and the HTTP surface are the same.
KUBE_STATE_METRICS = Program(
    "kube-state-metrics",
    "k8s.io/kube-state-metrics/v2",
    ".",
    (
        ((0, 0, 0), (2, 10, 1)),
        ((2, 13, 0), (2, 13, 0)),
        ((2, 14, 0), (2, 15, 0)),
        ((2, 16, 0), (2, 18, 0)),
        ((2, 19, 0), (2, 20, 0)),
    ),
)
KUBE_RBAC_PROXY = Program(
    "kube-rbac-proxy",
    "github.com/brancz/kube-rbac-proxy",
    "./cmd/kube-rbac-proxy",
    (
        ((0, 0, 0), (0, 15, 0)),
        ((0, 16, 0), (0, 18, 1)),
        ((0, 19, 0), (0, 22, 1)),
    ),
)
PROGRAMS = (KUBE_STATE_METRICS, KUBE_RBAC_PROXY)


def dotted(version: Version) -> str:
    """Return `2.18.0` for (2, 18, 0)."""
    return ".".join(map(str, version))


def binary(program: Program, version: Version) -> Path:
    """Return the built program, building it first if the cache lacks it (minutes)."""
    target = CACHE / "programs" / f"{program.name}-{dotted(version)}"
    if not target.exists():
        with exclusive("programs"):
            # Another process may have built it while this one waited.
            if not target.exists():
                build(module_source(program.module, dotted(version)), program.package, target)
    return target
