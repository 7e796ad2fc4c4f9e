"""Files and folders as arguments: what the command reads, reports, writes and leaves."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import pytest
import yaml

from tests.callers.caller import COMMAND
from tests.cli.conftest import BROKEN, OTHER

REPAIR = "--mode=dedicated-port"
CASES = Path(__file__).parents[1] / "cases"


def _call(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
    )


def _call_with_one_in_the_way(
    folder: Path, hidden: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Call the command where a folder has the name of the new file beside `hidden`."""
    # That name has the process id, which `exec` keeps.
    script = f'mkdir "{hidden}.$$.new"; exec "$0" "$@"'
    return subprocess.run(
        ["bash", "-c", script, COMMAND, *arguments], cwd=folder, capture_output=True, text=True
    )


def test_mode_and_link_are_kept(tree: Path) -> None:
    """A new file replaces the old one, with its permissions; links to it stay."""
    target = tree / "deploy" / "ksm.yaml"
    target.chmod(0o640)
    (tree / "link.yaml").symlink_to(target)

    _call(tree, REPAIR, "--write", "link.yaml")

    assert (tree / "link.yaml").is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.read_text() != BROKEN


def test_a_file_that_cannot_be_written_is_as_it_was(tree: Path) -> None:
    """The others are replaced, the exit code is 2, and no file is half written."""
    (tree / "full").mkdir()
    (tree / "full" / "ksm.yaml").write_text(BROKEN)
    done = _call_with_one_in_the_way(tree, "full/.ksm.yaml", REPAIR, "--write", ".")

    assert done.returncode == 2
    assert (
        "error: full/ksm.yaml: cannot be written: File exists; the file is unchanged" in done.stderr
    )
    (found,) = (line for line in done.stderr.splitlines() if line.startswith("full/ksm.yaml:"))
    assert ": error: " in found
    assert "; left as it is, because the file cannot be written [" in found
    assert done.stderr.endswith(", 1 repaired, 1 left, 1 error; 1 file changed\n")
    assert (tree / "full" / "ksm.yaml").read_text() == BROKEN
    assert (tree / "deploy" / "ksm.yaml").read_text() != BROKEN


@pytest.mark.parametrize(
    "unwritten, counts",
    [
        ("workload", ", 1 probe, 0 pass, 0 repaired, 1 left, 1 error; 1 file changed\n"),
        ("service", ", 1 probe, 0 pass, 1 repaired, 0 left, 1 error; 1 file changed\n"),
    ],
)
def test_a_finding_goes_by_the_file_that_it_changes(
    tmp_path: Path, unwritten: str, counts: str
) -> None:
    """Of two files that one workload changes, only the one that is not written is left."""
    case = yaml.safe_load((CASES / "option-fix-scrapes-annotations" / "input.yaml").read_text())
    workload, service = case["items"]
    exporter = workload["spec"]["template"]["spec"]["containers"][0]
    exporter["livenessProbe"] = {"httpGet": {"path": "/healthz", "port": 9090}}
    for name, item in (("workload", workload), ("service", service)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(item))
    arguments = ("--fix-scrapes", "--write", "-o", "diff", ".")
    done = _call_with_one_in_the_way(tmp_path, f".{unwritten}.yaml", *arguments)
    findings = {
        line.partition(".yaml:")[0]: line
        for line in done.stderr.splitlines()
        if line.startswith(("workload.yaml:", "service.yaml:"))
    }

    assert done.returncode == 2
    assert set(findings) == {"workload", "service"}
    for name, line in findings.items():
        assert ("; left as it is, because the file cannot be written [" in line) == (
            name == unwritten
        )
        assert (f"--- a/{name}.yaml\n" in done.stdout) == (name != unwritten)
    assert done.stderr.endswith(counts)


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
    """The first fsync is that of the new file, the second that of its folder."""
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
    assert "; 0 files changed" in done.stderr.splitlines()[-1]
    assert not [*(tree / "deploy").glob(".*.new")]


def test_what_names_the_program_must_be_readable(tree: Path) -> None:
    """A broken manifest that names the program is an error, not a skipped file."""
    (tree / "broken.yaml").write_text("kind: Pod\nname: kube-state-metrics\n  x: [\n")

    done = _call(tree, "--mode=check", ".")

    assert done.returncode == 2
    assert "error: broken.yaml: not YAML " in done.stderr


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
    """The error names the flag and what it needs."""
    done = _call(tree, *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert arguments[0].partition("=")[0] in done.stderr


@pytest.mark.parametrize("output", ["github", "junit", "results", "sarif"])
def test_every_output_says_that_a_repair_is_only_proposed(tree: Path, output: str) -> None:
    """Without --write, an annotation must not say that a probe is removed."""
    proposed = _call(tree, "-q", "-o", output, "deploy").stdout
    written = _call(tree, "-q", "-o", output, "--write", "deploy").stdout

    assert "; with --write: removed" in proposed
    assert "; removed" in written
    assert "with --write" not in written


def test_a_link_and_its_target_are_one_file(tree: Path) -> None:
    """Otherwise each finding would occur twice."""
    (tree / "deploy" / "link.yaml").symlink_to("ksm.yaml")

    done = _call(tree, "--mode=check", "deploy")

    assert "1 file with manifests, 1 skipped; 1 workload, " in done.stderr


def test_a_named_pipe_in_a_folder_does_not_stop_the_run(tree: Path) -> None:
    """Nobody writes to it, so a read would wait forever. A broken link is still an error."""
    os.mkfifo(tree / "deploy" / "pipe.yaml")
    (tree / "deploy" / "broken.yaml").symlink_to("gone")

    done = _call(tree, "--mode=check", "deploy")

    assert done.returncode == 2
    assert done.stderr.startswith("fix-ksm-probes: error: deploy/broken.yaml: No such file")
    assert "[LoopbackOnly]" in done.stderr
    assert "pipe.yaml" not in done.stderr


def test_a_report_on_nothing_names_the_folder(tree: Path) -> None:
    """The run reads no stdin, and a code host would look for a file of that name."""
    (tree / "empty").mkdir()

    report = json.loads(_call(tree, "--mode=check", "-o", "codequality", "empty").stdout)

    assert [each["location"]["path"] for each in report] == ["empty"]


def test_a_list_with_spaces_is_no_list_of_files(tree: Path) -> None:
    """The shell makes the second value a path; any other path stays a path."""
    missing, advice = (
        "No such file or directory",
        "a list has commas and no spaces, as in --fail-on=A,B",
    )
    done = _call(tree, "--mode=check", "--fail-on", "Bypass", "Unknown", "gone.yaml", "deploy")

    assert done.returncode == 2
    assert done.stderr.splitlines()[:2] == [
        f"fix-ksm-probes: error: Unknown: {missing}; {advice}",
        f"fix-ksm-probes: error: gone.yaml: {missing}",
    ]


def test_what_stands_beside_a_workload_may_stand_in_another_file(tmp_path: Path) -> None:
    """A Service in another file is found, and changed there."""
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
    assert apart.stderr.splitlines()[-1].endswith("; 2 files changed")


def test_who_scrapes_may_stand_in_another_file(tmp_path: Path) -> None:
    """The finding of a removed probe names a monitor in another file."""
    case = Path(__file__).parents[1] / "cases" / "mode-probe-disable-watched" / "input.yaml"
    for number, item in enumerate(_items(case)):
        (tmp_path / f"{number}.yaml").write_text(json.dumps(item))
    done = _call(tmp_path, "--mode=probe-disable", ".")

    assert "ServiceMonitor monitoring/ksm scrapes it" in " ".join(done.stderr.split())
    assert "warning" not in done.stderr


def test_formats_hold_all_files(tree: Path) -> None:
    """SARIF, GitHub and JSON outputs hold each file once, in one document."""
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
    """Files that do not name the program are read, but not parsed."""
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


@pytest.mark.parametrize(
    "names",
    [
        ("dev.yaml", "prod.yaml"),
        ("dev/ksm.yaml dev/service.yaml", "prod/ksm.yaml prod/service.yaml"),
    ],
    ids=["a file for each", "a folder for each"],
)
def test_what_stands_in_the_tree_once_for_each_environment_is_its_own(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    """Each workload is judged and repaired with the Service of its own environment."""
    case = Path(__file__).parents[1] / "cases" / "option-proxy-first" / "input.yaml"
    documents = [yaml.safe_dump(item) for item in _items(case)]
    for environment in names:
        files = environment.split()
        texts = documents if len(files) > 1 else ["---\n".join(documents)]
        for name, text in zip(files, texts, strict=True):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
    options = ("--mode=dedicated-port", "--proxy-first", "-o", "results-json")
    results = [json.loads(_call(tmp_path, *options, *each.split()).stdout) for each in names]

    together = json.loads(_call(tmp_path, *options, ".").stdout)

    assert len(results[0]) > 1
    assert together == [result for each in results for result in each]


def test_a_copy_of_another_environment_takes_no_port(tmp_path: Path) -> None:
    """The workload of `dev` does not use the network of its node; the copy in `prod` does."""
    case = Path(__file__).parents[1] / "cases" / "port-taken-by-a-declared-port" / "input.yaml"
    ours, other = map(yaml.safe_dump, _items(case))
    apart = other.replace("hostNetwork: true", "hostNetwork: false")
    (tmp_path / "dev.yaml").write_text(f"{ours}---\n{apart}")
    (tmp_path / "prod.yaml").write_text(other)

    assert "PortTaken" not in _call(tmp_path, "--mode=check", ".").stderr
    (tmp_path / "dev.yaml").write_text(ours)
    assert "PortTaken" in _call(tmp_path, "--mode=check", ".").stderr


def test_a_chart_that_is_not_rendered_is_named(tree: Path) -> None:
    """If nothing else in the folder runs the program; otherwise it is counted as skipped."""
    done = _call(tree, "--mode=check", "chart")

    assert done.returncode == 0
    assert done.stderr.startswith(
        "fix-ksm-probes: warning: no workload runs kube-state-metrics; "
        "read 0 files with manifests, 3 skipped; "
        "chart/Chart.yaml looks like a part of a chart; use the output of `helm template` "
        "[NoWorkload]\n"
    )
    assert _call(tree, "--mode=check", "--fail-on=NoWorkload", "chart").returncode == 1


def test_what_a_kustomization_puts_in_for_a_variable_is_not_known(tmp_path: Path) -> None:
    """kustomize replaces `$(NAME)` of its variables, which Kubernetes never sees."""
    items = (CASES / "unknown-variable-of-kustomize" / "input.yaml").read_text()
    workload, kustomization = yaml.safe_load(items)["items"]
    (tmp_path / "ksm.yaml").write_text(yaml.safe_dump(workload))
    alone = _call(tmp_path, REPAIR, ".")
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    beside = _call(tmp_path, REPAIR, ".")

    assert "cannot listen on `--host=$(KSM_HOST)`" in alone.stderr
    assert "verdict unknown" in beside.stderr
    assert "1 file with manifests, 1 skipped" in beside.stderr
