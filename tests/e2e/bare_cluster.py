"""A Kubernetes API that takes what helm and kubectl send, and keeps it to be looked at."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import yaml

_VERSION = {"major": "1", "minor": "33", "gitVersion": "v1.33.0"}
_KINDS = {
    "v1": {"secrets": "Secret", "services": "Service"},
    "apps/v1": {"deployments": "Deployment"},
    "batch/v1": {"jobs": "Job"},
}
_PLURALS = {plural: kind for kinds in _KINDS.values() for plural, kind in kinds.items()}
_APPLY = "application/apply-patch+yaml"
_PROTOBUF = "application/vnd.kubernetes.protobuf"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server that is up: `kubeconfig` leads to it, `objects` are what it was sent, by path."""

    kubeconfig: Path
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """Return what was sent of one kind."""
        return [each for each in self.objects.values() if each.get("kind") == kind]


@contextmanager
def bare_cluster(folder: Path) -> Iterator[Cluster]:
    """Serve an empty cluster on a free port; its kubeconfig is written to `folder`."""
    cluster = Cluster(folder / "kubeconfig")
    handler = type("Handler", (_Handler,), {"objects": cluster.objects})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    cluster.kubeconfig.write_text(json.dumps(_kubeconfig(server.server_port)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _kubeconfig(port: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "bare",
        "clusters": [{"name": "bare", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "contexts": [{"name": "bare", "context": {"cluster": "bare", "user": ""}}],
    }


def _discovery(path: str) -> dict[str, Any] | None:
    if path == "/version":
        return _VERSION
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        found = [{"groupVersion": name, "version": "v1"} for name in _KINDS if "/" in name]
        groups = [
            {
                "name": each["groupVersion"].removesuffix("/v1"),
                "versions": [each],
                "preferredVersion": each,
            }
            for each in found
        ]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    version = path.removeprefix("/apis/").removeprefix("/api/")
    if version not in _KINDS:
        return None
    resources = [
        {"name": plural, "kind": kind, "namespaced": True, "verbs": ["create", "get", "patch"]}
        for plural, kind in _KINDS[version].items()
    ]
    return {"kind": "APIResourceList", "groupVersion": version, "resources": resources}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects: ClassVar[dict[str, dict[str, Any]]] = {}

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/openapi/v2":
            # An empty document: it describes no kind, so that clients validate none.
            self._send(200, b"", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
            return
        found = _discovery(path) or self.objects.get(path)
        plural = path.rpartition("/")[2]
        if found is None and plural in _PLURALS:
            items = [each for at, each in self.objects.items() if at.startswith(f"{path}/")]
            found = {"apiVersion": "v1", "kind": f"{_PLURALS[plural]}List", "items": items}
        if found is None:
            missing = {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}
            self._send_object(missing, 404)
        else:
            self._send_object(found)

    def do_POST(self) -> None:
        self._take(201)

    def do_PUT(self) -> None:
        self._take(200)

    def do_PATCH(self) -> None:
        self._take(200)

    def _take(self, status: int) -> None:
        path = self.path.partition("?")[0]
        content_type = self.headers["Content-Type"]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if content_type == _PROTOBUF:
            # The notes that helm keeps of a release; nobody looks into them here.
            self._send(status, body, content_type)
            return
        sent = yaml.safe_load(body)
        if self.command == "POST":
            path += f"/{sent['metadata']['name']}"
        if self.command == "PATCH" and content_type != _APPLY:
            raise NotImplementedError(content_type)
        self.objects[path] = sent
        self._send_object(sent, status)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send_object(self, item: dict[str, Any], status: int = 200) -> None:
        self._send(status, json.dumps(item).encode(), "application/json")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
