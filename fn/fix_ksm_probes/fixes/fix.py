"""What is done about one probe, and about a workload as a whole."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import JudgedProbe
from fix_ksm_probes.yamlpatch import Patch
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

REMOVED = "removed"
MOVED = "moved"
REFUSED = "refused"

# Why a mode cannot repair a probe; prose.py has the sentences.
NOT_OURS = "not ours"
NO_ADDRESS = "no address"
NO_IMAGE = "no image"
NO_PROXY = "no proxy"
NO_PORT = "no port"
NO_ENDPOINTS = "no proxy endpoints"
TLS_BY_FILE = "TLS by file"
TOO_EARLY = "too early"
EXITS = "exits"
HELD_BACK = "held back"

# What a repair costs; prose.py has the sentences.
BLIND = "blind"
SEEN_BY_ANOTHER = "seen by another"
OTHER_LISTENER = "other listener"
ASSUMED_VERSION = "assumed version"
NEVER_STARTS = "never starts"


class Cure(NamedTuple):
    """What is done about a probe.

    A moved probe is answered at `port` by container `answered_by`; one that asked there before
    `stays`, and is let through now if it was not. A refused one says `why` not.
    `costs` are what the reader must know of it.
    """

    judged: JudgedProbe
    action: str
    answered_by: str = ""
    port: int = 0
    why: str = ""
    costs: tuple[str, ...] = ()
    stays: bool = False


class Repair(NamedTuple):
    """The cures of a workload and the one patch, of its resource, that brings them all about."""

    cures: tuple[Cure, ...] = ()
    patch: Patch = ()


def combine(repairs: tuple[Repair, ...]) -> Repair:
    """Return one repair that does what all of `repairs` do, in their order."""
    return Repair(
        tuple(cure for repair in repairs for cure in repair.cures),
        tuple(operation for repair in repairs for operation in repair.patch),
    )
