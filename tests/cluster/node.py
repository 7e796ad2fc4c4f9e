"""A node: pid 1 of namespaces of its own, in which everything ends that it starts.

`python -m tests.cluster.node` reads a `Place` from stdin, as a list in JSON. The file `ready` in
its folder says that pods can be scheduled. A program that ends ends the node, unless the folder
`stopped` has a file of its name: then it stays away until that file is gone.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from .settings import HIDDEN, Place

# The kubelet sets these of the whole machine: here it sets plain files.
OWN_SYSCTLS = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
_LONGEST_START_SECONDS = 300


def main() -> None:
    """Bring the node up, and keep it up."""
    place = Place(*map(Path, json.load(sys.stdin)))
    _isolate(place)
    programs = _Programs(place)
    programs.start("etcd", "containerd")
    programs.wait_for("etcd", ["curl", "-sf", "http://127.0.0.1:2379/health"])
    programs.start("kube-apiserver")
    ctr = ["ctr", "--address", str(place.containerd), "--namespace", "k8s.io"]
    programs.wait_for("containerd", [*ctr, "version"])
    for archive in sorted(place.folder.glob("*.tar")):
        programs.run(*ctr, "images", "import", str(archive))
        archive.unlink()
    kubectl = ["kubectl", "--kubeconfig", str(place.certificates / "admin.kubeconfig")]
    programs.wait_for("kube-apiserver", [*kubectl, "get", "--raw=/readyz"])
    programs.start("kube-controller-manager", "kube-scheduler", "kubelet")
    programs.wait_for("kubelet", [*kubectl, "get", "node", "node1"])
    ready = ["wait", "--for=condition=Ready", "node/node1", "--timeout=1s"]
    programs.wait_for("node1", [*kubectl, *ready])
    account = ["--namespace=default", "get", "serviceaccount", "default"]
    programs.wait_for("kube-controller-manager", [*kubectl, *account])
    (place.folder / "ready").touch()
    while True:
        programs.check()
        time.sleep(0.2)


class _Programs:
    """The programs of the node `place`, each started once and watched from then on."""

    def __init__(self, place: Place) -> None:
        paths = (
            place.kubernetes,
            place.debian / "usr/bin",
            place.debian / "usr/sbin",
            *os.get_exec_path(),
        )
        libraries = place.debian / "usr/lib/x86_64-linux-gnu"
        # No request of a node goes through a proxy of the machine.
        self._env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")} | {
            "PATH": os.pathsep.join(map(str, paths)),
            "LD_LIBRARY_PATH": f"{libraries}:{place.debian / 'lib/x86_64-linux-gnu'}",
        }
        self._place = place
        self._commands: Mapping[str, list[str]] = _commands(place)
        self._pids: dict[int, str] = {}

    def start(self, *names: str) -> None:
        """Start programs; what they write goes to log/NAME."""
        for name in names:
            with (self._place.folder / "log" / name).open("a") as log:
                started = subprocess.Popen(
                    self._commands[name], env=self._env, stdout=log, stderr=subprocess.STDOUT
                )
            # The loop of `check` reaps it; Popen's own bookkeeping has nothing to do.
            started.returncode = 0
            self._pids[started.pid] = name

    def run(self, *command: str) -> None:
        """Run a command of the node to its end.

        Raises:
            RuntimeError: it failed.

        """
        done = self._does(command)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")

    def wait_for(self, name: str, command: list[str]) -> None:
        """Return as soon as `command` succeeds.

        Raises:
            RuntimeError: it never did, or a program ended meanwhile.

        """
        end = time.monotonic() + _LONGEST_START_SECONDS
        while (done := self._does(command)).returncode:
            self.check()
            if time.monotonic() > end:
                raise RuntimeError(f"{name} does not get ready: {done.stderr}")
            time.sleep(0.2)
        sys.stderr.write(f"{time.strftime('%X')} {name} is ready\n")

    def check(self) -> None:
        """Reap what ended, and start again what was stopped and no longer is to be.

        Raises:
            RuntimeError: a program ended of itself.

        """
        while (ended := _reap()) is not None:
            name = self._pids.pop(ended, None)
            if name is not None and not self._is_stopped(name):
                log = (self._place.folder / "log" / name).read_text()
                raise RuntimeError(f"{name} ended:\n{log[-2000:]}")
        missing = set(self._commands) - set(self._pids.values())
        if (self._place.folder / "ready").exists():
            self.start(*(name for name in missing if not self._is_stopped(name)))

    def _does(self, command: list[str] | tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self._env, capture_output=True, text=True, timeout=60, check=False
        )

    def _is_stopped(self, name: str) -> bool:
        return (self._place.folder / "stopped" / name).exists()


def _reap() -> int | None:
    """Return the pid of a child that ended, None if none did."""
    try:
        return os.waitpid(-1, os.WNOHANG)[0] or None
    except ChildProcessError:
        return None


def _isolate(place: Place) -> None:
    """Give the node its own folders, sysctls and network."""

    def mount(*arguments: object) -> None:
        subprocess.run(["mount", *map(str, arguments)], check=True)

    for folder in HIDDEN:
        mount("-t", "tmpfs", "node", folder)
    # The kubelet and containerd hand their mounts on to each other.
    mount("--make-rshared", "/")
    mount("-t", "tmpfs", "etcd", place.folder / "etcd")
    for sysctl in OWN_SYSCTLS:
        knob = Path("/proc/sys", sysctl)
        copy = place.folder / "sysctl" / sysctl.replace("/", ".")
        copy.write_text(knob.read_text())
        mount("--bind", copy, knob)
    for line in _NETWORK.splitlines():
        subprocess.run(["ip", *line.split()], check=True)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    subprocess.run(["hostname", "node1"], check=True)


# There is no kube-proxy: the address of the API server's service is one of the node's own.
_NETWORK = """\
link set lo up
link add cni0 type bridge
addr add 10.244.0.1/22 dev cni0
addr add 10.96.0.1/32 dev cni0
link set cni0 up"""


def _commands(place: Place) -> dict[str, list[str]]:
    certificates, folder = place.certificates, place.folder
    flags = {
        "etcd": f"""
            --data-dir={folder}/etcd/data --logger=zap
            --listen-client-urls=http://127.0.0.1:2379
            --advertise-client-urls=http://127.0.0.1:2379
            --listen-peer-urls=http://127.0.0.1:2380""",
        "containerd": f"--config={folder}/containerd.toml",
        "kube-apiserver": f"""
            --etcd-servers=http://127.0.0.1:2379
            --bind-address=0.0.0.0 --secure-port=443 --advertise-address=10.244.0.1
            --service-cluster-ip-range=10.96.0.0/24
            --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction
            --allow-privileged=true --profiling=false
            --client-ca-file={certificates}/ca.crt
            --tls-cert-file={certificates}/kube-apiserver.crt
            --tls-private-key-file={certificates}/kube-apiserver.key
            --kubelet-client-certificate={certificates}/kube-apiserver-kubelet.crt
            --kubelet-client-key={certificates}/kube-apiserver-kubelet.key
            --kubelet-certificate-authority={certificates}/ca.crt
            --kubelet-preferred-address-types=InternalIP
            --service-account-issuer=https://kubernetes.default.svc
            --service-account-key-file={certificates}/service-account.key
            --service-account-signing-key-file={certificates}/service-account.key""",
        "kube-controller-manager": f"""
            --kubeconfig={certificates}/kube-controller-manager.kubeconfig
            --leader-elect=false --bind-address=127.0.0.1
            --node-monitor-grace-period=10m
            --use-service-account-credentials=true --allocate-node-cidrs=false
            --root-ca-file={certificates}/ca.crt
            --service-account-private-key-file={certificates}/service-account.key
            --flex-volume-plugin-dir={folder}/volume-plugins""",
        "kube-scheduler": f"""
            --kubeconfig={certificates}/kube-scheduler.kubeconfig
            --leader-elect=false --bind-address=127.0.0.1""",
        "kubelet": f"""
            --config={folder}/kubelet.yaml
            --kubeconfig={certificates}/kubelet.kubeconfig
            --hostname-override=node1 --node-ip=10.244.0.1""",
    }
    return {name: [name, *each.split()] for name, each in flags.items()}


if __name__ == "__main__":
    main()
