"""An API server with nothing in it: enough for the programs under test to be healthy."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PORT = 6443
# The three kinds of bearer token: allowed, known but not allowed, not known.
GOOD = "good"
FORBIDDEN = "forbidden"
UNKNOWN = "unknown"
_USERS = {GOOD: "allowed-user", FORBIDDEN: "denied-user"}
_HEALTH = ("/livez", "/readyz", "/healthz")
_WATCH_SECONDS = 3600


def stateful_set(name: str, namespace: str) -> dict[str, Any]:
    """Return the object that `serve` can hold."""
    metadata = {"name": name, "namespace": namespace, "uid": "1", "resourceVersion": "1"}
    spec = {"replicas": 1, "selector": {}, "template": {}}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec}


def serve(address: str, tls: ssl.SSLContext, stateful_set: dict[str, Any] | None) -> None:
    """Serve on `address` until the process ends.

    Args:
        address: the IP address to bind.
        tls: with the server's certificate.
        stateful_set: the one object there is: kube-state-metrics finds its shard number by asking
            for its pod and the StatefulSet that owns it.

    """
    handler = type("Handler", (_Handler,), {"stateful_set": stateful_set})
    server = _Server((address, PORT), handler)
    # The handshake belongs in the connection's thread, not in accept().
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is an everyday thing here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stateful_set: dict[str, Any] | None = None

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        if url.path in _HEALTH:
            self._send(200, b"ok", "text/plain")
        elif url.path == "/version":
            self._send_object({"major": "1", "minor": "33", "gitVersion": "v1.33.0"})
        elif "sendInitialEvents" in query:
            # An older server's answer to a streamed list; the client then lists and watches.
            self._send_object(_status(422, "Invalid"), 422)
        elif "watch" in query:
            self._watch()
        else:
            self._send_object(*self._found(url.path))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if self.path.endswith("/tokenreviews"):
            self._send_object(body | {"status": _token_status(body["spec"].get("token", ""))}, 201)
        elif self.path.endswith("/subjectaccessreviews"):
            allowed = body["spec"].get("user") == _USERS[GOOD]
            self._send_object(body | {"status": {"allowed": allowed}}, 201)
        else:
            self._send_object(_status(404, "NotFound"), 404)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _found(self, path: str) -> tuple[dict[str, Any], int]:
        parts = path.strip("/").split("/")
        owner = self.stateful_set
        items: list[dict[str, Any]] = []
        if owner is not None and "namespaces" in parts[:-1]:
            name = owner["metadata"]["name"]
            if parts[-1] == "statefulsets":
                items = [owner]
            elif parts[-2:] == ["statefulsets", name]:
                return owner, 200
            elif parts[-2:] == ["pods", f"{name}-0"]:
                return _pod_of(owner), 200
        return {"metadata": {"resourceVersion": "1"}, "items": items}, 200

    def _watch(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        threading.Event().wait(_WATCH_SECONDS)

    def _send_object(self, item: dict[str, Any], status: int = 200) -> None:
        self._send(status, json.dumps(item).encode(), "application/json")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _token_status(token: str) -> dict[str, Any]:
    if token not in _USERS:
        return {"authenticated": False}
    return {"authenticated": True, "user": {"username": _USERS[token], "uid": token}}


def _pod_of(owner: dict[str, Any]) -> dict[str, Any]:
    name = owner["metadata"]["name"]
    reference = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name, "uid": "1"}
    metadata = owner["metadata"] | {
        "name": f"{name}-0",
        "ownerReferences": [reference | {"controller": True}],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": []}}


def _status(code: int, reason: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "code": code,
        "reason": reason,
    }
