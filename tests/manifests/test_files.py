"""Files that a container mounts are in the input, or the verdict says that they are not."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

import pytest

from fix_ksm_probes.manifests.files import ABSENT, ELSEWHERE, FOUND, File, Files
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Workload, find_workloads
from fix_ksm_probes.pipeline import run

PLAIN = {"configMap": {"name": "options"}}
CHOSEN = {"configMap": {"name": "options", "items": [{"key": "a", "path": "sub/b"}]}}
SECRET = {"secret": {"secretName": "hidden"}}
BOTH = {"projected": {"sources": [{"secret": {"name": "hidden"}}, PLAIN]}}
CLAIM = {"persistentVolumeClaim": {"claimName": "options"}}

OPTIONS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "options"},
    "data": {"a": "text"},
    "binaryData": {"raw": b64encode(b"\xff").decode()},
}
HIDDEN = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "hidden", "namespace": "monitoring"},
    "data": {"c": b64encode(b"coded").decode()},
    "stringData": {"d": "plain"},
}


def _workload(volume: Mapping[str, object], **mount: str) -> Workload:
    container = {"name": "c", "volumeMounts": [{"name": "v", "mountPath": "/at/", **mount}]}
    spec = {"containers": [container], "volumes": [{"name": "v", **volume}]}
    resource = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "w", "namespace": "monitoring"},
        "spec": {"template": {"spec": spec}},
    }
    (workload,) = find_workloads(Item((0,), resource))
    return workload


def _items(*resources: Mapping[str, object]) -> tuple[Item, ...]:
    return tuple(Item((index,), resource) for index, resource in enumerate(resources))


def _read(workload: Workload, path: str, *resources: Mapping[str, object]) -> File:
    place = ("spec", "template", "spec", "containers", 0)
    return Files(workload, place, Index(_items(*resources))).read(path)


@pytest.mark.parametrize(
    ("volume", "path", "file"),
    [
        (PLAIN, "/at/a", File(FOUND, "text")),
        (PLAIN, "/at/b", File(ABSENT)),
        (PLAIN, "/at/raw", File(ELSEWHERE)),
        (PLAIN, "/atop/a", File(ELSEWHERE, is_mounted=False)),
        (PLAIN, "/elsewhere", File(ELSEWHERE, is_mounted=False)),
        (CHOSEN, "/at/sub/b", File(FOUND, "text")),
        (CHOSEN, "/at/a", File(ABSENT)),
        (SECRET, "/at/c", File(FOUND, "coded")),
        (SECRET, "/at/d", File(FOUND, "plain")),
        (BOTH, "/at/a", File(FOUND, "text")),
        (BOTH, "/at/d", File(FOUND, "plain")),
        (BOTH, "/at/e", File(ABSENT)),
        (CLAIM, "/at/a", File(ELSEWHERE)),
    ],
)
def test_a_file_is_read_where_it_is_mounted(
    volume: Mapping[str, object], path: str, file: File
) -> None:
    """A key is a file of its name, or at the path of `items`."""
    assert _read(_workload(volume), path, OPTIONS, HIDDEN) == file


def test_a_sub_path_is_the_file_itself() -> None:
    """`subPath` takes one file of the volume."""
    assert _read(_workload(PLAIN, subPath="a"), "/at", OPTIONS) == File(FOUND, "text")


def test_what_is_not_in_the_input_is_not_known() -> None:
    """An object that is missing, there twice, or in another namespace is unknown."""
    other = {**OPTIONS, "metadata": {"name": "options", "namespace": "other"}}
    workload = _workload(PLAIN)
    assert _read(workload, "/at/a") == File(ELSEWHERE)
    assert _read(workload, "/at/a", OPTIONS, OPTIONS) == File(ELSEWHERE)
    assert _read(workload, "/at/a", other) == File(ELSEWHERE)


MANIFEST = b"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: unrelated
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: options
data:
  file: |
    port: 9090
---
apiVersion: v1
kind: Pod
metadata:
  name: ksm
spec:
  containers:
    - name: kube-state-metrics
      image: example.org/kube-state-metrics/kube-state-metrics:v2.18.0
      args:
        - --config=/at/file
      livenessProbe:
        httpGet:
          path: /livez
          port: 8080
      volumeMounts:
        - name: v
          mountPath: /at
  volumes:
    - name: v
      configMap:
        name: options
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: unrelated-too
"""


def test_items_left_out_of_the_parse_are_asked_for() -> None:
    """A ConfigMap that a workload mounts is read, although it names no program."""
    assert b"livenessProbe" not in run(MANIFEST, {}).stdout
    assert b"livenessProbe" in run(MANIFEST.replace(b"port: 9090", b"port: 8080"), {}).stdout
