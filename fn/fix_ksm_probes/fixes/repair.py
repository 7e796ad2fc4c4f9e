"""From an input to its repairs: analyse every workload, and repair it if the mode asks for that."""

from __future__ import annotations

import re

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe, analyse
from fix_ksm_probes.analysis.decision import PASSES, Verdict
from fix_ksm_probes.fixes import Repaired, Repairs
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.pod import read_pod
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.manifests.stream import Item, is_json_patch
from fix_ksm_probes.manifests.workload import (
    Identity,
    Workload,
    find_workloads,
    identify,
    read_suppressions,
    says_little,
)
from fix_ksm_probes.programs import POD, exporter_names
from fix_ksm_probes.rules.catalogue import NO_LISTENER, PORT_NAME_UNDEFINED
from fix_ksm_probes.settings.fields import ALL, Settings
from fix_ksm_probes.yamlpatch import BadInput

_MOST_PODS = 50


def repair(
    read: Input,
    settings: Settings,
    *,
    is_alone: bool = True,
    is_held: bool = False,
    is_part: bool = False,
) -> Repairs:
    """Return the fixes of an input, and the patch that carries out all of them, or none.

    If the input `is_part` of a stream, `is_alone` says that it has the only workload of that, and
    `is_held` that a fix elsewhere is refused.
    """
    items = read.stream.items
    targets = [(item, _targets(item, settings)) for item in items]
    found = tuple(each for _, workloads in targets for each in _analyses(workloads, read.related))
    fragments = [identity for each in targets for identity in _fragments(*each)]
    may_be_templates = "#@" in read.source.text
    partial = tuple(
        each
        for each in found
        if _relies_on_more(each)
        or (may_be_templates and _is_template(each.workload, read, is_part=is_part))
    )
    fragments += [each.workload.identity for each in partial]
    found = tuple(each for each in found if each not in partial)
    # The only workload is repaired even if a controller owns it.
    is_alone = is_alone and len(found) == 1
    owned = tuple(each.workload for each in found if each.workload.owner and not is_alone)
    analyses = tuple(each for each in found if each.workload not in owned)
    repairs = _repair(analyses, read, settings, is_held=is_held)
    return repairs._replace(owned=owned, fragments=tuple(fragments))


def _repair(
    analyses: tuple[Analysis, ...], read: Input, settings: Settings, *, is_held: bool
) -> Repairs:
    asks_no_more = settings.scope != ALL and not (settings.looks_beside or settings.add_missing)
    if not analyses or (asks_no_more and all(map(_is_sound, analyses))):
        return Repairs(tuple(map(Repaired, analyses)))
    # Importing the code of a repair takes longer than the rest of a run without one.
    from fix_ksm_probes.fixes.plan import repair_all

    return repair_all(analyses, read, settings, is_held=is_held)


def _targets(item: Item, settings: Settings) -> tuple[Workload, ...]:
    return tuple(each for each in find_workloads(item) if _is_target(each, settings))


def _analyses(workloads: tuple[Workload, ...], index: Index) -> tuple[Analysis, ...]:
    whole = (each for each in workloads if not each.is_fragment)
    found = tuple(analysis for each in whole if (analysis := analyse(each, index)) is not None)
    # A repair copies only the lists and mappings that lead to it.
    if len(found) > _MOST_PODS:
        place = found[0].workload.identity.place or "a resource without a name"
        raise BadInput(f"{place}: it has {len(found)} pods; at most {_MOST_PODS} are accepted")
    return found


def _fragments(item: Item, workloads: tuple[Workload, ...]) -> tuple[Identity, ...]:
    if is_json_patch(item.resource):
        return (identify(item.resource),)
    found = (each for each in workloads if each.is_fragment)
    return tuple(each.identity for each in found if _names_an_exporter(each))


def _relies_on_more(analysis: Analysis) -> bool:
    """Tell whether a bare workload has a probe of a port that another part opens or names."""
    return analysis.workload.is_bare and any(
        _is_unsaid(judged.verdict, analysis)
        and (says_little(analysis.workload) or _asks_a_program_elsewhere(judged, analysis))
        for judged in analysis.probes
    )


def _asks_a_program_elsewhere(judged: JudgedProbe, analysis: Analysis) -> bool:
    # A patch may add the proxy to the exporter of a base, or the exporter's probe to its proxy.
    if not any(each.is_exporter for each in analysis.network.processes):
        return True
    dial = judged.verdict.dial
    speaks_tls = dial is not None and dial.protocol == "https"
    return speaks_tls and not any(each.is_proxy for each in analysis.network.processes)


def _is_template(workload: Workload, read: Input, *, is_part: bool) -> bool:
    """Tell whether a workload has comments that ytt acts on."""
    text = read.source.text
    if not is_part:
        start, end = read.locate(workload.pointer)
        # The span of a value ends before a comment that follows it.
        end = text.find("\n", end)
        text = text[start:] if end < 0 else text[start:end]
    return re.search(r"(?m)(?:^|[ \t])#@(?:[ \t]|\w+/)", text) is not None


def _is_unsaid(verdict: Verdict, analysis: Analysis) -> bool:
    if verdict.reason == PORT_NAME_UNDEFINED:
        return True
    dial = verdict.dial
    nobody = verdict.reason == NO_LISTENER and dial is not None and dial.address == POD
    return nobody and not any(process.exits for process in analysis.network.processes)


def _names_an_exporter(workload: Workload) -> bool:
    containers = read_pod(workload).containers
    words = [each for container in containers for each in (container.name, container.image)]
    words += [workload.identity.name or "", *(label for _, label in workload.labels)]
    return any(exporter in word for exporter in exporter_names() for word in words)


def _is_sound(analysis: Analysis) -> bool:
    verdicts = (judged.verdict for judged in analysis.probes)
    passing = all(each.outcome == PASSES and not each.vacuous for each in verdicts)
    return passing and not analysis.bypasses and not read_suppressions(analysis.workload)


def _is_target(workload: Workload, settings: Settings) -> bool:
    return (
        settings.target_name in ("", workload.identity.name)
        and settings.target_namespace in ("", workload.identity.namespace)
        and set(settings.target_labels) <= set(workload.labels)
    )
