"""What the arguments of a pod's programs imply: who listens where, and what answers there."""

from __future__ import annotations

from fix_ksm_probes.manifests.pod import Argument
from fix_ksm_probes.programs.addresses import Address
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.pointer import Pointer

# What an HTTP server has for a path.
HEALTH = "health"
LANDING = "landing"
METRICS = "metrics"
PPROF = "pprof"
GUARDED = "guarded"
MISSING = "missing"

Version = tuple[int, int, int]


class Surface(NamedTuple):
    """The paths of an HTTP server, as patterns of Go's ServeMux, and what all other paths get."""

    routes: tuple[tuple[str, str], ...]
    otherwise: str

    def content(self, http_path: str) -> str:
        """Return what a GET of `http_path` (clean, without query) is answered with."""
        found = self.otherwise
        longest = 0
        for pattern, content in self.routes:
            subtree = pattern.endswith("/") and pattern != "/" and http_path.startswith(pattern)
            # ServeMux redirects a subtree's name without its slash.
            if (subtree or http_path in (pattern, pattern.rstrip("/"))) and len(pattern) > longest:
                found, longest = content, len(pattern)
        return found


class Upstream(NamedTuple):
    """Where a proxy sends what it lets through; `prefix` is put before each path."""

    tls: bool
    address: Address
    port: int
    prefix: str


class Proxy(NamedTuple):
    """What a proxy asks of a request before its upstream sees it.

    `ignore` and `allow` are patterns of Go's path.Match; `upstream` is None where it is hidden.
    `takes_patterns` is false for a version that compares ignored paths letter by letter.
    """

    upstream: Upstream | None
    ignore: tuple[str, ...]
    allow: tuple[str, ...]
    takes_patterns: bool
    ignore_argument: Argument | None


class Listener(NamedTuple):
    """An open socket of a program.

    `tls` is None where a file decides it. `surfaces` are all that the program may serve there,
    more than one where its version is not known; a proxy has none. `source` is the place of the
    argument that proves the address, or of the container where the address is a default.
    """

    container: int
    program: str
    name: str
    address: Address
    port: int
    tls: bool | None
    surfaces: tuple[Surface, ...]
    proxy: Proxy | None
    source: Pointer


class Implied(NamedTuple):
    """What is known of one program: its listeners, and why there may be others or none.

    `hidden` names why it may listen at places that are not in `listeners`; `exits` why it ends at
    once and listens nowhere. Both are empty for a program that is understood and runs.
    """

    listeners: tuple[Listener, ...] = ()
    hidden: str = ""
    exits: str = ""


# Reasons why something cannot be known; evidence.py has the sentences.
ANOTHER_PROGRAM = "another program"
SHELL = "shell"
OPTION_FILE = "option file"
VARIABLE = "variable"
UNREADABLE = "unreadable argument"

# Reasons why a program ends at once.
UNKNOWN_FLAG = "unknown flag"
BAD_VALUE = "bad value"
UNKNOWN_RESOURCE = "unknown resource"
PRINTS = "prints and ends"
NO_CREDENTIAL = "no credential"
ALLOW_WITH_IGNORE = "allow with ignore"
BAD_PATTERN = "bad pattern"
NO_ADDRESS = "no listen address"
BAD_ADDRESS = "bad listen address"
SAME_PORT = "same port twice"
STRAY_WORD = "stray word"
BAD_UPSTREAM = "bad upstream"
