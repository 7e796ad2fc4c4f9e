"""The form of the input and the options decide the form of the output."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import OUTPUTS, OutputOptions
from fix_ksm_probes.settings.arguments import read_arguments
from tests.broken import LIST_WITH_BAD_CONFIG
from tests.case import FOLDER, INPUT, VARIANTS, find_cases

KRP = "kube-rbac-proxy"
OTHER_MODES = ("probe-disable", "through-proxy")
MANIFEST = """\
# The exporter.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ksm # of this cluster
spec:
  template:
    spec:
      containers:
      - name: kube-state-metrics
        image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0
        args: [--host=127.0.0.1, --port=8080]
        livenessProbe:
          httpGet: {path: /livez, port: 8080}
"""
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: '0755'}\n"
REMOVED = "        livenessProbe:\n          httpGet: {path: /livez, port: 8080}\n"
STREAM = f"# head\n---\n{OTHER}---\n{MANIFEST}---\n# nothing here\n---\n{OTHER}...\n"
TABLE = OutputOptions("table")


def _as_list(kind: str = "List") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "items": [yaml.safe_load(OTHER), yaml.safe_load(MANIFEST)],
        "kind": kind,
        "metadata": {"resourceVersion": ""},
    }


def _command(*arguments: str, stdin: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fix_ksm_probes", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True)


@pytest.mark.parametrize("variant", VARIANTS)
def test_documents_come_out_as_they_came(variant: str) -> None:
    """Comments, markers, empty documents and line ends stay."""
    raw = VARIANTS[variant](STREAM.encode())
    removed = REMOVED.encode()
    if b"\r\n" in raw:
        removed = removed.replace(b"\n", b"\r\n")

    output = run(raw, {})

    assert output.exit_code == 0
    assert output.stdout == raw.replace(removed, b"")
    assert run(output.stdout, {}).stdout == output.stdout


@pytest.mark.parametrize("kind", ["List", "DeploymentList"])
def test_a_list_stays_a_list(kind: str) -> None:
    """As `kubectl get -o yaml` prints it."""
    text = yaml.safe_dump(_as_list(kind))

    repaired = run(text.encode(), {}).stdout.decode()

    wanted = _as_list(kind)
    del wanted["items"][1]["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]
    assert yaml.safe_load(repaired) == wanted
    assert set(repaired.splitlines()) < set(text.splitlines())


@pytest.mark.parametrize("indent", [4, None])
def test_json_stays_json(indent: int | None) -> None:
    """As `kubectl get -o json` prints it."""
    text = json.dumps(_as_list(), indent=indent)

    repaired = run(text.encode(), {}).stdout.decode()

    wanted = _as_list()
    del wanted["items"][1]["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]
    assert repaired == json.dumps(wanted, indent=indent)


def test_lists_within_documents_are_looked_into() -> None:
    """A chart may write a List among its documents."""
    listed = yaml.safe_dump(_as_list())

    output = run(f"{OTHER}---\n{listed}".encode(), {})

    assert "removed" in output.stderr[0]
    assert "livenessProbe" not in output.stdout.decode()


def test_what_fails_gives_a_filter_nothing() -> None:
    """stderr has the reason and the counts, and stdout is empty."""
    done = _command("--mode=through-proxy", stdin=STREAM)

    first, *_, last = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(r"stdin:\d+: error: Deployment ksm: `livenessProbe` dials", first)
    assert last == "fix-ksm-probes: 1 workload, 1 probe, 0 pass, 0 repaired, 1 left, 1 error"


def test_the_table_names_what_a_finding_is_about() -> None:
    """A Service that an option changes or warns about has its own row."""
    case = yaml.safe_load((FOLDER / "option-bind-loopback-names-services" / INPUT).read_text())
    stream = yaml.safe_dump_all(case["items"]).encode()
    flags: dict[str, object] = {"mode": "dedicated-port", "bindLoopback": True}
    rows = run(stream, flags, options=TABLE).stdout.decode().splitlines()

    assert [row.split("  ")[0] for row in rows if row.endswith("left as it is")] == [
        "Service monitoring/ksm",
        "ServiceMonitor monitoring/ksm",
        "PodMonitor monitoring/ksm",
    ]


def test_a_probe_that_is_added_was_missing() -> None:
    """A probe that did not exist did not fail."""
    case = yaml.safe_load((FOLDER / "option-add-missing-dedicated-port" / INPUT).read_text())
    stream = yaml.safe_dump_all(case["items"]).encode()
    output = run(stream, {"mode": "dedicated-port", "addMissing": True}, options=TABLE)

    rows = [
        re.split("  +", row)
        for row in output.stdout.decode().splitlines()
        if "ProbesMissing" in row
    ]
    assert {tuple(row[3:6]) for row in rows} == {("missing", "info", "ProbesMissing")}


@pytest.mark.parametrize("flag", ["--target-name=kms", "--target-labels=app=ksm"])
def test_a_target_that_names_nobody_is_told(flag: str) -> None:
    """Otherwise a misspelled target would pass every input."""
    missed = _command("--mode=check", flag, stdin=STREAM)
    drawn = _command("--explain", flag, stdin=STREAM)
    met = _command("--mode=check", "--target-name=ksm", stdin=STREAM)
    said = "o workload that matches the target runs kube-state-metrics"

    assert (missed.returncode, missed.stdout) == (0, STREAM)
    assert missed.stderr == f"fix-ksm-probes: warning: n{said}; read 3 objects [NoWorkload]\n"
    assert drawn.stdout == f"N{said}.\n"
    assert said not in met.stderr
    assert _command("--quiet", flag, stdin=STREAM).stderr == ""


def test_quiet_is_quiet_but_for_errors() -> None:
    """No line for a success, and a block for each error."""
    sound = _command("--quiet", stdin=STREAM)
    wrong = _command("--quiet", "--mode=check", stdin=STREAM)

    assert (sound.returncode, sound.stderr) == (0, "")
    assert wrong.returncode == 1
    assert [line[:18] for line in wrong.stderr.splitlines()] == [
        "stdin:20: error: D",
        "  help: Use mode d",
    ]


def test_colours_are_for_terminals() -> None:
    """Only a terminal without NO_COLOR gets them."""

    def at_a_terminal(**env: str) -> bytes:
        ours, theirs = pty.openpty()
        subprocess.run(
            [sys.executable, "-m", "fix_ksm_probes"],
            input=STREAM.encode(),
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            env={**os.environ, **env},
        )
        os.close(theirs)
        told = os.read(ours, 9999)
        os.close(ours)
        return told

    assert b": \x1b[33mwarning" in at_a_terminal(NO_COLOR="")
    assert b"\x1b" not in at_a_terminal(NO_COLOR="1")
    assert "\x1b" not in _command(stdin=STREAM).stderr


def test_typed_at_a_terminal_it_says_what_it_waits_for() -> None:
    """One line before the first input; then it reads on."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "fix_ksm_probes", "--quiet"]
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        # Where it said nothing, it would wait for us, and we for it.
        ready, _, _ = select.select([process.stderr], [], [], 20)
        told = process.stderr.readline() if ready else b""
        os.write(ours, OTHER.encode() + b"\x04")
        stdout, rest = process.communicate(timeout=20)
    os.close(ours)
    os.close(theirs)

    assert told == b"fix-ksm-probes: reading stdin; press Ctrl-D to end it, or see --help\n"
    assert (stdout.decode(), rest, process.returncode) == (OTHER, b"", 0)


@pytest.mark.parametrize("form", ["results", "results-json"])
def test_results_come_by_themselves(form: str) -> None:
    """YAML, or JSON if asked for, with the findings of the same run."""
    done = _command(f"--output={form}", stdin=STREAM)

    found = (json.loads if form == "results-json" else yaml.safe_load)(done.stdout)

    assert [each["tags"]["reason"] for each in found] == ["LoopbackOnly"]
    assert found[0]["severity"] == "warning"


def test_results_of_json_are_json() -> None:
    """The form of the input decides."""
    done = _command("-o", "results", "--mode=check", stdin=json.dumps(_as_list()))

    assert done.returncode == 1
    assert json.loads(done.stdout)[0]["severity"] == "error"


@pytest.mark.parametrize(
    "mode",
    ["dedicated-port", *(pytest.param(mode, marks=pytest.mark.hunt) for mode in OTHER_MODES)],
)
@pytest.mark.parametrize("case", find_cases(), ids=lambda case: case.name)
def test_the_diff_is_what_patch_needs(case: Path, mode: str, tmp_path: Path) -> None:
    """Applied to the input, it gives the output without results."""
    raw = (case / INPUT).read_bytes()
    before, after = (
        raw.partition(b"\nresults:")[0] for raw in (raw, run(raw, {"mode": mode}).stdout)
    )
    diff = run(raw, {"mode": mode}, options=OutputOptions("diff", "input.yaml")).stdout
    if not diff:
        assert before.rstrip(b"\n") == after.rstrip(b"\n")
        return
    (tmp_path / "input.yaml").write_bytes(raw)

    subprocess.run(["patch", "-p1", "--silent"], input=diff, cwd=tmp_path, check=True)

    patched = (tmp_path / "input.yaml").read_bytes().partition(b"\nresults:")[0]
    assert patched.rstrip(b"\n") == after.rstrip(b"\n")


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_diff_of_a_single_line_is_what_patch_needs(variant: str, tmp_path: Path) -> None:
    """For minified JSON, and with a byte order mark."""
    raw = VARIANTS[variant](json.dumps(_as_list()).encode() + b"\n")
    (tmp_path / "list.json").write_bytes(raw)
    diff = run(raw, {}, options=OutputOptions("diff", "list.json")).stdout

    patch = ["patch", "-p1", "--silent", "--binary"]
    subprocess.run(patch, input=diff, cwd=tmp_path, check=True)

    assert (tmp_path / "list.json").read_bytes() == run(raw, {}).stdout != raw


def test_the_diff_tells_of_a_line_that_does_not_end() -> None:
    """With the words of git and patch."""
    done = _command("--output=diff", stdin=STREAM.rstrip("\n.") + "\ndata: {}")
    cut = _command("--output=diff", stdin=MANIFEST.rstrip("\n"))

    assert "No newline" not in done.stdout
    assert cut.stdout.endswith("port: 8080}\n\\ No newline at end of file\n")


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("stdin", ["", "kind: [", "- 1\n", "Error: no such chart\n"])
def test_what_cannot_be_read_gives_nothing(output: str, stdin: str) -> None:
    """In every form: one line on stderr, exit 2."""
    output_ = run(stdin.encode(), {}, options=OutputOptions(output))

    assert (output_.stdout, output_.exit_code, len(output_.stderr)) == (b"", 2, 1)


def test_flags_of_both_kinds_are_read_in_any_order() -> None:
    """Settings and options, with an equals sign or without, long or short."""
    for short in ("-o diff", "-o=diff", "-odiff", "-qo diff"):
        words = f"{short} --mode check --quiet --stdin-filename=a.yaml --answeredBy {KRP}".split()
        given = read_arguments(words, OUTPUTS)

        assert given.paths == ()
        assert given.settings == {"mode": "check", "answeredBy": KRP}
        assert given.typed == {"mode": "--mode", "answeredBy": "--answeredBy"}
        assert given.options == {"output": "diff", "stdin-filename": "a.yaml", "quiet": "true"}


def test_a_switch_needs_no_value() -> None:
    """`--bind-loopback` alone means yes, and takes no word after it."""
    given = read_arguments("--bind-loopback a.yaml -o diff --proxyFirst=false".split(), OUTPUTS)

    assert given.settings == {"bindLoopback": True, "proxyFirst": False}
    assert given.options == {"output": "diff"}
    assert given.paths == ("a.yaml",)


@pytest.mark.parametrize("drawn", ["--explain", "--explain=mermaid"])
def test_a_drawing_takes_the_place_of_the_findings(drawn: str, tmp_path: Path) -> None:
    """The exit code is that of the mode, for stdin and files; stderr has only errors."""
    (tmp_path / "ksm.yaml").write_text(STREAM)
    sound, checked = _command(drawn, stdin=STREAM), _command(drawn, "--mode=check", stdin=STREAM)
    refused = _command(drawn, "--mode=through-proxy", stdin=STREAM)
    named = _command(drawn, "--mode=check", str(tmp_path / "ksm.yaml"), stdin="")
    misread = _command(drawn, stdin=LIST_WITH_BAD_CONFIG)

    assert (sound.returncode, sound.stderr) == (0, "")
    for each in (checked, refused, named):
        assert each.returncode == 1
        assert ": error: " in each.stderr.splitlines()[0]
    for each in (sound, checked, refused):
        assert "LoopbackOnly" in each.stdout
    assert checked.stdout == refused.stdout == named.stdout
    assert "after the repair" in sound.stdout
    assert (misread.returncode, misread.stdout) == (2, "")
    assert "spec.mode" in misread.stderr
