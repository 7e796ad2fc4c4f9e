"""What an option of the settings did, or why it did not."""

from __future__ import annotations

from fix_ksm_probes.manifests.workload import Identity
from fix_ksm_probes.yamlpatch import Patch, Pointer
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

DONE = "done"
NOTED = "noted"
LEFT = "left"
LOST = "lost"
REFUSED = "refused"


class Deed(NamedTuple):
    """One thing that an option did, noted, left as it is, or refuses to do; or who loses by it.

    `fact` says what there is and `then` what became of it; `done` says that in few words. `place`
    leads from the resource of `identity`, None for the workload's, to what it is about.
    """

    reason: str
    outcome: str
    fact: str
    then: str
    done: str
    place: Pointer = ()
    container: str = ""
    current: object = None
    proposed: object = None
    identity: Identity | None = None


class Step(NamedTuple):
    """What an option changes, and what there is to say about it."""

    patch: Patch = ()
    deeds: tuple[Deed, ...] = ()
