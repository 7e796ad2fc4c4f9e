"""The settings as a JSON Schema and as a KRMFunctionDefinition, made from their definition."""

from __future__ import annotations

from fix_ksm_probes.settings.fields import API_VERSION, FIELDS, KIND
from fix_ksm_probes.settings.kinds import Schema

_DRAFT = "http://json-schema.org/draft-07/schema#"
_SUMMARY = "Finds and repairs the probes of kube-state-metrics that fail behind kube-rbac-proxy"
# The KEP requires URIs; these are relative to the repository, which has no public address yet.
_USAGE = "docs/settings.md"
_EXAMPLES = ["examples/kustomize/README.md", "examples/kpt/README.md"]
_IMAGE = "localhost/fix-ksm-probes"


def schema() -> Schema:
    """Return the JSON Schema (draft 7, which editors know best) of a FixKSMProbes.

    It accepts the same as a run, except a port number with a fraction of zero.
    """
    return {
        "$schema": _DRAFT,
        "title": KIND,
        "description": _SUMMARY,
        "type": "object",
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": KIND},
            "metadata": {"description": "a name, and what the caller puts there"},
            **_top(nullable=True),
        },
        "required": ["apiVersion", "kind"],
        "additionalProperties": False,
    }


def definition() -> Schema:
    """Return the KRMFunctionDefinition (KEP 2906 of sig-cli), with a structural schema."""
    group, _, version = API_VERSION.partition("/")
    structural: Schema = {
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            **_top(nullable=False),
        },
    }
    return {
        "apiVersion": "config.kubernetes.io/v1alpha1",
        "kind": "KRMFunctionDefinition",
        "metadata": {"name": f"{KIND.lower()}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": KIND},
            "description": _SUMMARY,
            "publisher": "fix-ksm-probes",
            "tags": ["mutator", "validator"],
            "versions": [
                {
                    "name": version,
                    "idempotent": True,
                    "license": "MIT",
                    "usage": _USAGE,
                    "examples": _EXAMPLES,
                    "schema": {"openAPIV3Schema": structural},
                    "runtime": {"container": {"image": _IMAGE}},
                }
            ],
        },
    }


def _top(*, nullable: bool) -> Schema:
    spec: Schema = {}
    for field in FIELDS:
        here = spec
        for step in field.place[:-1]:
            here = here.setdefault(str(step), _object({}, nullable=nullable))["properties"]
        written: Schema = {**field.schema(), "description": field.help}
        here[str(field.place[-1])] = _or_null(written) if nullable else _nullable(written)
    return {"spec": _object(spec, nullable=nullable)}


def _object(properties: Schema, *, nullable: bool) -> Schema:
    if nullable:
        kind: Schema = {"type": ["object", "null"], "additionalProperties": False}
    else:
        kind = {"type": "object", "nullable": True}
    return {**kind, "properties": properties}


def _or_null(written: Schema) -> Schema:
    # An empty value means the default, as for a field that is not filled in.
    more = {"enum": [*written["enum"], None]} if "enum" in written else {}
    return {**written, **more, "type": [written["type"], "null"]}


def _nullable(written: Schema) -> Schema:
    # With an enum it has no effect (OpenAPI 3.0.3): null would have to be one of the values.
    return written if "enum" in written else {**written, "nullable": True}
