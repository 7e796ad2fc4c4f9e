"""The programs of a node: Kubernetes from its Go modules, containerd, runc and etcd from Debian.

Everything is kept in the cache, keyed by version; nothing is installed on the machine.
"""

import hashlib
import re
import shutil
from pathlib import Path

from tests.e2e.cache import exclusive
from tests.e2e.debian import unpacked
from tests.e2e.toolchain import build, module_source

KUBERNETES = "1.33.1"
COMMANDS = ("kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kubectl")

_MODULE = "k8s.io/kubernetes"
_PAUSE = Path(__file__).parent / "pause" / "main.go"
_PACKAGES = ("containerd", "runc", "etcd-server", "containernetworking-plugins", "libseccomp2")
# What each linker flag sets, the same as Kubernetes' own build does.
_VERSIONS = {
    "k8s.io/component-base/version.gitVersion": f"v{KUBERNETES}",
    "k8s.io/component-base/version.gitMajor": KUBERNETES.split(".", maxsplit=1)[0],
    "k8s.io/component-base/version.gitMinor": KUBERNETES.split(".")[1],
    "k8s.io/component-base/version.gitTreeState": "clean",
}


def kubernetes() -> Path:
    """Return the folder of kubelet, kubectl and the control plane, built if the cache lacks them.

    A build takes about 950 CPU-seconds; what an interrupted one has compiled is not lost.
    """
    with exclusive("kubernetes") as folder:
        programs = folder / KUBERNETES
        programs.mkdir(exist_ok=True)
        missing = [name for name in COMMANDS if not (programs / name).exists()]
        if missing:
            module = _module(folder / f"module-{KUBERNETES}")
            sets = " ".join(f"-X {name}={value}" for name, value in _VERSIONS.items())
            for name in missing:
                build(module, f"{_MODULE}/cmd/{name}", programs / name, "-mod=mod", sets=sets)
    return programs


def pause() -> Path:
    """Return the program that holds a pod's namespaces, built if the cache lacks it (seconds)."""
    key = hashlib.sha256(_PAUSE.read_bytes()).hexdigest()[:12]
    with exclusive("kubernetes") as folder:
        target = folder / f"pause-{key}"
        if not target.exists():
            build(_PAUSE.parent, _PAUSE.name, target)
    return target


def debian() -> Path:
    """Return the root folder into which the packages of the container runtime are unpacked.

    Raises:
        RuntimeError: the machine is no Debian.

    """
    return unpacked("node", _PACKAGES)


def _module(folder: Path) -> Path:
    """Return a folder with a module of which the commands of Kubernetes are dependencies.

    Kubernetes' own go.mod replaces k8s.io/api and its like by folders that the published module
    lacks; here they are replaced by their published versions.
    """
    if not (folder / "go.mod").exists():
        folder.mkdir(exist_ok=True)
        source = module_source(_MODULE, KUBERNETES)
        text = (source / "go.mod").read_text()
        text = re.sub(r"(?m)^module .*", "module fix-ksm-probes.dev/cluster", text)
        published = rf"\1 => \1 v0.{KUBERNETES.partition('.')[2]}"
        text = re.sub(r"(k8s\.io/[a-z-]+) => \./staging/\S+", published, text)
        shutil.copyfile(source / "go.sum", folder / "go.sum")
        (folder / "go.mod").write_text(f"{text}\nrequire {_MODULE} v{KUBERNETES}\n")
    return folder
