"""The configuration files of a node's programs."""

import json
from pathlib import Path
from typing import NamedTuple

PAUSE = "localhost/pause:1"
# What programs keep in fixed places below these is kept in memory instead of on the machine.
HIDDEN = ("/run", "/var/lib", "/var/log")

_CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.internal.v1.opt", "io.containerd.internal.v1.tracing"]

[grpc]
  address = "{folder}/containerd.sock"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  disable_apparmor = true
  # A machine may grant root everything but CAP_SYS_RESOURCE.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{debian}/usr/lib/cni"
    conf_dir = "{folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
      BinaryName = "{debian}/usr/sbin/runc"
"""


class Place(NamedTuple):
    """Where a node lives: its own folder, and the folders of its programs."""

    folder: Path
    kubernetes: Path
    debian: Path

    @property
    def cgroup(self) -> str:
        """The name of its cgroups."""
        return self.folder.name

    @property
    def certificates(self) -> Path:
        """The folder of certificates and kubeconfigs."""
        return self.folder / "certificates"

    @property
    def containerd(self) -> Path:
        """The socket of containerd."""
        return self.folder / "containerd.sock"


def write_settings(place: Place) -> None:
    """Write what containerd, its network plugin and the kubelet read."""
    containerd = _CONTAINERD.format(folder=place.folder, debian=place.debian, pause=PAUSE)
    (place.folder / "containerd.toml").write_text(containerd)
    (place.folder / "cni").mkdir()
    (place.folder / "cni" / "bridge.conflist").write_text(json.dumps(_NETWORK))
    (place.folder / "kubelet.yaml").write_text(json.dumps(_kubelet(place)))


_NETWORK = {
    "cniVersion": "1.0.0",
    "name": "pods",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "ipMasq": False,
            "hairpinMode": True,
            "ipam": {
                "type": "host-local",
                "ranges": [
                    [
                        {
                            "subnet": "10.244.0.0/22",
                            "rangeStart": "10.244.0.10",
                            "gateway": "10.244.0.1",
                        }
                    ]
                ],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }
    ],
}


def _kubelet(place: Place) -> dict[str, object]:
    certificates = place.certificates
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "10.244.0.1",
        "containerRuntimeEndpoint": f"unix://{place.containerd}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{place.cgroup}",
        # Nobody answers there; without it the kubelet complains of every pod.
        "clusterDNS": ["10.96.0.10"],
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        "failSwapOn": False,
        "tlsCertFile": str(certificates / "kubelet.crt"),
        "tlsPrivateKeyFile": str(certificates / "kubelet.key"),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(certificates / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        # A full disk is the machine's affair, and no pod is to be evicted for it.
        "evictionHard": {
            "memory.available": "50Mi",
            "nodefs.available": "0%",
            "nodefs.inodesFree": "0%",
            "imagefs.available": "0%",
        },
        "imageGCHighThresholdPercent": 100,
        "maxPods": 250,
        "nodeStatusUpdateFrequency": "4s",
        "volumePluginDir": str(place.folder / "volume-plugins"),
    }
