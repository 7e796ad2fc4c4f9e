"""Laws of each verdict on a probe or a scrape, whatever its input."""

from __future__ import annotations

from pathlib import Path

import pytest

from fix_ksm_probes.analysis.decision import FAILS, PASSES, UNKNOWN, Verdict
from fix_ksm_probes.analysis.scrapes import SCRAPED, judge_scrapes
from tests.report.drawing import find_inputs, read_surveys

INPUTS = find_inputs()
each_input = pytest.mark.parametrize("manifest", INPUTS, ids=lambda path: path.parent.name)


@each_input
def test_a_verdict_says_what_its_outcome_needs(manifest: Path) -> None:
    """A failed one has a reason, an unknown one says why, and a pass has neither."""
    for seen in read_surveys(manifest):
        probes = [each.verdict for each in seen.probes]
        scrapes = [each.verdict for each in judge_scrapes(seen)]

        assert {each.outcome for each in probes} <= {PASSES, FAILS, UNKNOWN}
        assert {each.outcome for each in scrapes} <= {SCRAPED, FAILS, UNKNOWN}
        assert not any(each.vacuous for each in scrapes)
        for verdict in (*probes, *scrapes):
            assert verdict.vacuous in (False, verdict.outcome == PASSES)
            assert (verdict.reason != "") == (verdict.outcome == FAILS)
            assert (verdict.why != "") == (verdict.outcome == UNKNOWN)
            assert _has_its_culprit(verdict)


def _has_its_culprit(verdict: Verdict) -> bool:
    """Tell whether an unknown verdict has a culprit if its sentence names one."""
    return verdict.outcome != UNKNOWN or (verdict.culprit != "") == ("{}" in verdict.why)
