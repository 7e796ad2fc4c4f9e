"""The two-path check: a patch takes one road through text, one through data; they must meet."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.braces import Page, is_json_object
from fix_ksm_probes.yamlpatch.document import parse
from fix_ksm_probes.yamlpatch.errors import BadInput, PathsDiffer
from fix_ksm_probes.yamlpatch.load import load
from fix_ksm_probes.yamlpatch.nodes import Document
from fix_ksm_probes.yamlpatch.patch import Patch, apply_patch
from fix_ksm_probes.yamlpatch.rewrite import plan_edits
from fix_ksm_probes.yamlpatch.text import Edit, EditConflict, Source, apply_edits


class Rewritten(NamedTuple):
    """A text, and the edits of the original that made it."""

    text: str
    edits: tuple[Edit, ...]


def rewrite(source: Source, documents: tuple[Document, ...], patch: Patch) -> Rewritten:
    """Return the text of `source` with `patch` applied.

    `load(apply_edits(text, edits)) == jsonpatch.apply(load(text), patch)`, compared with types.
    Raises PathsDiffer.
    """
    if not patch:
        return Rewritten(source.text, ())
    after = apply_patch([load(document.root) for document in documents], patch)
    if not isinstance(after, list):
        raise PathsDiffer
    in_json = any(is_json_object(document.root) for document in documents)
    edits = plan_edits(Page(source.text, source.newline, in_json), documents, patch, after)
    try:
        text = apply_edits(source.text, edits)
        said = [load(document.root) for document in parse(text)]
    except (EditConflict, BadInput) as error:
        raise PathsDiffer from error
    if not same(said, after):
        raise PathsDiffer
    return Rewritten(text, edits)


def same(one: object, other: object) -> bool:
    """Tell whether two values are equal and of equal types throughout; order of keys aside."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other
