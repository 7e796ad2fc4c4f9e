"""`python -m tests.mutants [MODULE...]`: change the code one place at a time; a test must notice.

What no test notices and survivors.md gives no reason for ends it with exit code 1.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = "fix_ksm_probes"
MODULES = (
    "yamlpatch.check",
    "analysis.decision",
    "analysis.scrapes",
    "analysis.findings",
    "manifests.index",
    "yamlpatch.rewrite",
    "yamlpatch.block",
)
TESTS = (
    "tests/analysis/test_decision_table.py",
    "tests/analysis/test_laws.py",
    "tests/manifests/test_index.py",
    "tests/report/test_explain.py::test_drawing",
    "tests/yamlpatch/test_edits.py",
    "tests/yamlpatch/test_same.py",
    "tests/manifests/test_corners.py",
    "tests/analysis/test_verdicts_of_addresses.py",
    "tests/analysis/test_verdicts_of_paths.py",
    "tests/yamlpatch/test_two_paths.py",
    "tests/yamlpatch/test_moves.py",
    "tests/yamlpatch/test_json.py",
    "tests/yamlpatch/test_wrong_edit.py",
    "tests/test_cases.py",
)
ONE_SPELLING = "not crlf and not bom and not nonl"
REASONS = Path(__file__).with_name("survivors.md")
_KILLED = (1, 3, 36, 24, -24, 152, 255)  # mutmut.stats: a failed test, or a time limit


class Count(NamedTuple):
    """The numbers of mutants of one module by result; a timeout counts as killed."""

    killed: int
    explained: int
    unexplained: tuple[str, ...]
    not_run: int


def main(modules: tuple[str, ...]) -> int:
    """Run the mutants of `modules`, print their results, and return the exit code."""
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        _lay_out(stage, modules)
        for module in modules:
            _mutmut(stage, "run", "--max-children=1", f"{PACKAGE}.{module}.*")
            counts[module] = _count(stage, module)
            print(_line(module, counts[module]), flush=True)  # noqa: T201
    for count in counts.values():
        print("\n".join(count.unexplained))  # noqa: T201
    return int(any(count.unexplained or count.not_run for count in counts.values()))


def _lay_out(stage: Path, modules: tuple[str, ...]) -> None:
    # mutmut names modules by their path from where it runs, and rewrites what lies there.
    shutil.copytree(ROOT / "fn" / PACKAGE, stage / PACKAGE)
    shutil.copytree(ROOT / "tests", stage / "tests")
    settings = {
        "source_paths": [PACKAGE],
        "only_mutate": [f"{PACKAGE}/{module.replace('.', '/')}.py" for module in modules],
        "pytest_add_cli_args_test_selection": list(TESTS),
        "timeout_multiplier": 3.0,
        "pytest_add_cli_args": ["-k", ONE_SPELLING, "-p", "no:cacheprovider"],
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    project = (ROOT / "pyproject.toml").read_text()
    (stage / "pyproject.toml").write_text("\n".join([project, "[tool.mutmut]", *lines, ""]))


def _mutmut(stage: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=stage, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout[-5000:] + done.stderr[-5000:])
    return done.stdout


def _count(stage: Path, module: str) -> Count:
    beside = stage / "mutants" / PACKAGE / f"{module.replace('.', '/')}.py.meta"
    kept = json.loads(beside.read_text())
    codes = kept["exit_code_by_key"]
    survivors = [name for name, code in codes.items() if code not in (None, *_KILLED)]
    file = f"{module.rpartition('.')[2]}.py"
    changes = [f"{file}: {_change(stage, name)}" for name in survivors]
    reasons = REASONS.read_text()
    unexplained = tuple(change for change in changes if f"\n- {change}\n" not in reasons)
    not_run = sum(code is None for code in codes.values())
    killed = len(codes) - len(survivors) - not_run
    return Count(killed, len(survivors) - len(unexplained), unexplained, not_run)


def _change(stage: Path, mutant: str) -> str:
    """Return what a mutant changes, as survivors.md writes it."""
    lines = _mutmut(stage, "show", mutant).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("+++")) + 1
    gone, new = (
        " ".join(line[1:].strip() for line in lines[start:] if line.startswith(sign))
        for sign in "-+"
    )
    return f"`{gone}` → `{new}`"


def _line(module: str, count: Count) -> str:
    total = count.killed + count.explained + len(count.unexplained)
    score = 100 * (count.killed + count.explained) / total if total else 0
    return (
        f"{module}.py: {total} mutants, {count.killed} killed, {count.explained} equivalent, "
        f"{len(count.unexplained)} survived, {count.not_run} not run: {score:.1f} %"
    )


if __name__ == "__main__":
    raise SystemExit(main(tuple(sys.argv[1:]) or MODULES))
