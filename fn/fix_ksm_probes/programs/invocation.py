"""One start of a program: its container, its version, and its command line."""

from __future__ import annotations

from fix_ksm_probes.manifests.pod import Argument, Container
from fix_ksm_probes.programs.addresses import HIDDEN
from fix_ksm_probes.programs.command_line import CommandLine, FlagSet, expand, read_command_line
from fix_ksm_probes.programs.listeners import Version
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple


class Invocation(NamedTuple):
    """A container that runs a program that is known; `place` is its index in the pod.

    `version` is None where the image does not tell it; `has_token` tells whether the token of a
    service account is there.
    """

    place: int
    container: Container
    version: Version | None
    arguments: tuple[Argument, ...]
    has_token: bool


def read_invocation(invocation: Invocation, flag_set: FlagSet) -> CommandLine:
    """Return the command line that the program is started with."""
    return read_command_line(expand(invocation.arguments, invocation.container), flag_set)


def is_hidden(line: CommandLine) -> bool:
    """Tell whether a word of the command line may be any flag, for what the cluster puts there."""
    return any(HIDDEN in text for text in (*line.strays, *(flag.name for flag in line.flags)))
