from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from fix_ksm_probes import __version__
from fix_ksm_probes.report.outputs import OUTPUTS
from fix_ksm_probes.settings.fields import FIELDS, Settings, settle
from fix_ksm_probes.settings.function_config import read_function_config
from fix_ksm_probes.yamlpatch import load, parse

EMPTY = b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n"
SOUND = b"""\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: other
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: kube-state-metrics
  spec:
    template:
      spec:
        containers:
        - name: kube-state-metrics
          image: kube-state-metrics/kube-state-metrics:v2.15.0
          readinessProbe:
            httpGet:
              path: /readyz
              port: 8081
functionConfig:
  apiVersion: fix-ksm-probes.dev/v1alpha1
  kind: FixKSMProbes
  metadata:
    name: fix-ksm-probes
"""
NEEDED_OF_PYYAML = {"yaml._yaml", "yaml.error", "yaml.events", "yaml.nodes", "yaml.tokens"}
NEEDED_BY_EACH_RUN = {
    "": "cli",
    "yamlpatch": "_libyaml _named_tuple document patch scalars text",
    "manifests": "files index item_scanner placeholders pod prefilter reading stream workload",
    "programs": "command_line go_path kube_rbac_proxy kube_state_metrics listeners program"
    " registry releases web_config",
    "rules": "catalogue",
    "settings": "fields function_config kinds",
    "analysis": "analyse decision",
    "fixes": "repair",
    "report": "outcome outputs outputs.manifests",
    "pipeline": "",
}


def _run(
    *arguments: str, stdin: bytes = EMPTY, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "fix_ksm_probes", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=cwd)


def test_help_alone_prints_the_manual_and_reads_nothing() -> None:
    """`kpt fn doc` runs the image with --help and nothing on stdin."""
    command = [sys.executable, "-m", "fix_ksm_probes", "--help"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        manual = process.stdout.read().decode()

    assert process.returncode == 0
    assert all(field.flag in manual for field in FIELDS)
    assert max(map(len, manual.splitlines())) <= 80
    # What a reader searches for stands on one line.
    assert all(output in manual for output in OUTPUTS)
    assert manual.index("examples:") < manual.index("options:")


def test_the_manual_shows_a_function_config_to_copy() -> None:
    """A copy of it is accepted, and has the default settings."""
    manual = _run("--help").stdout.decode()
    shown = dedent(manual.partition("value is text:\n")[2])
    (document,) = parse(shown)

    settings = read_function_config(load(document.root))

    assert settings.keys() == {field.name for field in FIELDS}
    assert settle(settings) == Settings()


def test_version() -> None:
    """One line, on stdout."""
    assert f"fix-ksm-probes {__version__}\n".encode() == _run("--version").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--mode=check",),
        ("--mode", "check"),
        ("--mode=check", "--answeredBy=kube-rbac-proxy"),
        ("--mode=check", "--answered-by=kube-rbac-proxy"),
    ],
)
def test_settings_are_flags(arguments: tuple[str, ...]) -> None:
    """Both forms of a flag, and both spellings of a name."""
    done = _run(*arguments)

    assert (0, b"") == (done.returncode, done.stdout.removeprefix(EMPTY).partition(b"results:")[0])
    assert b"mode: check" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--colour=red",),
        ("--mode=repair",),
        ("--mode",),
        ("-m",),
        ("-qx",),
        ("--quiet=perhaps",),
        ("/no/such/file",),
        ("--mode=check", "stray"),
        ("--output=sarif", "--explain"),
    ],
)
def test_a_bad_argument_is_named_and_nothing_is_written(arguments: tuple[str, ...]) -> None:
    """One line on stderr that names the argument, exit 2."""
    done = _run(*arguments)

    assert (2, b"") == (done.returncode, done.stdout)
    assert len(done.stderr.splitlines()) == 1
    assert arguments[-1].replace("-qx", "-q").split("=")[0].encode() in done.stderr


@pytest.mark.parametrize(
    ("arguments", "accepted"),
    [
        (("--mode",), "probe-disable, dedicated-port, through-proxy, check"),
        (("--mode", "--quiet"), "probe-disable, dedicated-port, through-proxy, check"),
        (("--port",), "an integer from 1 to 65535"),
        (("--image", "-q"), "text"),
        (("--output",), "manifests, results, "),
    ],
)
def test_a_missing_value_is_told_with_what_is_accepted(
    arguments: tuple[str, ...], accepted: str
) -> None:
    """A flag that needs a value does not take the next flag as its value."""
    done = _run(*arguments)

    told = f"{arguments[0]}: a value is required; accepted: {accepted}"
    assert (2, b"") == (done.returncode, done.stdout)
    assert told in done.stderr.decode()


def test_the_nearest_flag_is_named() -> None:
    """The error for a typing error names the flag that the user means."""
    assert b"error: --modes: unknown (did you mean --mode?)\n" in _run("--modes=check").stderr


@pytest.mark.parametrize(
    "stdin",
    [
        b"",
        b"\n",
        b"Error: chart not found\n",
        b"- kind: Deployment\n",
        b"[1, 2]\n",
        b"{\n",
        b"\xff\xfe",
        EMPTY + b"---\nkind: X\n",
        EMPTY.replace(b"config.kubernetes.io", b"example.com"),
        EMPTY.replace(b"[]", b"{}"),
    ],
)
def test_what_holds_no_manifests_is_refused(stdin: bytes) -> None:
    """Exit 2, one line on stderr, and an empty stdout, so a pipe applies nothing."""
    done = _run(stdin=stdin)

    assert (2, b"") == (done.returncode, done.stdout)
    assert len(done.stderr.splitlines()) == 1
    assert b"Traceback" not in done.stderr


def test_the_error_of_who_writes_the_pipe_is_shown() -> None:
    """A pipe that merges stdout and stderr has the error of `helm template`."""
    done = _run(stdin=b'Error: INSTALLATION FAILED: chart "ksm" not found\n')

    assert done.returncode == 2
    assert b"stdin: no manifests but an error message: Error: INSTALLATION FAILED" in done.stderr


def test_a_full_disk_is_told() -> None:
    """A run that cannot write its output fails."""
    command = [sys.executable, "-m", "fix_ksm_probes"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, input=EMPTY, stdout=full, stderr=subprocess.PIPE)

    assert done.returncode == 2
    assert b"stdout" in done.stderr


def test_a_run_without_a_repair_imports_what_it_needs_and_nothing_else() -> None:
    """Start-up is the cost that counts: who adds a module here says why each run needs it.

    Of the standard library it needs neither `re` nor `collections`.
    """
    command = [sys.executable, "-I", "-X", "importtime"]
    done, basis = (
        subprocess.run([*command, *words], input=SOUND, capture_output=True, check=True)
        for words in (
            ("-m", "fix_ksm_probes"),
            ("-c", "import __future__, bisect, gc, runpy, types"),
        )
    )
    imported = _imported(done.stderr) - _imported(basis.stderr)

    assert done.stdout == SOUND
    assert imported == NEEDED_OF_PYYAML | {
        ".".join(filter(None, ("fix_ksm_probes", room, name)))
        for room, names in NEEDED_BY_EACH_RUN.items()
        for name in ("", *names.split())
    }


def _imported(stderr: bytes) -> set[str]:
    return {line.rpartition(b"|")[2].strip().decode() for line in stderr.splitlines()}
