"""What a kubelet asks for when a probe says `path: X`: Go's url.Parse, then String().

Compared with Go itself on a few hundred odd paths; the one thing left out is a path that starts
with a scheme and no slash (`a:b`), which no kubelet can send.
"""

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

# What Go leaves as it is when it has to write a path anew.
_SAFE = "$&+,/:;=@-_.~"
# What Go sends as it came.
_VALID = re.compile(r"[A-Za-z0-9$&+,/:;=@\-_.~!'()*\[\]%]*")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=/)")
_AUTHORITY = re.compile(r"(.*@)?(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]<>\"%]*)(:\d*)?")


def request_target(path: str) -> str:
    """Return the request target for the `path` of an httpGet handler.

    A path that Go cannot parse is sent literally, with everything in it escaped.
    """
    rest, _, fragment = path.partition("#")
    rest, mark, query = rest.partition("?")
    # A leading `//` or a scheme makes what follows a host, which the kubelet then replaces.
    after_scheme = _SCHEME.sub("", rest, count=1)
    authority = ""
    if after_scheme.startswith("//") and not rest.startswith("///"):
        authority, slash, rest = after_scheme[2:].partition("/")
        rest = slash + rest
    elif after_scheme != rest:
        rest = after_scheme
    cannot_be_parsed = (
        _BAD_ESCAPE.search(rest + "\n" + fragment)
        or _CONTROL.search(path)
        or not _AUTHORITY.fullmatch(authority)
        # A colon there would be taken for the end of a scheme.
        or ":" in rest.partition("/")[0]
    )
    if cannot_be_parsed:
        return _rooted(quote_from_bytes(path.encode(), safe=_SAFE))
    if not _VALID.fullmatch(rest):
        rest = quote_from_bytes(unquote_to_bytes(rest), safe=_SAFE)
    return _rooted(rest) + mark + query


def _rooted(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"
