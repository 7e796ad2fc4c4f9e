"""The network of a test node: its own address, and a pod behind a veth pair.

It runs inside namespaces of its own (see `sandbox.py`), so every node may use the same addresses
and none of it outlives the node.
"""

import shutil
import subprocess
from dataclasses import dataclass

NODE_IP = "10.99.0.1"
POD_GATEWAY = "10.99.1.1"
POD_IP = "10.99.1.2"
_POD = "pod"


@dataclass(frozen=True, slots=True)
class PodNetwork:
    """Where a pod's programs run: its address, and the command prefix that enters its namespace."""

    address: str
    enter: tuple[str, ...]


def node_network() -> None:
    """Give the node its loopback and its address."""
    _ip("link set lo up")
    # On loopback a node has an address that a 127.0.0.1 listener does not answer.
    _ip(f"addr add {NODE_IP}/32 dev lo")


def pod_network(*, host_network: bool) -> PodNetwork:
    """Make the namespace of a pod, or lend it that of the node."""
    if host_network:
        return PodNetwork(NODE_IP, ())
    _ip(f"netns add {_POD}")
    _ip(f"link add veth0 type veth peer name eth0 netns {_POD}")
    _ip(f"addr add {POD_GATEWAY}/24 dev veth0")
    _ip("link set veth0 up")
    _ip(f"-n {_POD} addr add {POD_IP}/24 dev eth0")
    _ip(f"-n {_POD} link set lo up")
    _ip(f"-n {_POD} link set eth0 up")
    _ip(f"-n {_POD} route add default via {POD_GATEWAY}")
    enter = (shutil.which("nsenter") or "nsenter", f"--net=/run/netns/{_POD}")
    # As containerd 2 does: inside a pod, a port below 1024 needs no privilege.
    open_ports = ["sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=0"]
    subprocess.run([*enter, *open_ports], check=True)
    return PodNetwork(POD_IP, enter)


def _ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True, capture_output=True)
