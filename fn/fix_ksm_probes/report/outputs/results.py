"""The results by themselves, as YAML or JSON."""

from __future__ import annotations

from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.yamlpatch.scalars import block_text


def results(outcome: Outcome, *, in_json: bool) -> str:
    """Return all results as a list of KRM results (KRM functions specification, v1)."""
    written = [result.as_resource() for result in outcome.all_results]
    if not in_json:
        return block_text(written, "", "\n") + "\n"
    import json

    return json.dumps(written, indent=2, ensure_ascii=False) + "\n"
