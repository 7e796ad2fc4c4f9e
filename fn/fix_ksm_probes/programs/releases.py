"""Which command lines end a program at once, as far as they alone tell."""

from __future__ import annotations

import re

from fix_ksm_probes.manifests.placeholders import find_placeholder
from fix_ksm_probes.programs.command_line import CommandLine, Flag, FlagSet, go_bool, go_int, is_on
from fix_ksm_probes.programs.listeners import (
    BAD_VALUE,
    HIDDEN,
    NO_CREDENTIAL,
    PLACEHOLDER,
    PRINTS,
    STRAY_WORD,
    UNKNOWN_BUILD,
    UNKNOWN_FLAG,
    ListenAnalysis,
    Version,
)
from fix_ksm_probes.programs.program import Invocation
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 (a place, no secret)

INTEGER = "integer"
UNSIGNED = "unsigned integer"
FLOAT = "float"
DURATION = "duration"
# As Go's ParseFloat and ParseDuration read them.
_PATTERNS = {
    FLOAT: r"(?i:[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan))\Z",
    DURATION: r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)\Z",
}


class Releases(NamedTuple):
    """What a program's releases take.

    `since` and `until` name the releases that brought a flag, and that took it away; a flag in
    neither was always there, but for single releases that are `without` it. The flags of releases
    from `oldest` to `newest` are all known. Words beside flags are refused from
    `no_positionals_since` on. `types` says what the values of flags are, but for plain words; the
    values of `judged` flags can end a program, too.
    """

    flag_set: FlagSet
    since: dict[str, Version]
    until: dict[str, Version]
    oldest: Version
    newest: Version
    without: dict[Version, frozenset[str]]
    no_positionals_since: Version
    refuses_empty_words: bool
    types: dict[str, str]
    judged: frozenset[str]


def ends_at_once(
    line: CommandLine, releases: Releases, invocation: Invocation, *, credentials: tuple[str, ...]
) -> ListenAnalysis | None:
    """Return that a program ends at once, or that it cannot be known; None: nothing says so.

    `credentials` are the flags that stand in for the token of the service account.
    """
    version = invocation.version
    words = line.positionals
    positionals = words if releases.refuses_empty_words else tuple(filter(None, words))
    if positionals and (version is None or version >= releases.no_positionals_since):
        return ListenAnalysis(exits=STRAY_WORD, culprit=positionals[0])
    if line.is_cut:
        last = invocation.arguments[-1].text if invocation.arguments else ""
        return ListenAnalysis(exits=BAD_VALUE, culprit=last or "")
    refusals = (_refusal(flag, releases, version) for flag in line.flags)
    awaited = (_awaited(flag, releases, invocation) for flag in line.flags)
    refusal = next((each for each in (*refusals, *awaited) if each), None)
    if refusal:
        return refusal
    if invocation.has_token or any(flag.name in credentials for flag in line.flags):
        return None
    return ListenAnalysis(exits=NO_CREDENTIAL, culprit="automountServiceAccountToken")


def refused(flag: Flag, why: str = BAD_VALUE) -> ListenAnalysis:
    """Return that a flag, with the value that it is given, ends a program."""
    return ListenAnalysis(exits=why, culprit=written(flag))


def written(flag: Flag) -> str:
    """Return a flag as the manifest gives it."""
    return " ".join(argument.text or "" for argument in flag.arguments)


def mounts_token(mounts: tuple[str, ...]) -> bool:
    """Tell whether a container mounts a service account token by hand."""
    return any(f"{_TOKEN}/".startswith(f"{mount.rstrip('/')}/") for mount in mounts if mount)


def _refusal(flag: Flag, releases: Releases, version: Version | None) -> ListenAnalysis | None:
    name = flag.name
    spelled = f"--{name}" if not name.startswith("-") else name
    if name in ("help", "-h") and is_on(flag):
        return ListenAnalysis(exits=PRINTS, culprit=spelled)
    if name.startswith("-"):
        if name not in releases.flag_set.shorthands:
            return ListenAnalysis(exits=UNKNOWN_FLAG, culprit=spelled)
        name = name[1:]
    elif _is_of_no_release(name, releases) and (version is None or version < releases.oldest):
        return ListenAnalysis(indeterminate=UNKNOWN_BUILD, culprit=spelled)
    elif version is not None and _is_unknown(name, releases, version):
        return ListenAnalysis(exits=UNKNOWN_FLAG, culprit=spelled)
    if name == "version" and is_on(flag):
        return ListenAnalysis(exits=PRINTS, culprit=spelled)
    if HIDDEN in flag.value or _is_of_type(flag, name, releases):
        return None
    return refused(flag)


def _awaited(flag: Flag, releases: Releases, invocation: Invocation) -> ListenAnalysis | None:
    # How much a program logs ends none.
    is_judged = flag.name in releases.judged or (
        flag.name in releases.types and not flag.name.startswith(("v", "log"))
    )
    if not is_judged or HIDDEN not in flag.value:
        return None
    found = find_placeholder(written(flag)) or invocation.container.placeholder
    return ListenAnalysis(indeterminate=PLACEHOLDER, culprit=found) if found else None


def _is_of_type(flag: Flag, name: str, releases: Releases) -> bool:
    if name in releases.flag_set.switches:
        return not flag.value or go_bool(flag.value) is not None
    expected = releases.types.get(name)
    if expected in _PATTERNS:
        return re.match(_PATTERNS[expected], flag.value) is not None
    number = go_int(flag.value)
    return expected is None or (number is not None and (number >= 0 or expected == INTEGER))


def _is_of_no_release(name: str, releases: Releases) -> bool:
    return name not in releases.flag_set.values and name not in releases.flag_set.switches


def _is_unknown(name: str, releases: Releases, version: Version) -> bool:
    if name in releases.since and version < releases.since[name]:
        return True
    if name in releases.until and version >= releases.until[name]:
        return True
    return name in releases.without.get(version, ()) or _is_of_no_release(name, releases)
