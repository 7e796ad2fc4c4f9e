"""One HTTP/1.1 request and its answer, the request target sent exactly as given."""

import http.client
import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request: status, headers with lower-case names, the body's beginning."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of the header `name` (lower case), empty if it is not there."""
        return next((value for key, value in self.headers if key == name), "")


def get(
    scheme: str,
    host: str,
    port: int,
    target: str,
    timeout: float,
    headers: tuple[tuple[str, str], ...] = (),
    most_bytes: int = 65536,
) -> Answer:
    """Send a GET over a new connection, with TLS unverified; `timeout` in seconds.

    Raises:
        OSError: no connection, no TLS, or no answer in time.
        http.client.HTTPException: the answer is not HTTP.

    """
    connection = _connection(scheme, host, port, timeout)
    try:
        named = {name.lower() for name, _ in headers}
        connection.putrequest("GET", target, skip_host="host" in named, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.putheader("Connection", "close")
        connection.endheaders()
        response = connection.getresponse()
        received = tuple((name.lower(), value) for name, value in response.getheaders())
        return Answer(response.status, received, response.read(most_bytes))
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int, timeout: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    # A kubelet verifies no certificate.
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=unverified)
