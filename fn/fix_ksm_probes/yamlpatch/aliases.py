"""What else must be written where anchors and aliases tie two places of a text together."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch import emit
from fix_ksm_probes.yamlpatch.load import load
from fix_ksm_probes.yamlpatch.nodes import Document, follow
from fix_ksm_probes.yamlpatch.text import Edit, Span


def dissolved_aliases(
    documents: tuple[Document, ...], edits: tuple[Edit, ...], changed: tuple[Span, ...]
) -> tuple[Edit, ...]:
    """Return the edits that write out every alias to what `edits` change or remove.

    `changed` are the collections that grow or shrink. What changes at an anchor, or goes with it,
    must not change or go at its aliases.
    """
    aliases = tuple(alias for document in documents for alias in document.aliases)
    # Sorted, so that many aliases are not each compared with all edits.
    gone = sorted(edit.span for edit in edits if edit.span.start < edit.span.end)
    grown = sorted(changed)
    return tuple(
        Edit(alias.span, emit.flow(load(alias)))
        for alias in aliases
        if (_holds_one(follow(alias).span, grown) or _begins_in_one(follow(alias).span, gone))
        and not _begins_in_one(alias.span, gone)
    )


def _holds_one(target: Span, spans: list[Span]) -> bool:
    for index in range(_count_before(spans, target.start), len(spans)):
        span = spans[index]
        if span.start > target.end:
            break
        if span.end <= target.end:
            return True
    return False


def _begins_in_one(span: Span, spans: list[Span]) -> bool:
    # Edits do not overlap.
    count = _count_before(spans, span.start + 1)
    return count > 0 and span.start < spans[count - 1].end


def _count_before(spans: list[Span], start: int) -> int:
    from bisect import bisect_left

    return bisect_left(spans, (start,))
