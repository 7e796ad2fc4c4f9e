"""The releases of a program: which command lines make it exit at start."""

from __future__ import annotations

import re

from fix_ksm_probes.manifests.files import ABSENT, File
from fix_ksm_probes.manifests.placeholders import find_placeholder, find_stand_in
from fix_ksm_probes.manifests.pod import AUTOMOUNT
from fix_ksm_probes.programs.command_line import (
    CommandLine,
    Flag,
    FlagSet,
    go_bool,
    go_int,
    refused,
)
from fix_ksm_probes.programs.listeners import (
    BAD_VALUE,
    HIDDEN,
    MISSING_FILE,
    NO_CREDENTIAL,
    PLACEHOLDER,
    PRINTS,
    STRAY_WORD,
    UNKNOWN_BUILD,
    UNKNOWN_FLAG,
    UNMOUNTED_FILE,
    UNREADABLE,
    VARIABLE,
    Version,
    exits,
    unknown,
)
from fix_ksm_probes.programs.program import Invocation
from fix_ksm_probes.yamlpatch import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    Key = TypeVar("Key")

INTEGER = "integer"
UNSIGNED = "unsigned integer"
FLOAT = "float"
DURATION = "duration"
SEVERITY = "severity"
LINE_OF_CODE = "line of code"
VERBOSITIES = "verbosities"
# As Go's ParseFloat and ParseDuration read them, and the flags of klog.
_PATTERNS = {
    FLOAT: r"(?i:[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan))\Z",
    DURATION: r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)\Z",
    SEVERITY: r"(?i:info|warning|error|fatal|[+-]?\d+)\Z",
    LINE_OF_CODE: r"(?:[^:]*\.[^:]*:\+?\d+)?\Z",
    VERBOSITIES: r"(?:[^=,]+=\+?\d+)?(?:,(?:[^=,]+=\+?\d+)?)*\Z",
}


class Releases(NamedTuple):
    """The flags that the releases of a program accept.

    `since` and `until` name the releases that added and removed a flag. A flag in neither was
    always there, except in single releases that are `without` it. All flags of the releases from
    `oldest` to `newest` are known. From `no_positionals_since` on, words besides flags are refused,
    except `subcommands`, which print something and exit. `types` has the types of values that are
    not plain text; values of `judged` flags can make the program exit, too. `credentials` are the
    flags that replace the token of the service account.
    """

    flag_set: FlagSet
    since: dict[str, Version]
    until: dict[str, Version]
    oldest: Version
    newest: Version
    without: dict[Version, frozenset[str]]
    no_positionals_since: Version
    subcommands: frozenset[str]
    refuses_empty_words: bool
    types: dict[str, str]
    judged: frozenset[str]
    credentials: frozenset[str]

    def has(self, name: str, version: Version | None = None) -> bool:
        """Tell whether a release, or any of them if none is given, accepts the flag `name`."""
        if name not in self.flag_set.values and name not in self.flag_set.switches:
            return False
        return version is None or (
            self.since.get(name, version) <= version
            and not (name in self.until and version >= self.until[name])
            and name not in self.without.get(version, ())
        )


def by_word(table: dict[Key, str]) -> dict[str, Key]:
    """Return a table reversed: each word of a value, with its key."""
    return {word: key for key, words in table.items() for word in words.split()}


def read_line(invocation: Invocation, releases: Releases) -> CommandLine:
    """Return the command line of a program that accepts it.

    Raises Stopped if the program exits at start, or if that is not known.
    """
    line, version = invocation.read(releases.flag_set), invocation.version
    if any(argument.text is None for argument in invocation.arguments):
        raise unknown(UNREADABLE)
    if line.is_hidden:
        raise unknown(VARIABLE)
    words = line.positionals
    positionals = words if releases.refuses_empty_words else tuple(filter(None, words))
    if positionals and (version is None or version >= releases.no_positionals_since):
        is_known = positionals[0] in releases.subcommands
        raise exits(PRINTS if is_known else STRAY_WORD, positionals[0])
    if line.is_cut:
        raise exits(BAD_VALUE, invocation.arguments[-1].text or "")
    for flag in line.flags:
        _hold_to_releases(flag, releases, version)
    for flag in line.flags:
        _await_placeholder(flag, releases, invocation)
    names = {flag.name for flag in line.flags}
    if not invocation.has_token and names.isdisjoint(releases.credentials):
        raise exits(NO_CREDENTIAL, AUTOMOUNT)
    return line


def read_file(path: str, invocation: Invocation) -> File:
    """Return the file at `path`, without which a program exits.

    Raises Stopped if it is missing, or if only another build may have it.
    """
    file = invocation.files.read(path)
    if file.state == ABSENT:
        raise exits(MISSING_FILE, path)
    if invocation.is_known and not file.is_mounted:
        raise unknown(UNMOUNTED_FILE, path)
    return file


def await_port(address: str) -> None:
    """Raise Stopped if the text after the last colon of `address` is a placeholder for a port."""
    port = address.rpartition(":")[2]
    # A bracket ends an IPv6 address.
    is_port = HIDDEN not in port and ("[" in port or "]" not in port)
    if is_port and (awaited := find_stand_in(port)):
        raise unknown(PLACEHOLDER, awaited)


def _hold_to_releases(flag: Flag, releases: Releases, version: Version | None) -> None:
    name = flag.name
    spelled = name if name.startswith("-") else f"--{name}"
    is_set = not flag.is_hidden and go_bool(flag.value) is not False
    if name in ("help", "-h") and is_set:
        raise exits(PRINTS, spelled)
    if name.startswith("-"):
        if name not in releases.flag_set.shorthands:
            raise exits(UNKNOWN_FLAG, spelled)
        name = name[1:]
    elif not releases.has(name) and (version is None or version < releases.oldest):
        raise unknown(UNKNOWN_BUILD, spelled)
    elif version is not None and not releases.has(name, version):
        raise exits(UNKNOWN_FLAG, spelled)
    if name == "version" and is_set:
        raise exits(PRINTS, spelled)
    if not flag.is_hidden and not is_of_type(flag, name, releases):
        if name in releases.types and (awaited := find_stand_in(flag.value)):
            raise unknown(PLACEHOLDER, awaited)
        raise refused(flag)


def _await_placeholder(flag: Flag, releases: Releases, invocation: Invocation) -> None:
    # No log level makes a program exit.
    is_judged = flag.name in releases.judged or (
        flag.name in releases.types and not flag.name.startswith(("v", "log", "stderr", "alsolog"))
    )
    if is_judged and flag.is_hidden:
        found = find_placeholder(flag.written) or invocation.container.placeholder
        if found:
            raise unknown(PLACEHOLDER, found)


def is_of_type(flag: Flag, name: str, releases: Releases) -> bool:
    """Tell whether the value of a flag is one that the flag `name` of a program accepts."""
    if name in releases.flag_set.switches:
        return not flag.value or go_bool(flag.value) is not None
    expected = releases.types.get(name)
    if expected in _PATTERNS:
        return re.match(_PATTERNS[expected], flag.value) is not None
    number = go_int(flag.value)
    return expected is None or (number is not None and (number >= 0 or expected == INTEGER))
