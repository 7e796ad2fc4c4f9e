"""The two-path check: applying a patch to the text and to the data must give the same."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.document import Document, is_json_object, load
from fix_ksm_probes.yamlpatch.flow import EditContext
from fix_ksm_probes.yamlpatch.patch import Patch, PatchMismatch, apply_patch
from fix_ksm_probes.yamlpatch.plain import read_all
from fix_ksm_probes.yamlpatch.rewrite import plan_edits
from fix_ksm_probes.yamlpatch.text import BadInput, Edit, EditConflict, Source, apply_edits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class PatchedText(NamedTuple):
    """A text, and the edits of the original that made it."""

    text: str
    edits: tuple[Edit, ...]


def says_all(text: str, wanted: list[object]) -> bool:
    """Tell whether the documents in `text` hold the data `wanted`; raises as `read_all` does."""
    return same(read_all(text), wanted)


def check_patch(
    source: Source,
    documents: tuple[Document, ...],
    patch: Patch,
    says: Callable[[str, list[object]], bool] = says_all,
) -> PatchedText:
    """Return the text of `source` with `patch` applied.

    `load(apply_edits(text, edits)) == jsonpatch.apply(load(text), patch)`, compared with types.
    `says` compares the edited text with the data, and may demand more. Raises PatchMismatch.
    """
    if not patch:
        return PatchedText(source.text, ())
    after = apply_patch([load(document.root) for document in documents], patch)
    if not isinstance(after, list):
        raise PatchMismatch
    in_json = any(is_json_object(document.root) for document in documents)
    context = EditContext(source.text, source.newline, in_json)
    try:
        edits = plan_edits(context, documents, patch, after)
        text = apply_edits(source.text, edits)
        is_said = says(text, after)
    except (EditConflict, BadInput) as error:
        raise PatchMismatch from error
    if not is_said:
        raise PatchMismatch
    return PatchedText(text, edits)


def same(one: object, other: object) -> bool:
    """Tell whether two values are equal, with equal types throughout, in any order of keys."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other
