"""From an input to its outcome: survey every workload, and treat them where that is called for."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, analyse
from fix_ksm_probes.analysis.decision import PASSES
from fix_ksm_probes.fixes.fix import Repair
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Workload, find_workloads
from fix_ksm_probes.report.outcome import Outcome, Treated
from fix_ksm_probes.settings.fields import ALL, Settings
from fix_ksm_probes.yamlpatch import BadInput

_MOST_PODS = 50


def repair(read: Input, settings: Settings) -> Outcome:
    """Return what is found in an input, and the patch that repairs it all or, failing, nothing."""
    analyses = tuple(seen for item in read.stream.items for seen in _analyses(item, settings))
    asks_no_more = settings.scope != ALL and not (settings.looks_beside or settings.add_missing)
    if not analyses or (asks_no_more and all(map(_is_sound, analyses))):
        return Outcome(read, settings, tuple(Treated(seen, Repair(), ()) for seen in analyses))
    # To import all that a treatment takes is most of a run that needs none.
    from fix_ksm_probes.fixes.treatment import treat

    return treat(analyses, read, settings)


def _analyses(item: Item, settings: Settings) -> tuple[Analysis, ...]:
    targets = (each for each in find_workloads(item) if _is_target(each, settings))
    found = tuple(seen for each in targets if (seen := analyse(each)) is not None)
    # Each is repaired in a copy of the lists and mappings that lead to it.
    if len(found) > _MOST_PODS:
        place = found[0].workload.identity.place or "a resource without a name"
        raise BadInput(f"{place}: it has {len(found)} pods; at most {_MOST_PODS} are accepted")
    return found


def _is_sound(seen: Analysis) -> bool:
    verdicts = (judged.verdict for judged in seen.probes)
    passing = all(each.outcome == PASSES and not each.vacuous for each in verdicts)
    return passing and not seen.bypasses


def _is_target(workload: Workload, settings: Settings) -> bool:
    return (
        settings.target_name in ("", workload.identity.name)
        and settings.target_namespace in ("", workload.identity.namespace)
        and set(settings.target_labels) <= set(workload.labels)
    )
