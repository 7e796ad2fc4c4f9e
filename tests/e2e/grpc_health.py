"""Ask for gRPC health over plaintext HTTP/2, with as much of HTTP/2 as one question needs."""

import socket
import struct
from collections.abc import Iterator

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _SETTINGS, _GOAWAY = 0, 1, 4, 7
_END_STREAM, _END_HEADERS = 1, 4
# HealthCheckResponse{status: SERVING} as protobuf.
_SERVING = b"\x08\x01"
_LONGEST_FRAME = 1 << 24


def is_serving(host: str, port: int, service: str, timeout: float) -> bool:
    """Tell whether grpc.health.v1.Health/Check answers SERVING; `timeout` in seconds.

    Raises:
        OSError: no connection, or no answer in time.

    """
    named = service.encode()
    message = b"\x0a" + bytes([len(named)]) + named if named else b""
    headers = {
        ":method": "POST",
        ":scheme": "http",
        ":path": "/grpc.health.v1.Health/Check",
        ":authority": f"{host}:{port}",
        "content-type": "application/grpc",
        "te": "trailers",
    }
    block = b"".join(b"\x00" + _text(name) + _text(value) for name, value in headers.items())
    question = struct.pack(">BI", 0, len(message)) + message
    with socket.create_connection((host, port), timeout) as connection:
        connection.sendall(
            _PREFACE
            + _frame(_SETTINGS, 0, 0, b"")
            + _frame(_HEADERS, _END_HEADERS, 1, block)
            + _frame(_DATA, _END_STREAM, 1, question)
        )
        answers = (payload for kind, payload in _frames(connection) if kind == _DATA)
        return any(payload[5:] == _SERVING for payload in answers)


def _text(value: str) -> bytes:
    # An HPACK literal without Huffman coding, shorter than 127 bytes.
    return bytes([len(value)]) + value.encode()


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _frames(connection: socket.socket) -> Iterator[tuple[int, bytes]]:
    """Yield (kind, payload) until the peer ends the stream, or does not speak HTTP/2."""
    with connection.makefile("rb") as received:
        while len(head := received.read(9)) == 9 and not head.startswith(b"HTTP/"):
            payload = received.read(int.from_bytes(head[:3], "big"))
            yield head[3], payload
            ends_stream = head[3] in (_DATA, _HEADERS) and head[4] & _END_STREAM
            if ends_stream or head[3] == _GOAWAY:
                return
