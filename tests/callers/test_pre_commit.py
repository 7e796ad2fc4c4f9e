"""The hooks, run by pre-commit: it clones this repository, and installs and runs each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.callers.caller import environment
from tests.callers.package import manifest

ROOT = Path(__file__).parents[2]
PACKED = ("fn", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".pre-commit-hooks.yaml")


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of the files as they are, committed or not."""
    folder = tmp_path_factory.mktemp("hooks")
    listed = _git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", *PACKED)
    for name in listed.splitlines():
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message=a")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder where pre-commit keeps its installations."""
    return tmp_path_factory.mktemp("pre-commit")


def _commit(
    hooks: Path, home: Path, folder: Path, hook: str, name: str
) -> subprocess.CompletedProcess[str]:
    """Run a hook on a repository with the manifest, and with files that are no manifests."""
    configured = {"id": hook, "args": ["deploy"]}
    repositories = [
        {"repo": str(hooks), "rev": _git(hooks, "rev-parse", "HEAD"), "hooks": [configured]}
    ]
    (folder / "deploy").mkdir()
    (folder / "deploy" / "ksm.yaml").write_text(manifest(name))
    (folder / "deploy" / "values.yaml").write_text("a: 1\n")
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": repositories}))
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all")
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose"],
        cwd=folder,
        env=environment(PRE_COMMIT_HOME=str(home)),
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", ["loopback", "sound"])
def test_the_check_fails_a_commit_with_a_broken_probe(
    hooks: Path, home: Path, tmp_path: Path, name: str
) -> None:
    """It fails no other commit, and changes no file."""
    done = _commit(hooks, home, tmp_path, "fix-ksm-probes", name)

    assert (done.returncode == 0) == (name == "sound"), done.stdout + done.stderr
    assert ("LoopbackOnly" in done.stdout) == (name == "loopback")
    assert (tmp_path / "deploy" / "ksm.yaml").read_text() == manifest(name)


def test_the_repair_changes_the_file_and_stops_the_commit_once(
    hooks: Path, home: Path, tmp_path: Path
) -> None:
    """pre-commit stops after every hook that changes a file; the second run passes."""
    done = _commit(hooks, home, tmp_path, "fix-ksm-probes-write", "loopback")
    repaired = (tmp_path / "deploy" / "ksm.yaml").read_text()
    again = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files"],
        cwd=tmp_path,
        env=environment(PRE_COMMIT_HOME=str(home)),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert "files were modified by this hook" in done.stdout
    assert "8642" in repaired
    assert again.returncode == 0, again.stdout
