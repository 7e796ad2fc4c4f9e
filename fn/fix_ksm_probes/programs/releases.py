"""Which command lines end a program at once, as far as they alone tell."""

from __future__ import annotations

from fix_ksm_probes.programs.command_line import CommandLine, Flag, FlagSet, go_bool, go_int
from fix_ksm_probes.programs.listeners import (
    BAD_VALUE,
    HIDDEN,
    NO_CREDENTIAL,
    PRINTS,
    STRAY_WORD,
    UNKNOWN_FLAG,
    Version,
)
from fix_ksm_probes.programs.program import Invocation
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 (a place, no secret)


class Releases(NamedTuple):
    """What a program's releases take.

    `since` and `until` name the releases that brought a flag, and that took it away; a flag in
    neither was always there, but for single releases that are `without` it. The flags of releases
    from `oldest` to `newest` are all known. Words beside flags are refused from
    `no_positionals_since` on, and what is no number as the value of one of `integers`.
    """

    flag_set: FlagSet
    since: dict[str, Version]
    until: dict[str, Version]
    oldest: Version
    newest: Version
    without: dict[Version, frozenset[str]]
    no_positionals_since: Version
    refuses_empty_words: bool
    integers: frozenset[str]


def ends_at_once(
    line: CommandLine, releases: Releases, invocation: Invocation, *, credentials: tuple[str, ...]
) -> str:
    """Return why a program ends at once; empty where nothing says so.

    `credentials` are the flags that stand in for the token of the service account.
    """
    version = invocation.version
    words = line.positionals
    positionals = words if releases.refuses_empty_words else tuple(filter(None, words))
    if positionals and (version is None or version >= releases.no_positionals_since):
        return STRAY_WORD
    if line.is_cut:
        return BAD_VALUE
    reasons = (_refusal(flag, releases, version) for flag in line.flags)
    refusal = next((reason for reason in reasons if reason), "")
    if refusal:
        return refusal
    if invocation.has_token or any(flag.name in credentials for flag in line.flags):
        return ""
    return NO_CREDENTIAL


def mounts_token(mounts: tuple[str, ...]) -> bool:
    """Tell whether a container mounts a service account token by hand."""
    return any(f"{_TOKEN}/".startswith(f"{mount.rstrip('/')}/") for mount in mounts if mount)


def _refusal(flag: Flag, releases: Releases, version: Version | None) -> str:
    if flag.name in ("help", "-h"):
        return PRINTS
    if flag.name.startswith("-"):
        return "" if flag.name in releases.flag_set.shorthands else UNKNOWN_FLAG
    if version is not None and _is_unknown(flag.name, releases, version):
        return UNKNOWN_FLAG
    if flag.name == "version":
        return PRINTS
    if HIDDEN in flag.value:
        return ""
    if flag.name in releases.integers:
        return BAD_VALUE if go_int(flag.value) is None else ""
    is_switch = flag.name in releases.flag_set.switches
    return BAD_VALUE if is_switch and flag.value and go_bool(flag.value) is None else ""


def _is_unknown(name: str, releases: Releases, version: Version) -> bool:
    if name in releases.since and version < releases.since[name]:
        return True
    if name in releases.until and version >= releases.until[name]:
        return True
    if name in releases.without.get(version, ()):
        return True
    known = name in releases.flag_set.values or name in releases.flag_set.switches
    return not known and releases.oldest <= version <= releases.newest
