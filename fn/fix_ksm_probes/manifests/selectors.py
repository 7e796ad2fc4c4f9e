"""Label selectors, as the API server reads them."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch import value_at
from fix_ksm_probes.yamlpatch.scalars import as_text

Labels = tuple[tuple[str, str], ...]


def selects(selector: object, labels: Labels) -> bool:
    """Tell whether a LabelSelector (meta/v1) matches `labels`; an empty one matches all."""
    if not isinstance(selector, dict):
        return False
    expressions = selector.get("matchExpressions")
    return matches(selector.get("matchLabels") or {}, labels) and all(
        _is_met(expression, dict(labels))
        for expression in (expressions if isinstance(expressions, list) else ())
    )


def takes_all(selector: object) -> bool:
    """Tell whether a LabelSelector is set and matches everything."""
    return isinstance(selector, dict) and not any(
        selector.get(key) for key in ("matchLabels", "matchExpressions")
    )


def matches(wanted: object, labels: Labels) -> bool:
    """Tell whether `labels` include all in the mapping `wanted`."""
    held = dict(labels)
    return isinstance(wanted, dict) and all(
        held.get(str(key)) == as_text(value) for key, value in wanted.items()
    )


def pairs(wanted: object) -> Labels:
    """Return the mapping of labels `wanted` as pairs."""
    listed = wanted.items() if isinstance(wanted, dict) else ()
    return tuple((str(key), text) for key, value in listed if (text := as_text(value)) is not None)


def _is_met(expression: object, labels: dict[str, str]) -> bool:
    key = as_text(value_at(expression, ("key",))) or ""
    operator = as_text(value_at(expression, ("operator",)))
    listed = value_at(expression, ("values",))
    values = [as_text(value) for value in (listed if isinstance(listed, list) else ())]
    if operator == "In":
        return labels.get(key) in values if key in labels else False
    if operator == "NotIn":
        return labels.get(key) not in values
    return (key in labels) == (operator == "Exists")
