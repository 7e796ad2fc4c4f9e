"""Lay out the file system that a container sees: its image, its volumes, its token."""

import shutil
import subprocess
from pathlib import Path

from .images import Image
from .pod import Container, Pod, Volume

ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
# What the kubelet writes into every pod.
_HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"


def make_root(
    root: Path, pod: Pod, container: Container, image: Image, binary: Path, trusted: Path
) -> None:
    """Fill `root` for `container`.

    Args:
        root: an empty folder in a mount namespace of our own; what is mounted here goes with it.
        pod: whose volumes are mounted.
        container: whose mounts are made.
        image: what the container's image holds.
        binary: the built program, put where the image has it.
        trusted: the certificate of the API server.

    """
    for folder in ("etc", "tmp", "proc", "dev", "usr/local/bin"):
        (root / folder).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc/hosts").write_text(_HOSTS)
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    for device in ("null", "zero", "random", "urandom"):
        _bind(Path("/dev") / device, root / "dev" / device)
    _bind(binary, _inside(root, str(image.path)))
    if pod.with_token:
        _write_token(_inside(root, ACCOUNT_FOLDER), pod.namespace, trusted)
    volumes = {volume.name: volume for volume in pod.volumes}
    for mount in container.mounts:
        place = _inside(root, mount.path)
        _write_volume(place, volumes[mount.volume], mount.sub_path)
        if volumes[mount.volume].with_token:
            _write_token(place, pod.namespace, trusted)


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _bind(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch()
    subprocess.run(["mount", "--bind", source, target], check=True)


def _write_token(folder: Path, namespace: str, trusted: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text("of-this-pod")
    (folder / "namespace").write_text(namespace)
    shutil.copy(trusted, folder / "ca.crt")
    (folder / "ca.crt").chmod(0o644)


def _write_volume(place: Path, volume: Volume, sub_path: str) -> None:
    for name, content in volume.files:
        # A `subPath` mounts one file at the path itself.
        file = place if name == sub_path else place / name
        if sub_path in ("", name):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    if not volume.files:
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o777)
