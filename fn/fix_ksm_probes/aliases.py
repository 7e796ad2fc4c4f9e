"""What else must be written where anchors and aliases tie two places of a text together."""

from __future__ import annotations

from fix_ksm_probes import emit
from fix_ksm_probes.load import load
from fix_ksm_probes.nodes import Document, follow
from fix_ksm_probes.text import Edit, Span


def dissolved_aliases(
    documents: tuple[Document, ...], edits: tuple[Edit, ...], changed: tuple[Span, ...]
) -> tuple[Edit, ...]:
    """Return the edits that write out every alias to what `edits` change or remove.

    `changed` are the collections that grow or shrink. What changes at an anchor, or goes with it,
    must not change or go at its aliases.
    """
    return tuple(
        Edit(alias.span, emit.flow(load(alias)))
        for document in documents
        for alias in document.aliases
        if _is_changed(follow(alias).span, edits, changed)
        and not any(_begins_in(alias.span, edit) for edit in edits)
    )


def _is_changed(target: Span, edits: tuple[Edit, ...], changed: tuple[Span, ...]) -> bool:
    holds = any(target.start <= span.start and span.end <= target.end for span in changed)
    return holds or any(_begins_in(target, edit) for edit in edits)


def _begins_in(span: Span, edit: Edit) -> bool:
    return edit.span.start <= span.start < edit.span.end
