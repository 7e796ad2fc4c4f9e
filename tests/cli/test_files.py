"""Files and folders as arguments: what is read, told, written and left alone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import pytest
import yaml

from tests.callers.caller import COMMAND
from tests.callers.package import manifest

BROKEN = manifest("loopback")
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n"
REPAIR = "--mode=dedicated-port"


def _call(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments], cwd=folder, input=stdin, capture_output=True, text=True
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with a broken manifest, another, and things that are no manifests."""
    files = {
        "deploy/ksm.yaml": BROKEN,
        "deploy/kustomization.yaml": "resources: [ksm.yaml]\n",
        "app/other.yml": OTHER,
        "app/one.json": json.dumps({"apiVersion": "v1", "kind": "Namespace"}),
        "app/compose.yaml": "services: {ksm: {image: kube-state-metrics}}\n",
        "app/notes.txt": BROKEN,
        "chart/Chart.yaml": "name: kube-state-metrics\n",
        "chart/values.yaml": "name: kube-state-metrics\n",
        "chart/templates/deployment.yaml": "kind: Deployment\nname: {{ .Release.Name }}-ksm\n",
        ".hidden/ksm.yaml": BROKEN,
        "deploy/.ksm.yaml": BROKEN,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_folder_is_read_to_its_leaves(tree: Path) -> None:
    """Findings with file and line, what is skipped counted, hidden ones and others passed by."""
    done = _call(tree, "--mode=check", ".")

    *told, last = (line for line in done.stderr.splitlines() if not line.startswith("  help: "))
    assert (done.returncode, done.stdout) == (1, "")
    assert all(line.startswith("deploy/ksm.yaml:") for line in told)
    assert any(": error: " in line and line.endswith(" [LoopbackOnly]") for line in told)
    assert last.startswith("fix-ksm-probes: 3 files with manifests, 5 skipped; ")


def test_the_line_is_that_of_the_finding(tree: Path) -> None:
    """An editor that is given `FILE:LINE` stands at the handler."""
    (first, *_) = _call(tree, "--mode=check", "deploy").stderr.splitlines()
    line = int(first.split(":")[1])

    assert "readinessProbe" in BROKEN.splitlines()[line - 1]


def test_nothing_is_written_unless_it_is_asked_for(tree: Path) -> None:
    """What would change is told, and is no success; then written, and a second run is one."""
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    asked = _call(tree, REPAIR, ".")
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr.splitlines()[-1].endswith("; 1 would change")
    assert before == {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}

    written = _call(tree, REPAIR, "--write", ".")
    again = _call(tree, REPAIR, "--write", ".")

    changed = [path for path, raw in before.items() if path.read_bytes() != raw]
    assert (written.returncode, again.returncode) == (0, 0)
    assert changed == [tree / "deploy" / "ksm.yaml"]
    assert changed[0].read_text() == _call(tree, REPAIR, stdin=BROKEN).stdout
    assert written.stderr.splitlines()[-1].endswith("; 1 changed")
    assert again.stderr.splitlines()[-1].endswith("; 0 changed")
    assert not [path for path in tree.rglob("*") if path.name.endswith(".new")]


def test_mode_and_link_are_kept(tree: Path) -> None:
    """A file is replaced, not rewritten: what points to it and who may read it stay."""
    target = tree / "deploy" / "ksm.yaml"
    target.chmod(0o640)
    (tree / "link.yaml").symlink_to(target)

    _call(tree, REPAIR, "--write", "link.yaml")

    assert (tree / "link.yaml").is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.read_text() != BROKEN


def test_a_file_that_cannot_be_written_is_as_it_was(tree: Path) -> None:
    """The others are replaced, the exit code says so, and no half of a file is left."""
    (tree / "full").mkdir()
    (tree / "full" / "ksm.yaml").write_text(BROKEN)
    # In the way of the new file, whose name has the process id, which `exec` keeps.
    script = 'mkdir "full/.ksm.yaml.$$.new"; exec "$0" "$@" --write .'
    done = subprocess.run(
        ["bash", "-c", script, COMMAND, REPAIR], cwd=tree, capture_output=True, text=True
    )

    assert done.returncode == 2
    assert (
        "error: full/ksm.yaml: cannot be written: File exists; the file is unchanged" in done.stderr
    )
    assert (tree / "full" / "ksm.yaml").read_text() == BROKEN
    assert (tree / "deploy" / "ksm.yaml").read_text() != BROKEN


@pytest.mark.parametrize(
    "number, words, is_repaired",
    [
        (1, "cannot be written: Input/output error; the file is unchanged", False),
        (2, "is repaired, but its folder is not on the disk yet: Input/output error", True),
    ],
    ids=["file", "folder"],
)
def test_a_disk_that_fails_is_told_as_it_is(
    tree: Path, strace: str, number: int, words: str, *, is_repaired: bool
) -> None:
    """The first fsync is that of the new file, the second that of the folder with its name."""
    inject = f"inject=fsync:error=EIO:when={number}"
    done = subprocess.run(
        [strace, "-o/dev/null", "-e", inject, COMMAND, REPAIR, "--write", "deploy/ksm.yaml"],
        cwd=tree,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"fix-ksm-probes: error: deploy/ksm.yaml: {words}"
    assert ((tree / "deploy" / "ksm.yaml").read_text() != BROKEN) is is_repaired
    assert "; 0 changed" in done.stderr.splitlines()[-1]
    assert not [*(tree / "deploy").glob(".*.new")]


def test_one_diff_over_all_is_what_git_applies(tree: Path) -> None:
    """From the folder where the command ran, names with spaces included."""
    (tree / "a b").mkdir()
    (tree / "a b" / "ksm.yaml").write_text(BROKEN)
    subprocess.run(["git", "init", "-q", "."], cwd=tree, check=True)
    done = _call(tree, REPAIR, "-q", "-o", "diff", ".", str(tree / "deploy" / "ksm.yaml"))

    subprocess.run(["git", "apply"], cwd=tree, input=done.stdout, text=True, check=True)

    assert done.returncode == 1
    repaired = _call(tree, REPAIR, stdin=BROKEN).stdout
    assert (tree / "a b" / "ksm.yaml").read_text() == repaired
    assert (tree / "deploy" / "ksm.yaml").read_text() == repaired


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("deploy/kustomization.yaml", "a kustomization; use the output of `kustomize build`"),
        ("chart/values.yaml", "a part of a chart; use the output of `helm template`"),
        ("chart/templates/deployment.yaml", "a template of a chart; use the output of"),
        ("app/compose.yaml", "document 1 has no kind"),
        ("app/none.yaml", "No such file or directory"),
    ],
)
def test_what_is_named_outright_must_be_manifests(tree: Path, path: str, words: str) -> None:
    """The error names the file and what it looks like."""
    done = _call(tree, "--mode=check", "deploy/ksm.yaml", path)

    assert done.returncode == 2
    assert done.stderr.startswith(f"fix-ksm-probes: error: {path}: ")
    assert words in done.stderr.splitlines()[0]
    assert "[LoopbackOnly]" in done.stderr


def test_what_names_the_program_must_be_readable(tree: Path) -> None:
    """A broken manifest of ours in a folder is no file to skip."""
    (tree / "broken.yaml").write_text("kind: Pod\nname: kube-state-metrics\n  x: [\n")

    done = _call(tree, "--mode=check", ".")

    assert done.returncode == 2
    assert "error: broken.yaml: not YAML " in done.stderr


def test_a_dash_is_stdin(tree: Path) -> None:
    """Alone it is the filter; among files it is one of them."""
    alone = _call(tree, REPAIR, "-", stdin=BROKEN)
    beside = _call(tree, "--mode=check", "app", "-", stdin=BROKEN)
    named = _call(tree, "--mode=check", "--stdin-filename=x.yaml", "app", "-", stdin=BROKEN)

    assert alone.stdout == _call(tree, REPAIR, stdin=BROKEN).stdout != ""
    assert beside.returncode == 1
    assert beside.stderr.startswith("stdin:")
    assert named.stderr.startswith("x.yaml:")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--write",),
        ("--write", "-"),
        ("--write", "--mode=check", "."),
        ("--output=manifests", "."),
        ("--stdin-filename=a", "."),
        ("--emit=none", "--mode=check", "deploy"),
    ],
)
def test_a_flag_without_effect_is_refused(tree: Path, arguments: tuple[str, ...]) -> None:
    """It names the flag, and what it would need."""
    done = _call(tree, *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert arguments[0].partition("=")[0] in done.stderr


def test_what_stands_beside_a_workload_may_stand_in_another_file(tmp_path: Path) -> None:
    """A Service in a file of its own is found, and changed where it stands."""
    case = Path(__file__).parents[1] / "cases" / "option-proxy-first" / "input.yaml"
    items = _items(case)
    names = []
    for number, item in enumerate(items):
        names.append(tmp_path / f"{number}.yaml")
        names[-1].write_text(json.dumps(item))
    together = tmp_path / "all.json"
    together.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    options = ("--mode=dedicated-port", "--proxy-first", "--write")
    apart = _call(tmp_path, *options, *(path.name for path in names))
    _call(tmp_path, *options, together.name)

    assert apart.returncode == 0, apart.stderr
    assert [json.loads(path.read_text()) for path in names] == json.loads(together.read_text())[
        "items"
    ]
    assert apart.stderr.splitlines()[-1].endswith("; 2 changed")


def test_formats_hold_all_files(tree: Path) -> None:
    """SARIF, GitHub and JSON name each file once, in one document."""
    (tree / "second.yaml").write_text(BROKEN)
    sarif = json.loads(_call(tree, "--mode=check", "-o", "sarif", ".").stdout)
    github = _call(tree, "--mode=check", "-o", "github", ".").stdout
    results = json.loads(_call(tree, "--mode=check", "-o", "results-json", ".").stdout)

    uris = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for run in sarif["runs"]
        for result in run["results"]
    }
    assert uris == {"deploy/ksm.yaml", "second.yaml"}
    assert {line.split("file=")[1].split(",")[0] for line in github.splitlines()} == uris
    assert {result["file"]["path"] for result in results} == uris


def test_thousands_of_files_are_a_matter_of_a_second(tmp_path: Path) -> None:
    """What does not name the program is read, and not parsed."""
    padding = "".join(f"  key{number}: value\n" for number in range(300))
    for number in range(2000):
        (tmp_path / f"{number}.yaml").write_text(f"{OTHER}data:\n{padding}")
    (tmp_path / "ksm.yaml").write_text(BROKEN)
    before = getrusage(RUSAGE_CHILDREN)
    done = _call(tmp_path, "--mode=check", ".")
    after = getrusage(RUSAGE_CHILDREN)

    last = done.stderr.splitlines()[-1]
    assert last.startswith("fix-ksm-probes: 2001 files with manifests, 0 skipped; ")
    assert after.ru_utime - before.ru_utime < 2


def _items(case: Path) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = yaml.safe_load(case.read_text())["items"]
    return items
