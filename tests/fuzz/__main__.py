"""`python -m tests.fuzz MINUTES`: fuzz for so long, and tell executions and coverage.

An input that breaks a promise is kept among the seeds, where `make test` replays it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.case import INPUT, find_cases
from tests.fuzz.test_replay import SEEDS

TARGETS = ("bytes", "streams")
_LARGEST = 8000


def main(minutes: float) -> int:
    """Run each target for its share of the time; return how many broke a promise."""
    failed = 0
    for target in TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            failed += _fuzz(target, int(minutes * 60 / len(TARGETS)), Path(folder))
    return failed


def _fuzz(target: str, seconds: int, corpus: Path) -> int:
    if target == "bytes":
        for number, case in enumerate(find_cases()):
            shutil.copy(case / INPUT, corpus / f"case-{number}")
        for seed in SEEDS.iterdir():
            shutil.copy(seed, corpus)
    command = [
        *(sys.executable, "-m", "tests.fuzz.target", target, str(corpus)),
        f"-max_total_time={seconds}",
        f"-max_len={_LARGEST}",
        "-timeout=60",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={SEEDS}/failed-",
        f"-dict={Path(__file__).with_name('dictionary.txt')}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    counted = [int(each) for each in re.findall(r"^#(\d+)", done.stderr, re.MULTILINE)]
    runs = re.search(r"Done (\d+) runs", done.stderr)
    seen = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", done.stderr)
    edges, features, kept = seen[-1] if seen else ("0", "0", "0")
    executions = int(runs[1]) if runs else max(counted, default=0)
    print(  # noqa: T201
        f"fuzz {target}: {executions} executions in {seconds} s, "
        f"coverage {edges} edges and {features} features, {kept} inputs kept"
    )
    if done.returncode:
        print(done.stderr[-5000:], done.stdout[-5000:])  # noqa: T201
    return int(done.returncode != 0)


sys.exit(main(float(sys.argv[1])))
