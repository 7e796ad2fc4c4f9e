r"""RFC 6902 patches applied to YAML and JSON text, with all other bytes kept.

A source is parsed into documents, which hold plain data and know where in the text it stands. A
patch addresses the list of the documents' data; what comes back is the text it makes and the edits
that made it. Comments, quotes, indentation and line ends beside the edits stay as they are:

>>> from fix_ksm_probes.yamlpatch import decode, parse, patch_text, replace
>>> source = decode(b"# of the team\nreplicas: 1   # one is enough\nname: 'web'\n")
>>> documents = parse(source.text)
>>> patched = patch_text(source, documents, (replace((0, "replicas"), 2),))
>>> print(patched.text, end="")
# of the team
replicas: 2   # one is enough
name: 'web'
>>> [(edit.span.start, edit.span.end, edit.content) for edit in patched.edits]
[(24, 25, '2')]

`decode` turns bytes into a source and `encode` a source and edits into bytes; `parse` and `load`
turn text into documents and these into plain data; `value_at`, `list_at` and `text_at` read plain
data; the operations are `add`, `replace`, `remove` and `move`. Its values are of `NamedTuple`, that
of `typing` in less time. Modules of this room have what is needed more rarely: what scalars mean
(`scalars`), nodes and their places (`document`), text by place (`text`).
"""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.document import Document, load, load_all, locate, parse
from fix_ksm_probes.yamlpatch.patch import (
    END,
    Operation,
    Patch,
    PatchMismatch,
    Pointer,
    add,
    apply_patch,
    below,
    compose_patches,
    list_at,
    move,
    remove,
    replace,
    text_at,
    value_at,
)
from fix_ksm_probes.yamlpatch.text import (
    BadInput,
    Edit,
    NotApart,
    Pieces,
    Source,
    Span,
    decode,
    encode,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.yamlpatch.check import PatchedText

__all__ = (
    "END",
    "BadInput",
    "Document",
    "Edit",
    "NamedTuple",
    "NotApart",
    "Operation",
    "Patch",
    "PatchMismatch",
    "Pieces",
    "Pointer",
    "Source",
    "Span",
    "add",
    "apply_patch",
    "below",
    "compose_patches",
    "decode",
    "encode",
    "list_at",
    "load",
    "load_all",
    "locate",
    "move",
    "parse",
    "patch_text",
    "remove",
    "replace",
    "text_at",
    "value_at",
)


def patch_text(source: Source, documents: tuple[Document, ...], patch: Patch) -> PatchedText:
    """Return the text of `source` with `patch` applied, and the edits of the original that made it.

    `documents` are those that `parse` found in the text; the first step of each path in `patch` is
    the index of a document. What comes back is checked before it does: the text, read again, says
    what the data says with `patch` applied to it by jsonpatch, types included.
    Raises PatchMismatch where it does not, and jsonpatch.JsonPatchException where an operation
    finds nothing at its path.
    """
    # Nothing of this is needed where there is no patch, and to import it takes as long as that run.
    from fix_ksm_probes.yamlpatch.check import check_patch

    return check_patch(source, documents, patch)
