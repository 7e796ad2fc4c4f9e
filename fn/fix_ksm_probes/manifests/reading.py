"""From bytes to an input: of a long stream what concerns the function, else the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.prefilter import Wanted, excerpt, is_sound
from fix_ksm_probes.manifests.stream import TEMPLATE_ADVICE, Item, NoManifests, Stream, read_stream
from fix_ksm_probes.yamlpatch import (
    BadInput,
    Document,
    NamedTuple,
    NotApart,
    Pointer,
    Source,
    Span,
    decode,
    locate,
    parse,
    value_at,
)
from fix_ksm_probes.yamlpatch.document import NotYAML
from fix_ksm_probes.yamlpatch.text import OmittedRange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.manifests.parts import Parts

MONITORS = ("PodMonitor", "PodScrape", "ScrapeConfig", "ServiceMonitor", "ServiceScrape")
"""A word in each kind of monitor."""

# Below this number of characters, reading in parts costs more than it saves.
_LONG = 100_000


class Input(NamedTuple):
    """An input that is read: its text, the documents in it, and their items.

    If items are read one at a time, they are `parts`, and there are no documents. `related` has all
    items that matter, also from other files of the call; `tells_who_scrapes` says that it has all
    monitors, and all that they depend on.
    """

    source: Source
    documents: tuple[Document, ...]
    stream: Stream
    related: Index
    parts: Parts | None = None
    tells_who_scrapes: bool = True

    def naming(self, words: tuple[str, ...]) -> Iterable[Item]:
        """Return the items whose text has one of `words`, and perhaps more."""
        return self.stream.items if self.parts is None else self.parts.naming(words)

    def locate(self, pointer: Pointer) -> Span:
        """Return the span of `pointer`, or of the nearest node around it, in the text."""
        if self.parts is None:
            return locate(self.documents, pointer)
        return self.parts.locate(pointer)

    @property
    def objects(self) -> int:
        """Return the number of objects; those that are not parsed are counted by their lines."""
        parsed = (
            sum(value_at(each.resource, ("kind",)) is not None for each in self.stream.items)
            if self.parts is None
            else self.parts.objects
        )
        return parsed + sum(map(self._count_omitted, self.source.omitted))

    def _count_omitted(self, part: OmittedRange) -> int:
        # A stand-in of the same indent replaces items of a list; documents leave nothing.
        indent = self.source.text[part.span.start : part.span.end].partition("-")[0].encode()
        kind = rb"(?m)^%b(?:- +|  )?(?:[\"']?kind[\"']?[ \t]*:|\{.*\bkind)" % indent
        return len(re.findall(kind, part.content))


NO_INPUT = Input(Source("", bom=False, newline="\n"), (), read_stream(()), Index())
"""The input of a run that read nothing."""


def read(
    raw: bytes, wanted: Wanted | None, *, may_be_empty: bool = False, is_apart: bool = False
) -> Input:
    """Return the input in `raw`, as far as it is `wanted`; None wants all of it.

    A long input is read in parts if it can be, and `is_apart`. Raises BadInput where it is no
    stream of Kubernetes manifests.
    """
    part = excerpt(raw, wanted) if wanted is not None else None
    if part is not None:
        found = (_read_apart(part) if is_apart else None) or _read_part(part)
        if found is not None:
            return found
    whole = decode(raw)
    if not may_be_empty and not whole.text.strip():
        raise NoManifests("it is empty; Kubernetes manifests or a ResourceList are accepted")
    try:
        return (_read_apart(whole) if is_apart else None) or _read(whole)
    except BadInput as error:
        raise _explained(error, whole.text) from None


def _explained(error: BadInput, text: str) -> BadInput:
    """Return the error; if the text is no manifests at all, it says what the text is."""
    from fix_ksm_probes.manifests.other_files import describe_text, find_error_message

    if said := find_error_message(text):
        return NoManifests(f"no manifests but an error message: {said}")
    if said := describe_text(text):
        # There may well be manifests in it.
        return BadInput(said)
    if not isinstance(error, NotYAML):
        return error
    # Only text that is not YAML can be a template.
    from fix_ksm_probes.manifests.placeholders import find_template_line

    line = find_template_line(text, error.first, error.last)
    return NoManifests(f"line {line} {TEMPLATE_ADVICE}") if line else error


def _read_part(part: Source) -> Input | None:
    try:
        found = _read(part)
    except BadInput:
        # A parse of the whole shows whether the error is real, and on which line.
        return None
    return found if is_sound(part, found.documents, found.stream) else None


def _read_apart(source: Source) -> Input | None:
    if len(source.text) < _LONG:
        return None
    from fix_ksm_probes.manifests.parts import read_apart

    try:
        found = read_apart(source)
    except (BadInput, NotApart):
        return None
    if found is None:
        return None
    stream, parts = found
    return Input(source, (), stream, Index(stream.items), parts)


def _read(source: Source) -> Input:
    documents = parse(source.text)
    stream = read_stream(documents)
    return Input(source, documents, stream, Index(stream.items))
