"""Other text in a pipe instead of manifests is named; text that only looks like it is read."""

from __future__ import annotations

import gzip

import pytest

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import TABLE, OutputOptions

OBJECT = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
JSON = b'{"apiVersion": "v1", "kind": "ConfigMap"}\n'
_ERROR = "no manifests but an error message: "
_RELEASE = " belongs to the report of a release; use the output of `helm template`"
_ACCEPTED = "; Kubernetes manifests, a List and a ResourceList are accepted"
_SEVERAL = "it is more than one JSON value; put them in a List, or `---` between them"

TEXTS = {
    b"Error: chart not found\n": _ERROR + "Error: chart not found",
    b'Error from server (NotFound): deployments "ksm" not found\n': _ERROR + "Error from server",
    b"error: the server has no such resource\n": _ERROR + "error: the server",
    b"The connection to the server localhost:8080 was refused\n": _ERROR + "The connection",
    b"Unable to connect to the server: timeout\n": _ERROR + "Unable to connect",
    b"No resources found in monitoring namespace.\n": _ERROR + "No resources found",
    b"E1126 20:00:00.0 1 memcache.go:265] refused\n": _ERROR + "E1126",
    b"sh: 1: helm: not found\n": _ERROR + "sh: 1: helm: not found",
    b"NAME: ksm\nLAST DEPLOYED: today\nMANIFEST:\n---\n" + OBJECT: "line 1" + _RELEASE,
    OBJECT + b"\nNOTES:\nIt listens.\n": "line 5" + _RELEASE,
    OBJECT + b"<<<<<<< HEAD\na: 1\n=======\n>>>>>>> b\n": "line 4 is a conflict marker of Git",
    JSON + JSON: _SEVERAL,
    b"\n" + JSON.replace(b", ", b",\n  ") * 2: _SEVERAL,
    b"[" + JSON + b"]": "document 1 is a list; put its objects under `items` of a List" + _ACCEPTED,
    b"Hello\n": "document 1 is text, not an object" + _ACCEPTED,
    b"replicas: 1\n": "document 1 has no kind; it begins with `replicas:`" + _ACCEPTED,
    gzip.compress(OBJECT, mtime=0): "input is gzip, not UTF-8; UTF-8 is accepted",
    OBJECT.decode().encode("utf-16"): "input is UTF-16, not UTF-8; UTF-8 is accepted",
    OBJECT.decode().encode("utf-16-le"): "it looks like UTF-16; UTF-8 is accepted",
    OBJECT + b"# \xfc\n": "input is not UTF-8 (byte 53); UTF-8 is accepted",
}
MANIFESTS = (
    b"# Error: of the last build\n" + OBJECT,
    b"error: none\n" + OBJECT,
    OBJECT + b"data:\n  NOTES: none\n  a: |\n    NOTES:\n    <<<<<<< HEAD\n",
    OBJECT + b"NOTES:\n",
    JSON,
    JSON + b"---\n" + JSON,
    b"apiVersion: v1\nkind: List\nitems: []\n",
)


@pytest.mark.parametrize("raw", TEXTS)
def test_what_is_no_manifest_is_named(raw: bytes) -> None:
    """One line on stderr, and an empty stdout."""
    output = run(raw, {"mode": "check"}, options=OutputOptions(TABLE))

    assert (b"", 2) == (output.stdout, output.exit_code)
    assert output.stderr[0].startswith(f"fix-ksm-probes: error: stdin: {TEXTS[raw]}")
    assert len(output.stderr) == 1


@pytest.mark.parametrize("raw", MANIFESTS)
def test_what_only_looks_like_it_is_read(raw: bytes) -> None:
    """It comes out unchanged."""
    output = run(raw, {"mode": "check"})

    assert (raw, 0) == (output.stdout, output.exit_code)
