"""What a run found in its input and what it would do about it, before anything is written."""

from __future__ import annotations

from fix_ksm_probes.config import Config
from fix_ksm_probes.findings import Survey
from fix_ksm_probes.fixes.cure import Repair
from fix_ksm_probes.nodes import Document
from fix_ksm_probes.patch import Patch
from fix_ksm_probes.result import ERROR, Result
from fix_ksm_probes.stream import Stream
from fix_ksm_probes.text import Source
from fix_ksm_probes.values import NamedTuple


class Input(NamedTuple):
    """Stdin, read: its text, the documents in it, and what they hold."""

    source: Source
    documents: tuple[Document, ...]
    stream: Stream


class Treated(NamedTuple):
    """One workload: what was found, what is done about it, and what there is to say."""

    survey: Survey
    repair: Repair
    results: tuple[Result, ...]


class Outcome(NamedTuple):
    """All that a run found and would do.

    `patch` addresses the documents, and is empty where the run failed; `results` are those that
    belong to no workload, such as a setting that is not accepted.
    """

    read: Input
    config: Config
    treated: tuple[Treated, ...] = ()
    patch: Patch = ()
    results: tuple[Result, ...] = ()

    @property
    def all_results(self) -> tuple[Result, ...]:
        """Return the results in the order of the input."""
        return (*self.results, *(each for treated in self.treated for each in treated.results))

    @property
    def failed(self) -> bool:
        """Tell whether something is wrong and still wrong."""
        return any(result.severity == ERROR for result in self.all_results)
