"""A KRM result: one thing there is to say about a resource."""

from __future__ import annotations

from fix_ksm_probes.manifests.workload import Identity
from fix_ksm_probes.rules import catalogue
from fix_ksm_probes.yamlpatch import Pointer
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.patch import brackets

ERROR, WARNING, INFO = catalogue.SEVERITIES


class Result(NamedTuple):
    """One result (KRM functions specification, v1).

    `field` leads from the resource to what it is about, with the value before and after where
    they are known. `done` says in few words what was done, where something was or might have been.
    One that only `follows` from another is told behind it; `suppressed` is why it is left alone.
    """

    message: str
    severity: str
    identity: Identity | None = None
    field: Pointer = ()
    current: object = None
    proposed: object = None
    tags: tuple[tuple[str, str], ...] = ()
    done: str = ""
    follows: bool = False
    suppressed: str = ""

    def as_resource(self) -> dict[str, object]:
        """Return the result as the plain data that stands in a ResourceList."""
        written: dict[str, object] = {"message": self.message, "severity": self.severity}
        identity = self.identity
        if identity is not None and identity.api_version and identity.kind and identity.name:
            written["resourceRef"] = {
                "apiVersion": identity.api_version,
                "kind": identity.kind,
                "name": identity.name,
                **({"namespace": identity.namespace} if identity.namespace else {}),
            }
        if self.field:
            written["field"] = {
                "path": brackets(self.field),
                **({} if self.current is None else {"currentValue": self.current}),
                **({} if self.proposed is None else {"proposedValue": self.proposed}),
            }
        if identity is not None and identity.file_path is not None:
            index = identity.file_index
            written["file"] = {
                "path": identity.file_path,
                **({} if index is None else {"index": index}),
            }
        if self.tags:
            written["tags"] = dict(self.tags)
        return written

    @property
    def place(self) -> str:
        """Return how a person names the resource; empty where there is none."""
        return self.identity.place if self.identity else ""

    @property
    def told(self) -> str:
        """Return the message with the resource it is about."""
        return f"{self.place}: {self.message}" if self.place else self.message
