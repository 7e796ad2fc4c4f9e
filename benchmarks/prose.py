"""Words for descriptions, as people write them: with quotes, brackets, colons and dashes."""

from __future__ import annotations

from random import Random

_SENTENCES = (
    "The controller reconciles this object until its status matches what the spec asks for.",
    "If unset, the field defaults to the value of the cluster-wide setting of the same name.",
    "Must be one of: Always, OnFailure, Never; anything else is rejected by the webhook.",
    "More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#uids",
    'Setting this to "0" turns the limit off; an empty string ("") keeps the default.',
    "Don't rely on the order of the entries: it isn't kept when the object is written back.",
    "A label selector is a query over labels (see matchLabels, matchExpressions).",
    "This is an alpha field and needs the feature gate `PodReplacement` [v1.31+].",
    "Deprecated: use `spec.template` instead - it's read first & wins over this field.",
    "Paths like /etc/config/{name}/ca.crt are relative to the container's own root.",
    "The value is a quantity such as 100m, 1.5Gi or 10e6 # see resource.Quantity",
    "Names are lower case, digits and '-', at most 63 characters (RFC 1123).",
    "Represents what kube-state-metrics reports about the object, if it is installed.",
    "Each key maps to a single entry in the Data field of the target ConfigMap.",
)


def sentences(random: Random, count: int) -> list[str]:
    """Return `count` sentences."""
    return random.choices(_SENTENCES, k=count)


def paragraph(random: Random, width: int, count: int) -> list[str]:
    """Return `count` sentences in lines of about `width` characters."""
    lines = [""]
    for word in " ".join(sentences(random, count)).split(" "):
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines
