"""From bytes to an input: of a long stream what concerns us, else the whole of it."""

from __future__ import annotations

from fix_ksm_probes.manifests.prefilter import Wanted, excerpt, is_sound
from fix_ksm_probes.manifests.stream import TEMPLATE_ADVICE, Stream, read_stream
from fix_ksm_probes.yamlpatch import BadInput, Document, Source, decode, parse
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.document import NotYAML


class Input(NamedTuple):
    """Stdin, read: its text, the documents in it, and what they hold."""

    source: Source
    documents: tuple[Document, ...]
    stream: Stream


def read(raw: bytes, wanted: Wanted | None, *, may_be_empty: bool = False) -> Input:
    """Return what stdin `raw` holds, as far as it is `wanted`; None wants all of it.

    Raises BadInput where it is no stream of Kubernetes manifests.
    """
    part = excerpt(raw, wanted) if wanted is not None else None
    if part is not None:
        found = _read_part(part)
        if found is not None:
            return found
    whole = decode(raw)
    if not may_be_empty and not whole.text.strip():
        raise BadInput("stdin is empty; Kubernetes manifests or a ResourceList are accepted")
    try:
        return _read(whole)
    except NotYAML as error:
        raise BadInput(_complaint(error, whole.text)) from None


def _complaint(error: NotYAML, text: str) -> str:
    # Only of what is no YAML is it asked whether it is a template.
    from fix_ksm_probes.manifests.placeholders import find_template_line

    line = find_template_line(text, error.first, error.last)
    if line:
        return f"line {line} of stdin {TEMPLATE_ADVICE}"
    return f"stdin is {error}"


def _read_part(part: Source) -> Input | None:
    try:
        found = _read(part)
    except BadInput:
        # The whole tells whether it is the excerpt's fault, and on which line.
        return None
    return found if is_sound(part, found.documents, found.stream) else None


def _read(source: Source) -> Input:
    documents = parse(source.text)
    return Input(source, documents, read_stream(documents))
