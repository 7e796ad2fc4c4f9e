"""From an input to its outcome: every workload analysed, and repaired where that is called for."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, analyse
from fix_ksm_probes.analysis.decision import PASSES
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Identity, Workload, find_workloads
from fix_ksm_probes.settings.fields import ALL, Settings
from fix_ksm_probes.yamlpatch import BadInput, Patch
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.analysis.findings import Finding
    from fix_ksm_probes.fixes.fix import Fix

_MOST_PODS = 50


class Repaired(NamedTuple):
    """One workload: what was found in it, and what comes of each finding."""

    analysis: Analysis
    fixes: tuple[Fix, ...] = ()


class Repairs(NamedTuple):
    """All that is found in an input, and the patch of its documents that repairs it.

    The patch is empty where one fix is refused. `failure` is what is wrong with a repair that does
    not hold, and the workload it is of: then there is neither patch nor workload.
    """

    workloads: tuple[Repaired, ...] = ()
    patch: Patch = ()
    failure: tuple[Finding, Identity] | None = None


def repair(read: Input, settings: Settings) -> Repairs:
    """Return what is found in an input, and the patch that repairs it all or, failing, nothing."""
    items, known = read.stream.items, read.stream.all_items
    analyses = tuple(each for item in items for each in _analyses(item, settings, known))
    asks_no_more = settings.scope != ALL and not (settings.looks_beside or settings.add_missing)
    if not analyses or (asks_no_more and all(map(_is_sound, analyses))):
        return Repairs(tuple(map(Repaired, analyses)))
    # To import all that a repair takes is most of a run that needs none.
    from fix_ksm_probes.fixes.plan import repair_all

    return repair_all(analyses, read.stream, settings)


def _analyses(item: Item, settings: Settings, items: tuple[Item, ...]) -> tuple[Analysis, ...]:
    targets = (each for each in find_workloads(item) if _is_target(each, settings))
    found = tuple(analysis for each in targets if (analysis := analyse(each, items)) is not None)
    # Each is repaired in a copy of the lists and mappings that lead to it.
    if len(found) > _MOST_PODS:
        place = found[0].workload.identity.place or "a resource without a name"
        raise BadInput(f"{place}: it has {len(found)} pods; at most {_MOST_PODS} are accepted")
    return found


def _is_sound(analysis: Analysis) -> bool:
    verdicts = (judged.verdict for judged in analysis.probes)
    passing = all(each.outcome == PASSES and not each.vacuous for each in verdicts)
    return passing and not analysis.bypasses


def _is_target(workload: Workload, settings: Settings) -> bool:
    return (
        settings.target_name in ("", workload.identity.name)
        and settings.target_namespace in ("", workload.identity.namespace)
        and set(settings.target_labels) <= set(workload.labels)
    )
