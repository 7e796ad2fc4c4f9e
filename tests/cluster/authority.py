"""The certificates of a cluster, and the kubeconfig of each of its clients."""

import json
import subprocess
from pathlib import Path

SERVER = "https://10.96.0.1:443"

_NODE = "10.244.0.1"
_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost")
_CLIENT = "extendedKeyUsage=clientAuth"
# Name -> subject, extensions. Those of a kubelet are fixed: user and group name its node.
_CERTIFICATES = {
    "kube-apiserver": (
        "/CN=kube-apiserver",
        "extendedKeyUsage=serverAuth\nsubjectAltName="
        + ",".join(
            (f"IP:{_NODE}", "IP:10.96.0.1", "IP:127.0.0.1", *(f"DNS:{name}" for name in _NAMES))
        ),
    ),
    "kubelet": (
        "/O=system:nodes/CN=system:node:node1",
        f"extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=IP:{_NODE},DNS:node1",
    ),
    "kube-apiserver-kubelet": ("/O=system:masters/CN=kube-apiserver-kubelet", _CLIENT),
    "kube-controller-manager": ("/CN=system:kube-controller-manager", _CLIENT),
    "kube-scheduler": ("/CN=system:kube-scheduler", _CLIENT),
    "admin": ("/O=system:masters/CN=admin", _CLIENT),
}
_KUBECONFIGS = ("kubelet", "kube-controller-manager", "kube-scheduler", "admin")


def write_certificates(folder: Path) -> None:
    """Write to `folder` what every program of a cluster shows and trusts, good for two days."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    issued = "-x509 -days 2 -keyout ca.key -out ca.crt -subj /CN=fix-ksm-probes"
    _openssl(folder, "req", *key, *issued.split())
    for name, (subject, extensions) in _CERTIFICATES.items():
        (folder / "extensions").write_text(f"{extensions}\n")
        request = f"-keyout {name}.key -out {name}.csr -subj {subject}"
        _openssl(folder, "req", *key, *request.split())
        signed = f"-req -in {name}.csr -out {name}.crt -days 2 -extfile extensions"
        authority = "-CA ca.crt -CAkey ca.key -CAcreateserial"
        _openssl(folder, "x509", *signed.split(), *authority.split())
    _openssl(folder, "genrsa", "-out", "service-account.key", "2048")
    for name in _KUBECONFIGS:
        (folder / f"{name}.kubeconfig").write_text(json.dumps(_kubeconfig(folder, name)))


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def _kubeconfig(folder: Path, name: str) -> dict[str, object]:
    cluster = {"server": SERVER, "certificate-authority": str(folder / "ca.crt")}
    user = {
        "client-certificate": str(folder / f"{name}.crt"),
        "client-key": str(folder / f"{name}.key"),
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "node",
        "clusters": [{"name": "node", "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": "node", "context": {"cluster": "node", "user": name}}],
    }
