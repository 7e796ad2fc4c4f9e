"""The layout of the kpt catalog: its metadata, its marks, and an example that runs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.callers.caller import EXAMPLES, kpt, run

CATALOG = EXAMPLES.parent / "catalog"
FUNCTION = CATALOG / "functions" / "python" / "fix-ksm-probes"
PACKAGES = sorted((CATALOG / "examples").iterdir())
# scripts/verify-docs.py of krm-functions-catalog demands these.
FIELDS = {"image", "description", "tags", "sourceURL", "examplePackageURLs", "emails", "license"}


def test_the_metadata_is_complete() -> None:
    """It has all fields, and its examples exist."""
    metadata = yaml.safe_load((FUNCTION / "metadata.yaml").read_text())

    assert metadata.keys() == FIELDS
    assert [CATALOG.parent / path for path in metadata["examplePackageURLs"]] == PACKAGES


def test_the_readme_has_the_marks_that_make_its_help() -> None:
    """Marks enclose a short text, a long text and examples, and all links work."""
    text = (FUNCTION / "README.md").read_text()

    assert re.findall(r"<!--mdtogo:?(\w*)-->", text) == ["Short", "", "Long", "", "Examples", ""]
    assert all((FUNCTION / link).exists() for link in re.findall(r"\]\(([^)]+)\)", text))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_an_example_does_what_it_expects(
    package: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """As the test runner of kpt: render, then compare the diff and the results."""
    expected = package / ".expected"
    copy = tmp_path / package.name
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns(".expected"))
    before = tmp_path / "before"
    shutil.copytree(copy, before)
    ran = kpt("fn", "render", copy, "--allow-exec", "--results-dir", tmp_path / "results")
    assert ran.returncode == 0, ran.stderr
    seen = {
        "diff.patch": run(
            "git", "diff", "--no-index", "--no-color", "before", package.name, cwd=tmp_path
        ).stdout.decode(),
        "results.yaml": (tmp_path / "results" / "results.yaml").read_text(),
    }
    seen["diff.patch"] = re.sub(r"(?m)^index .*\n", "", seen["diff.patch"])
    if request.config.getoption("--update"):
        for name, text in seen.items():
            (expected / name).write_text(text)

    assert seen == {name: (expected / name).read_text() for name in seen}
