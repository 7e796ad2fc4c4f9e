"""What an image holds: the two distroless images of the programs under test."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from .binaries import KUBE_RBAC_PROXY, KUBE_STATE_METRICS, Program, Version


@dataclass(frozen=True, slots=True)
class Image:
    """An image as its Dockerfile upstream makes it.

    Attributes:
        program: the only program in it; there is no shell beside it.
        path: where the program lies inside.
        entrypoint: what runs when the container gives no `command`.
        user: the uid (and gid) of `USER`.

    """

    program: Program
    path: PurePosixPath
    entrypoint: tuple[str, ...]
    user: int


IMAGES = (
    Image(
        KUBE_STATE_METRICS,
        PurePosixPath("/kube-state-metrics"),
        ("/kube-state-metrics", "--port=8080", "--telemetry-port=8081"),
        65534,
    ),
    Image(
        KUBE_RBAC_PROXY,
        PurePosixPath("/usr/local/bin/kube-rbac-proxy"),
        ("/usr/local/bin/kube-rbac-proxy",),
        65532,
    ),
)
NEWEST: Version = (999, 0, 0)


def image_of(reference: str) -> Image | None:
    """Return the image that `reference` names by its last path element, or None if unknown."""
    name = re.split(r"[:@]", reference.rpartition("/")[2])[0]
    return next((image for image in IMAGES if name.endswith(image.program.name)), None)


def version_of(reference: str) -> Version:
    """Return the version in the tag of `reference`, the newest if there is none."""
    match = re.search(r":v?(\d+)\.(\d+)(?:\.(\d+))?", reference.rpartition("/")[2])
    if not match:
        return NEWEST
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch or 0)
