"""The path that a kubelet asks for, as Go reads the `path` of a probe."""

from __future__ import annotations

import re

# Escaped dots and slashes are cleaned by some releases of ServeMux and kept by others.
_KEPT = r"%2[EeFf]"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*:"


def kubelet_path(text: str) -> str | None:
    """Return the decoded path, with a leading slash, that an httpGet with this `path` requests.

    Go's url.Parse takes query, fragment, scheme and host off; what it refuses is a path as a
    whole. None where the request's target cannot be told.
    """
    http_path = text.partition("#")[0].partition("?")[0]
    scheme = re.match(_SCHEME, http_path)
    if scheme is not None:
        http_path = http_path[scheme.end() :]
        if not http_path.startswith("/"):
            return None
    if http_path.startswith("//"):
        _, slash, http_path = http_path[2:].partition("/")
        http_path = slash + http_path
    if "%" in http_path:
        if re.search(_KEPT, http_path):
            return None
        # Nearly no manifest needs this import.
        from urllib.parse import unquote

        http_path = unquote(http_path)
    return http_path if http_path.startswith("/") else "/" + http_path
