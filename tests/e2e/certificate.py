"""A certificate for the test API server."""

import ssl
import subprocess
from pathlib import Path


def server_context(folder: Path, address: str) -> tuple[ssl.SSLContext, Path]:
    """Return a TLS context for a server at `address`, and the file its clients trust."""
    certificate, key = folder / "ca.crt", folder / "server.key"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=test-api-server", "-addext", f"subjectAltName=IP:{address}"]
    files = ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run([*make.split(), *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate
