"""Images `FROM scratch` with one program in them, as archives that containerd imports."""

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any


def write_archive(
    target: Path,
    names: Sequence[str],
    program: Path,
    path: PurePosixPath,
    entrypoint: Sequence[str],
    user: int,
) -> None:
    """Write a Docker archive, as `docker save` does, of an image called by each of `names`.

    It holds `program` at `path` and an empty /tmp, and runs `entrypoint` as uid and gid `user`.
    """
    layer = _layer(program, path)
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Entrypoint": list(entrypoint),
            "User": f"{user}:{user}",
            "WorkingDir": "/",
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": list(names), "Layers": ["layer.tar"]}]
    with tarfile.open(target, "w") as tar:
        _add(tar, "layer.tar", layer)
        _add(tar, "config.json", _json(config))
        _add(tar, "manifest.json", _json(manifest))


def _layer(program: Path, path: PurePosixPath) -> bytes:
    layer = io.BytesIO()
    inside = str(path).lstrip("/")
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for folder in reversed(PurePosixPath(inside).parents):
            if folder.name:
                tar.addfile(_entry(str(folder), 0o755, tarfile.DIRTYPE))
        tar.addfile(_entry("tmp", 0o1777, tarfile.DIRTYPE))
        _add(tar, inside, program.read_bytes(), 0o755)
    return layer.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = _entry(name, mode, tarfile.REGTYPE)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def _entry(name: str, mode: int, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.type = mode, kind
    return entry


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
