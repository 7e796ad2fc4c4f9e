"""A stream item by item: each item is judged, repaired and checked by itself, and then dropped.

Other items that matter to a workload are read first and kept; they are few. Three facts tie the
repairs of a run together: that one is refused, that one does not hold, and how many there are. If
the repair of one item may change another, the stream is read at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.fixes import Repairs
from fix_ksm_probes.fixes.repair import repair
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.parts import Opened, Parts
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.manifests.related import ACCESS, KINDS
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Identity, Workload
from fix_ksm_probes.report import report
from fix_ksm_probes.report.outcome import Outcome, Reported
from fix_ksm_probes.report.outputs import TABLE, OutputOptions
from fix_ksm_probes.report.results import mismatch_result
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import (
    BadInput,
    Edit,
    NamedTuple,
    NotApart,
    PatchMismatch,
    Pointer,
    value_at,
)

_KEPT = (*KINDS, *ACCESS, "ConfigMap", "Kustomization", "Secret", "ServiceAccount")


class _Judged(NamedTuple):
    """The workloads of a part, its edits of the stream, and the other results of `repair`."""

    workloads: tuple[Reported, ...]
    edits: tuple[Edit, ...]
    repairs: Repairs


def judge_each(
    found: Input, parts: Parts, settings: Settings, words: tuple[str, ...], options: OutputOptions
) -> Outcome:
    """Return the outcome of all `parts` of a stream, with the edits that repair them.

    Other items that matter have one of `words`. Raises NotApart if the stream must be read at once.
    """
    try:
        known = Index(tuple(_known(parts, words))) if words else None
        judged = _Run(found, settings, options, known, {}).judge(parts)
    except BadInput:
        # Errors of the whole come first, with their lines.
        raise NotApart from None
    except PatchMismatch:
        return Outcome(found, settings, results=(mismatch_result(),))
    failure = next((each.repairs.failure for each in judged if each.repairs.failure), None)
    repairs = Repairs(
        failure=failure,
        owned=tuple(workload for each in judged for workload in each.repairs.owned),
        fragments=tuple(identity for each in judged for identity in each.repairs.fragments),
    )
    outcome = report(found, repairs, settings)
    if failure is not None:
        return outcome
    return outcome._replace(
        workloads=tuple(workload for each in judged for workload in each.workloads),
        edits=tuple(edit for each in judged for edit in each.edits),
    )


def _known(parts: Parts, words: tuple[str, ...]) -> Iterator[Item]:
    for item in parts.naming(words):
        kind = str(value_at(item.resource, ("kind",)))
        if any(word in kind for word in _KEPT):
            yield item


class _Run(NamedTuple):
    """What is the same for all parts of a stream; `said` holds the texts of the results so far."""

    found: Input
    settings: Settings
    options: OutputOptions
    known: Index | None
    said: dict[object, object]

    def judge(self, parts: Parts) -> list[_Judged]:
        """Return the outcome of each part that holds a workload."""
        judged: list[_Judged] = []
        for opened in parts.opened():
            each = self._judge(opened)
            if each.repairs.is_refused:
                # One refusal holds all back.
                return [self._judge(opened, is_held=True) for opened in parts.opened()]
            if any(each):
                judged.append(each)
        if sum(len(each.workloads) + len(each.repairs.owned) for each in judged) == 1:
            # The only workload is repaired even if a controller owns it.
            return [self._judge(opened, is_alone=True) for opened in parts.opened()]
        return judged

    def _judge(self, opened: Opened, *, is_held: bool = False, is_alone: bool = False) -> _Judged:
        stream = self.found.stream._replace(items=opened.items)
        known = self.known or Index(opened.items)
        tells = self.found.tells_who_scrapes
        part = Input(opened.source, opened.documents, stream, known, tells_who_scrapes=tells)
        repairs = repair(part, self.settings, is_alone=is_alone, is_held=is_held, is_part=True)
        if not any(repairs):
            return _NOTHING
        reported = report(
            part, repairs._replace(owned=(), fragments=(), failure=None), self.settings
        )
        edits = opened.patch(repairs.patch) if repairs.patch else ()
        workloads = tuple(self._without_data(each) for each in reported.workloads)
        return _Judged(workloads, edits, repairs._replace(workloads=(), patch=()))

    def _without_data(self, reported: Reported) -> Reported:
        workload = reported.analysis.workload
        placed = tuple(
            each._replace(
                span=self.found.locate((*self._place_of(each.identity, workload), *each.field))
            )
            for each in reported.results
        )
        reported = reported._replace(results=placed)
        return reported if self.options.output == TABLE else reported.without_data(self.said)

    def _place_of(self, identity: Identity | None, workload: Workload) -> Pointer:
        if identity is None or identity == workload.identity:
            return workload.pointer
        return self.known.place_of(identity) if self.known else ()


_NOTHING = _Judged((), (), Repairs())
