"""The interface, rule by rule: each statement of RULES is held by a test that runs the command.

The tests stand in the order of the rules, and `held_by_the_test_below` names the statements of
each. A statement that no test names fails the first test of this file.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree as ET

import pytest
import yaml

from fix_ksm_probes.report.outputs import OUTPUTS
from fix_ksm_probes.rules.catalogue import RULES as REASONS
from tests.callers.caller import COMMAND, each_kubectl, kpt, run
from tests.callers.package import kptfile, manifest, write
from tests.cli.conftest import BROKEN

DESIGN = Path(__file__).parents[3] / "shared" / "design.md"
CASES = Path(__file__).parents[1] / "cases"

RULES = {
    "PATH": (
        "files and folders (`*.yaml`, `*.yml`, `*.json`, recursive, hidden ones skipped), `-` "
        "is stdin. Nothing is written without `--write`, which replaces files in place; without"
        " it findings are told, and the exit code is 1 if something is or would be changed. `-o"
        " diff` is one diff over all files that `git apply` takes. What is no manifest "
        "(values.yaml, a chart's templates, a kustomization) is counted as skipped; named "
        "outright, it is an error that says what it looks like. Called by kustomize as an exec "
        "plugin (its environment tells), argv[1] is the functionConfig as before"
    ),
    "exit code": (
        "0 nothing is wrong, or all repaired; 1 something is wrong and still wrong; 2 the "
        "input, a setting or the command line is"
    ),
    "settings": (
        "a setting that the chosen mode cannot use is an error that names the modes that can "
        "(equal to its default is fine); `bindLoopback` and `proxyFirst` never remove a probe "
        "that passed: in `probe-disable` that is an error naming the modes that keep it"
    ),
    "failOn": (
        "any reason, `Unknown` and `Vacuous` among them, `NoWorkload`, or `warning` for all "
        "warnings"
    ),
    "nothing found": (
        "one line that says so: how many objects were read; an unrendered source (HelmRelease, "
        "HelmChart, Argo CD Application, a template) is named with what to do. `failOn: "
        "[NoWorkload]` makes it fail"
    ),
    "suppression": (
        'annotation `ignore.fix-ksm-probes.dev/REASON: "why"` on the workload; needs a why; '
        "told as suppressed (SARIF `suppressions`), does not fail; one that suppresses nothing "
        "is a warning"
    ),
    "words on stderr": (
        "every finding is a block: `FILE:LINE: SEVERITY: sentence [REASON]`, then `help:` with "
        "the remedy and, for a change, what it costs; last a summary line (workloads, probes, "
        "repaired, left, skipped). Wrapped at the terminal's width. `-o table` prints the "
        "table. Under kpt, which shows results itself, stderr stays silent unless something "
        "failed"
    ),
    "rule pages": (
        "`fix-ksm-probes --rule REASON` prints the page of a reason (from the catalogue); "
        "`--rule` alone lists them"
    ),
    "blindness": (
        "a repair after which no probe notices a hung KSM is severity warning and names the "
        "modes that keep it noticed"
    ),
    "outputs": (
        "as before, and `junit`, `codequality` (GitLab), `table`; SARIF with helpUri, stable "
        "fingerprints, right lines in a ResourceList"
    ),
    "component": (
        "the build fails where a patch finds no target (renamed, other namespace), instead of "
        "passing it by"
    ),
}
"""The table of section 3 of the design: a topic and its rules."""

_HELD: list[str] = []
_Test = TypeVar("_Test", bound=Callable[..., None])

SOUND = manifest("sound")
REPAIR = "--mode=dedicated-port"
NGINX = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: nginx}]}\n"
# A probe that passes at a port that clients can reach past the proxy.
OPEN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: open}
spec:
  template:
    spec:
      containers:
      - name: kube-state-metrics
        image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0
        args: [--port=9090]
        livenessProbe:
          httpGet: {path: /healthz, port: 9090}
      - name: kube-rbac-proxy
        image: quay.io/brancz/kube-rbac-proxy:v0.19.1
        args: [--secure-listen-address=:8443, "--upstream=http://127.0.0.1:9090/"]
"""


def held_by_the_test_below(*statements: str) -> Callable[[_Test], _Test]:
    """Name the statements of RULES, in order, that the test below proves."""
    _HELD.extend(statements)
    return lambda test: test


def _call(
    *arguments: str, stdin: str = "", cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        input=stdin,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )


def _check(stdin: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _call("--mode=check", *arguments, stdin=stdin)


def _case(name: str) -> str:
    return yaml.safe_dump_all(yaml.safe_load((CASES / name / "input.yaml").read_text())["items"])


def _resource_list(*manifests: str) -> str:
    items = [yaml.safe_load(each) for each in manifests]
    head = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList"}
    return yaml.safe_dump({**head, "items": items}, sort_keys=False)


def _annotated(reason: str, why: str, text: str = BROKEN) -> str:
    name = f"ignore.fix-ksm-probes.dev/{reason}"
    return text.replace("metadata:\n", f'metadata:\n  annotations: {{{name}: "{why}"}}\n', 1)


def test_every_rule_is_held() -> None:
    """The tests name all statements of the rules, in order."""
    rest = "\n".join(RULES.values())
    for statement in _HELD:
        before, found, rest = rest.partition(statement)
        assert found, f"not in the rules, or not in this place: {statement}"
        assert re.fullmatch(r"\W*", before), f"held by no test: {before}"
    assert rest == ""


@pytest.mark.skipif(not DESIGN.exists(), reason="../shared is not beside this project")
def test_the_rules_are_those_of_the_design() -> None:
    """They are equal, topic by topic."""
    lines = DESIGN.read_text().splitlines()
    start = lines.index("| topic | rule |") + 2
    rows = (line.strip("| ").split(" | ", 1) for line in lines[start : lines.index("", start)])

    assert [*map(tuple, rows)] == [*RULES.items()]


# PATH


@held_by_the_test_below(
    "files and folders (`*.yaml`, `*.yml`, `*.json`, recursive, hidden ones skipped)"
)
def test_a_folder_is_read_to_its_leaves(tree: Path) -> None:
    """All visible manifests with the three suffixes, by their paths as typed."""
    for name in ("a.yml", "b.json", "c.txt"):
        text = json.dumps(yaml.safe_load(BROKEN)) if name == "b.json" else BROKEN
        (tree / "app" / name).write_text(text)
    by_folder = _call("--mode=check", ".", cwd=tree)
    by_name = _call("--mode=check", "deploy/ksm.yaml", "app/a.yml", cwd=tree)

    files = [
        re.findall(r"^(\S+?):\d+: error: .* \[LoopbackOnly\]$", done.stderr, re.MULTILINE)
        for done in (by_folder, by_name)
    ]
    assert sorted(files[0]) == ["app/a.yml", "app/b.json", "deploy/ksm.yaml"]
    assert files[1] == ["deploy/ksm.yaml", "app/a.yml"]
    assert by_folder.stdout == by_name.stdout == ""


@held_by_the_test_below("`-` is stdin")
def test_a_dash_is_stdin(tree: Path) -> None:
    """Alone it makes the command a filter; among files it is one of them."""
    alone = _call(REPAIR, "-", stdin=BROKEN)
    beside = _call("--mode=check", "app", "-", stdin=BROKEN, cwd=tree)
    named = _call("--mode=check", "--stdin-filename=x.yaml", "app", "-", stdin=BROKEN, cwd=tree)

    assert alone.stdout == _call(REPAIR, stdin=BROKEN).stdout != ""
    assert beside.returncode == 1
    assert beside.stderr.startswith("stdin:")
    assert named.stderr.startswith("x.yaml:")


@held_by_the_test_below(
    "Nothing is written without `--write`, which replaces files in place",
    "without it findings are told, and the exit code is 1 if something is or would be changed",
)
def test_nothing_is_written_unless_it_is_asked_for(tree: Path) -> None:
    """A change without --write fails; with it the file changes, and a second run succeeds."""
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    asked = _call(REPAIR, ".", cwd=tree)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "[LoopbackOnly]" in asked.stderr
    assert "; with --write: moved to port " in asked.stderr
    assert ", 1 repairable, 0 left; " in asked.stderr
    assert asked.stderr.splitlines()[-1].endswith("; 1 file would change with --write")
    assert before == {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}

    written = _call(REPAIR, "--write", ".", cwd=tree)
    again = _call(REPAIR, "--write", ".", cwd=tree)

    changed = [path for path, raw in before.items() if path.read_bytes() != raw]
    assert (written.returncode, again.returncode) == (0, 0)
    assert changed == [tree / "deploy" / "ksm.yaml"]
    assert changed[0].read_text() == _call(REPAIR, stdin=BROKEN).stdout
    assert "; moved to port " in written.stderr
    assert ", 1 repaired, 0 left; " in written.stderr
    assert written.stderr.splitlines()[-1].endswith("; 1 file changed")
    assert again.stderr.splitlines()[-1].endswith("; 0 files changed")
    assert {path for path in tree.rglob("*") if path.is_file()} == before.keys()


@held_by_the_test_below("`-o diff` is one diff over all files that `git apply` takes")
def test_one_diff_over_all_is_what_git_applies(tree: Path) -> None:
    """In the folder of the command, also for names with spaces."""
    (tree / "a b").mkdir()
    (tree / "a b" / "ksm.yaml").write_text(BROKEN)
    subprocess.run(["git", "init", "-q", "."], cwd=tree, check=True)
    done = _call(REPAIR, "-q", "-o", "diff", ".", str(tree / "deploy" / "ksm.yaml"), cwd=tree)

    subprocess.run(["git", "apply"], cwd=tree, input=done.stdout, text=True, check=True)

    assert done.returncode == 1
    repaired = _call(REPAIR, stdin=BROKEN).stdout
    assert (tree / "a b" / "ksm.yaml").read_text() == repaired
    assert (tree / "deploy" / "ksm.yaml").read_text() == repaired


@held_by_the_test_below(
    "What is no manifest (values.yaml, a chart's templates, a kustomization) is counted as skipped"
)
def test_what_is_no_manifest_is_counted_as_skipped(tree: Path) -> None:
    """A kustomization, a compose file and three files of a chart, without a message for each."""
    done = _call("--mode=check", ".", cwd=tree)

    last = done.stderr.splitlines()[-1]
    assert last.startswith("fix-ksm-probes: 3 files with manifests, 5 skipped; ")
    assert set(re.findall(r"^(\S+):\d+: ", done.stderr, re.MULTILINE)) == {"deploy/ksm.yaml"}


@held_by_the_test_below("named outright, it is an error that says what it looks like")
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
    """The error names the file and comes first; findings of other files follow."""
    done = _call("--mode=check", "deploy/ksm.yaml", path, cwd=tree)

    assert done.returncode == 2
    assert done.stderr.startswith(f"fix-ksm-probes: error: {path}: ")
    assert words in done.stderr.splitlines()[0]
    assert "[LoopbackOnly]" in done.stderr


@held_by_the_test_below(
    "Called by kustomize as an exec plugin (its environment tells), argv[1] is the functionConfig"
    " as before"
)
@pytest.mark.parametrize("name", ["KUSTOMIZE_PLUGIN_CONFIG_STRING", "KUSTOMIZE_PLUGIN_CONFIG_ROOT"])
def test_kustomize_calls_it_with_a_function_config(name: str, tmp_path: Path) -> None:
    """The words of `argsOneLiner` follow the file.

    Without the plugin variables, the file is a path.
    """
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {mode: check}\n"
    (tmp_path / "config.yaml").write_text(config)
    empty = _resource_list()
    plugin = _call("config.yaml", stdin=empty, cwd=tmp_path, **{name: "x"})
    more = ("config.yaml", "--fail-on=NoWorkload")

    assert "mode: check" in plugin.stdout
    assert _call(*more, stdin=empty, cwd=tmp_path, **{name: "x"}).returncode == 1
    assert _call("config.yaml", stdin=empty, cwd=tmp_path).stdout == ""


# exit code


@held_by_the_test_below("0 nothing is wrong, or all repaired")
@pytest.mark.parametrize(
    ("stdin", "mode"), [(SOUND, "check"), (SOUND, "dedicated-port"), (BROKEN, "dedicated-port")]
)
def test_exit_code_0(stdin: str, mode: str) -> None:
    """All input comes out."""
    done = _call(f"--mode={mode}", stdin=stdin)

    assert done.returncode == 0
    assert (done.stdout == stdin) == (stdin == SOUND)


@held_by_the_test_below("1 something is wrong and still wrong")
@pytest.mark.parametrize(
    ("stdin", "mode"),
    [(BROKEN, "check"), (OPEN, "check"), (manifest("spellings"), "through-proxy")],
    ids=["probe", "bypass", "no-proxy"],
)
def test_exit_code_1(stdin: str, mode: str) -> None:
    """The first line says why, and stdout is empty, so a pipe applies nothing."""
    done = _call(f"--mode={mode}", stdin=stdin)

    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(r"stdin:\d+: error: .+ \[\w+\]$", done.stderr.splitlines()[0])


@held_by_the_test_below("2 the input, a setting or the command line is")
@pytest.mark.parametrize(
    ("stdin", "argument", "words"),
    [
        ("Error: chart not found\n", "--quiet", "stdin: no manifests but an error message"),
        ("kind: [\n", "--quiet", "stdin: not YAML"),
        (BROKEN, "--mode=disable", "--mode: unknown value 'disable' (did you mean probe-disable?)"),
        (BROKEN, "--output=json", "--output: unknown value 'json' (did you mean results-json?)"),
        (BROKEN, "--fail_on=Unknown", "--fail_on: unknown (did you mean --fail-on?)"),
        (BROKEN, "--colour=red", "--colour: unknown; see --help"),
        # In the style of what was typed.
        (BROKEN, "--targetnamespace=a", "--targetnamespace: unknown (did you mean --target-namesp"),
        (BROKEN, "--failsOn=Unknown", "--failsOn: unknown (did you mean --failOn?)"),
        # As other tools call it.
        (BROKEN, "--check", "--check: unknown; use --mode=check"),
        (BROKEN, "--fix", "--fix: unknown; use --write"),
        (BROKEN, "--format=sarif", "--format: unknown; use --output"),
        (BROKEN, "-m", "-m: unknown; use --mode"),
        (BROKEN, "-n", "-n: unknown; use --target-namespace"),
        (
            "kind: ResourceList\nitems: []\n",
            "--quiet",
            "stdin: the ResourceList has no apiVersion; config.kubernetes.io/v1 is accepted",
        ),
        (BROKEN, "check", "check: No such file or directory (did you mean --mode=check?)"),
        (BROKEN, "help", "help: No such file or directory (did you mean --help?)"),
        (BROKEN, "", "'': No such file or directory"),
        (BROKEN, "--fail-on=none", "UnusedSuppression, warning, or nothing"),
        (BROKEN, "--config=a.yaml", "--config: unknown; give the settings as flags"),
        # As a script gives a variable that is not set.
        (BROKEN, "--output=", "--output: unknown value ''; accepted are manifests, results, "),
        (BROKEN, "--explain=", "--explain: unknown value ''; accepted are text, mermaid"),
        (BROKEN, "--mode=", "--mode: unknown value ''; accepted are probe-disable, dedicated-p"),
        # It would match nothing.
        (BROKEN, "--target-labels=team", "--target-labels: a mapping of strings to strings, or a="),
    ],
)
def test_exit_code_2(stdin: str, argument: str, words: str) -> None:
    """One line says what is wrong, and stdout is empty."""
    done = _call(argument, stdin=stdin)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("fix-ksm-probes: error: ")
    assert words in done.stderr


# settings


@held_by_the_test_below(
    "a setting that the chosen mode cannot use is an error that names the modes that can",
    "(equal to its default is fine)",
)
@pytest.mark.parametrize(
    ("mode", "flag", "modes", "default"),
    [
        ("probe-disable", "--network-policy", "dedicated-port", "--network-policy=false"),
        (
            "probe-disable",
            "--port=9000",
            "dedicated-port, or with proxyFirst in any mode that repairs",
            "--port=8642",
        ),
        (
            "through-proxy",
            "--answered-by=kube-rbac-proxy",
            "dedicated-port, check",
            "--answered-by=kube-state-metrics",
        ),
        ("probe-disable", "--fail-on=Unknown", "check", "--fail-on=Bypass"),
        ("probe-disable", "--add-missing", "dedicated-port, through-proxy", "--add-missing=false"),
        ("check", "--alert", "probe-disable", "--alert=false"),
        (
            "check",
            "--bind-loopback",
            "probe-disable, dedicated-port, through-proxy",
            "--bind-loopback=false",
        ),
    ],
)
def test_a_setting_without_effect_is_an_error(
    mode: str, flag: str, modes: str, default: str
) -> None:
    """The error names it as it was typed."""
    refused = _call(f"--mode={mode}", flag, stdin=SOUND)
    fine = _call(f"--mode={mode}", default, stdin=SOUND)

    name = flag.partition("=")[0]
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"fix-ksm-probes: error: {name}: mode {mode} cannot use it; accepted with mode {modes}\n"
    )
    assert (fine.returncode, fine.stdout) == (0, SOUND)


@held_by_the_test_below(
    "`bindLoopback` and `proxyFirst` never remove a probe that passed: in `probe-disable` that is"
    " an error naming the modes that keep it"
)
def test_no_option_removes_a_probe_that_passed() -> None:
    """If `bindLoopback` breaks the probe, the mode would remove it, so the run is refused."""
    bound, first = (_call(flag, stdin=OPEN) for flag in ("--bind-loopback", "--proxy-first"))

    assert (bound.returncode, bound.stdout) == (1, "")
    assert "would remove `livenessProbe`, which passes" in bound.stderr
    assert "modes dedicated-port and through-proxy keep it" in bound.stderr
    assert first.returncode == 0
    assert "livenessProbe" in first.stdout
    for mode in ("dedicated-port", "through-proxy"):
        kept = _call(f"--mode={mode}", "--bind-loopback", stdin=OPEN)
        assert kept.returncode == 0
        assert "livenessProbe" in kept.stdout


# failOn


@held_by_the_test_below(
    "any reason, `Unknown` and `Vacuous` among them, `NoWorkload`, or `warning` for all warnings"
)
@pytest.mark.parametrize(
    ("case", "fail_on"),
    [
        ("unknown-shell", "Unknown"),
        ("unknown-shell", "warning"),
        ("vacuous-landing-page-root", "Vacuous"),
        ("bypass-ipv6", "Bypass"),
        ("bypass-ipv6", "warning"),
        ("health-port-open-to-everybody", "HealthPortOpen"),
        ("nothing-to-judge", "NoWorkload"),
    ],
)
def test_what_fail_on_names_fails_the_check(case: str, fail_on: str) -> None:
    """With an empty list, none of it fails."""
    stream = NGINX if fail_on == "NoWorkload" else _case(case)

    assert _check(stream, "--fail-on=").returncode == 0
    assert _check(stream, f"--fail-on={fail_on}").returncode == 1


@pytest.mark.parametrize("more", ["--fail-on=Unauthorized", "--failOn=Unauthorized", "--fail-on="])
def test_a_list_may_be_given_in_several_flags(more: str) -> None:
    """No flag replaces the values of an earlier one."""
    stream = _case("bypass-ipv6")

    assert _check(stream, "--fail-on=Unauthorized").returncode == 0
    assert _check(stream, "--fail-on=Bypass", more).returncode == 1
    assert _check(stream, more, "--fail-on", "Bypass").returncode == 1
    both = _check(stream, "--target-labels=a=b", "--target-labels=c=d", "--fail-on=NoWorkload")
    assert both.returncode == 1
    assert _check(stream, "--fail-on=Bypass", "--fail-on=Bypas").returncode == 2


# nothing found


@held_by_the_test_below("one line that says so: how many objects were read")
@pytest.mark.parametrize(
    ("stdin", "number"), [(NGINX, 1), ("apiVersion: v1\nkind: List\nitems: []\n", 0)]
)
def test_a_check_that_judged_nothing_says_so(stdin: str, number: int) -> None:
    """It passes, and returns its input."""
    done = _check(stdin)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (0, stdin, 1)
    read = f"read {number} object{'s' * (number != 1)}"
    assert f"no workload runs kube-state-metrics; {read} [NoWorkload]" in done.stderr


@held_by_the_test_below(
    "an unrendered source (HelmRelease, HelmChart, Argo CD Application, a template) is named with"
    " what to do"
)
@pytest.mark.parametrize(
    ("kind", "version", "tool"),
    [
        ("HelmRelease", "helm.toolkit.fluxcd.io/v2", "helm template"),
        ("HelmRelease", "helm.fluxcd.io/v1", "helm template"),
        ("HelmChart", "helm.cattle.io/v1", "helm template"),
        ("Application", "argoproj.io/v1alpha1", "argocd app manifests"),
        ("ApplicationSet", "argoproj.io/v1alpha1", "argocd app manifests"),
        ("Kustomization", "kustomize.config.k8s.io/v1beta1", "kustomize build"),
        ("Kustomization", "kustomize.toolkit.fluxcd.io/v1", "flux build kustomization"),
    ],
)
@pytest.mark.parametrize("behind", ["", f"---\n{NGINX}"])
def test_a_source_that_is_not_rendered_is_named(
    kind: str, version: str, tool: str, behind: str
) -> None:
    """With the tool that renders it, also in a long stream that is not parsed whole."""
    template = "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}-ksm}\n"
    unread = _check(f"{template}{behind}")
    source = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: ksm}}\n"
    done = _check(f"{source}spec: {{chart: kube-state-metrics}}\n{behind}")

    assert (
        f"warning: no workload runs kube-state-metrics; read {1 + bool(behind)} object"
        in done.stderr
    )
    assert f"{kind} ksm is not rendered; use the output of `{tool}`" in done.stderr
    assert "error: stdin: line 3 looks like a Go or Jinja template; render it" in unread.stderr


@held_by_the_test_below("`failOn: [NoWorkload]` makes it fail")
def test_a_check_that_judged_nothing_can_fail(tmp_path: Path) -> None:
    """In a pipe, where nothing comes out then, and for a folder; by flag and by field."""
    (tmp_path / "nginx.yaml").write_text(NGINX)
    flag = "--fail-on=NoWorkload"
    config = {
        "apiVersion": "fix-ksm-probes.dev/v1alpha1",
        "kind": "FixKSMProbes",
        "spec": {"mode": "check", "failOn": ["NoWorkload"]},
    }
    listed = yaml.safe_load(_resource_list(NGINX)) | {"functionConfig": config}
    piped, folder = _check(NGINX, flag), _call("--mode=check", flag, ".", cwd=tmp_path)

    assert (piped.returncode, piped.stdout) == (1, "")
    assert folder.returncode == 1
    assert _call(stdin=yaml.safe_dump(listed)).returncode == 1


# suppression


@held_by_the_test_below(
    'annotation `ignore.fix-ksm-probes.dev/REASON: "why"` on the workload', "needs a why"
)
@pytest.mark.parametrize(("why", "exit_code"), [("an alert watches it", 0), ("", 1)])
def test_an_annotation_suppresses_a_finding(why: str, exit_code: int) -> None:
    """In mode check. A mode that repairs leaves the probe as it is."""
    suppressed = _annotated("LoopbackOnly", why)
    done = _check(suppressed)

    assert done.returncode == exit_code
    assert ("gives no reason why" in done.stderr) == (exit_code == 1)
    assert (_call(stdin=suppressed).stdout == suppressed) == (exit_code == 0)


@held_by_the_test_below("told as suppressed (SARIF `suppressions`), does not fail")
def test_what_is_suppressed_is_told_and_does_not_fail() -> None:
    """On stderr with its reason, and in SARIF as code scanning reads it."""
    suppressed = _annotated("LoopbackOnly", "an alert watches it")
    done, sarif = _check(suppressed), _check(suppressed, "--output=sarif")

    results = json.loads(sarif.stdout)["runs"][0]["results"]
    (found,) = (each for each in results if each["ruleId"] == "LoopbackOnly")
    assert (done.returncode, sarif.returncode) == (0, 0)
    assert "; suppressed: an alert watches it [LoopbackOnly]" in done.stderr
    assert [each["justification"] for each in found["suppressions"]] == ["an alert watches it"]
    assert not any("suppressions" in each for each in results if each is not found)


@held_by_the_test_below("one that suppresses nothing is a warning")
def test_an_annotation_that_suppresses_nothing_is_a_warning() -> None:
    """So an outdated annotation is noticed."""
    done = _check(_annotated("Unauthorized", "known", SOUND))

    assert done.returncode == 0
    assert re.search(r"(?m)^stdin:\d+: warning: .* suppresses nothing .*\[Unus", done.stderr)
    assert _check(_annotated("Unauthorized", "known", SOUND), "--fail-on=warning").returncode == 1


# words on stderr


@held_by_the_test_below(
    "every finding is a block: `FILE:LINE: SEVERITY: sentence [REASON]`",
    "then `help:` with the remedy and, for a change, what it costs",
)
def test_every_finding_is_a_block(tree: Path) -> None:
    """The line is the one that an editor opens; the help of a repair names its cost."""
    checked = _call("--mode=check", "deploy", cwd=tree).stderr.splitlines()
    repaired = _call("deploy", cwd=tree).stderr.splitlines()

    for lines in (checked, repaired):
        for line in lines[:-1]:
            block = r"deploy/ksm\.yaml:\d+: (error|warning|info): .+ \[[A-Z]\w+\]"
            assert re.fullmatch(block, line) or line.startswith("  help: ")
    number = int(checked[0].split(":")[1])
    assert "readinessProbe" in BROKEN.splitlines()[number - 1]
    assert checked[1].startswith("  help: Use mode dedicated-port")
    assert repaired[1].startswith("  help: The kubelet no longer notices a hung kube-state-metrics")


@held_by_the_test_below("last a summary line (workloads, probes, repaired, left, skipped)")
def test_the_last_line_counts(tree: Path) -> None:
    """For files, it also counts the skipped ones."""
    piped = _check(BROKEN).stderr.splitlines()[-1]
    repaired = _call(REPAIR, ".", cwd=tree).stderr.splitlines()[-1]

    assert piped == "fix-ksm-probes: 1 workload, 1 probe, 0 pass, 0 repaired, 1 left, 1 error"
    assert repaired == (
        "fix-ksm-probes: 3 files with manifests, 5 skipped; "
        "1 workload, 1 probe, 0 pass, 1 repairable, 0 left; 1 file would change with --write"
    )


@held_by_the_test_below("Wrapped at the terminal's width")
def test_words_are_wrapped_at_the_terminals_width() -> None:
    """On a terminal only; in a log each finding is one line."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    env = {**os.environ, "NO_COLOR": "1"}
    subprocess.run(
        [COMMAND, "--mode=check"],
        input=BROKEN.encode(),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=env,
    )
    os.close(theirs)
    shown = os.read(ours, 99999).decode().splitlines()
    os.close(ours)

    in_a_log = _check(BROKEN).stderr
    assert max(map(len, shown)) <= 60 < max(map(len, in_a_log.splitlines()))
    assert " ".join(" ".join(shown).split()) == " ".join(in_a_log.split())


@held_by_the_test_below("`-o table` prints the table")
def test_the_table_has_a_row_for_each_finding() -> None:
    """Workload, container, probe, verdict, severity, reason and fix, in aligned columns."""
    done = _call("-o", "table", stdin=BROKEN)

    head, row = done.stdout.splitlines()
    assert re.split("  +", row) == [
        "Deployment monitoring/loopback",
        "kube-state-metrics",
        "readinessProbe",
        "fails",
        "warning",
        "LoopbackOnly",
        "removed",
    ]
    assert all(row[head.index(title) - 1] == " " for title in head.split()[1:])


@held_by_the_test_below(
    "Under kpt, which shows results itself, stderr stays silent unless something failed"
)
def test_under_kpt_nothing_is_told_twice(tmp_path: Path) -> None:
    """kpt prints stderr of a failed function after the results."""
    functions = {"mutators": "exec: fix-ksm-probes", "validators": "exec: fix-ksm-probes"}
    told = {}
    for kind, function in functions.items():
        mode = "check" if kind == "validators" else "dedicated-port"
        pipeline = kptfile(f"{function}\nconfigMap: {{mode: {mode}}}", kind=kind)
        package = write(tmp_path / kind, {"Kptfile": pipeline, "ksm.yaml": BROKEN})
        told[kind] = kpt("fn", "render", "--allow-exec", package).stderr.decode()

    assert told["mutators"].count("listens on 127.0.0.1:9091 only") == 1
    assert "Stderr:" not in told["mutators"]
    assert "Stderr:" in told["validators"]


# rule pages


@held_by_the_test_below(
    "`fix-ksm-probes --rule REASON` prints the page of a reason (from the catalogue)"
)
@pytest.mark.parametrize("reason", REASONS)
def test_a_rule_has_its_page(reason: str) -> None:
    """Severity, meaning, explanation and remedy, wrapped for terminals."""
    done = _call("--rule", reason)
    page, rule = " ".join(done.stdout.split()), REASONS[reason]

    assert done.returncode == 0
    assert page.startswith(f"{reason} ({rule.severity})")
    assert all(text in page for text in (rule.meaning, *rule.explanation, rule.remedy))
    assert max(map(len, done.stdout.splitlines())) <= 80


@held_by_the_test_below("`--rule` alone lists them")
def test_rules_are_listed() -> None:
    """One on each line. An unknown name is an error that lists the known ones."""
    listed, wrong = _call("--rule"), _call("--rule=LoopbackOnyl")

    assert [line.split()[0] for line in listed.stdout.splitlines()] == [*REASONS]
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "LoopbackOnly" in wrong.stderr


# blindness


@held_by_the_test_below(
    "a repair after which no probe notices a hung KSM is severity warning and names the modes that"
    " keep it noticed"
)
@pytest.mark.parametrize(
    ("arguments", "is_blind"),
    [
        (("--mode=probe-disable",), True),
        ((REPAIR, "--answered-by=kube-rbac-proxy"), True),
        ((REPAIR,), False),
        (("--mode=through-proxy",), False),
    ],
)
def test_a_blind_repair_is_a_warning(arguments: tuple[str, ...], *, is_blind: bool) -> None:
    """A repair that loses nothing is no warning."""
    done = _call(*arguments, stdin=BROKEN)
    keeps = "mode through-proxy, and dedicated-port with answeredBy kube-state-metrics, keep that"

    assert done.returncode == 0
    assert (": warning: " in done.stderr) == is_blind
    assert (keeps in done.stderr) == is_blind


# outputs


@held_by_the_test_below("as before, and `junit`, `codequality` (GitLab), `table`")
@pytest.mark.parametrize("output", OUTPUTS)
def test_every_output_names_the_finding(output: str, tmp_path: Path) -> None:
    """In its own form, with the exit code of the mode, for files and for stdin."""
    (tmp_path / "ksm.yaml").write_text(BROKEN)
    mode = "check" if output not in ("manifests", "diff", "component") else "dedicated-port"
    done = _call(f"--mode={mode}", "-o", output, stdin=BROKEN)
    marks = {
        "manifests": "port: 8642",
        "results": "    reason: LoopbackOnly\n",
        "results-json": '"reason": "LoopbackOnly"',
        "diff": "+            port: 8642\n",
        "component": "kind: Component\n",
        "github": "title=LoopbackOnly::",
        "sarif": '"ruleId": "LoopbackOnly"',
        "table": " LoopbackOnly ",
        "junit": "<failure",
        "codequality": '"check_name": "LoopbackOnly"',
    }

    assert done.returncode == (mode == "check")
    assert marks[output] in done.stdout
    if output == "junit":
        assert ET.fromstring(done.stdout).tag == "testsuites"  # noqa: S314 (our own)
    if output in ("results-json", "sarif", "codequality"):
        assert json.loads(done.stdout)
    if output != "manifests":
        of_file = _call(f"--mode={mode}", "-o", output, "ksm.yaml", cwd=tmp_path)
        assert marks[output] in of_file.stdout


@held_by_the_test_below("SARIF with helpUri, stable fingerprints, right lines in a ResourceList")
def test_sarif_leads_to_the_page_and_the_line() -> None:
    """The help has the page and its command.

    There is no `helpUri` until the project has an address.
    """
    listed = _resource_list(NGINX, BROKEN)
    logs = [
        json.loads(_call(f"--mode={mode}", "-o", "sarif", stdin=text).stdout)["runs"][0]
        for mode, text in (("check", listed), ("probe-disable", listed), ("check", f"\n{BROKEN}"))
    ]
    found = [
        next(each for each in log["results"] if each["ruleId"] == "LoopbackOnly") for log in logs
    ]
    rules = {rule["id"]: rule for rule in logs[0]["tool"]["driver"]["rules"]}
    line = found[0]["locations"][0]["physicalLocation"]["region"]["startLine"]

    assert "fix-ksm-probes --rule LoopbackOnly" in rules["LoopbackOnly"]["help"]["text"]
    assert REASONS["LoopbackOnly"].remedy in rules["LoopbackOnly"]["help"]["markdown"]
    assert len({json.dumps(each["partialFingerprints"]) for each in found}) == 1
    assert "readinessProbe" in listed.splitlines()[line - 1]


# component


@held_by_the_test_below(
    "the build fails where a patch finds no target (renamed, other namespace), instead of passing"
    " it by"
)
@each_kubectl
@pytest.mark.parametrize("old, new", [("name: loopback", "name: other"), ("monitoring", "other")])
def test_a_component_without_its_target_fails_the_build(
    kubectl: Path, old: str, new: str, tmp_path: Path
) -> None:
    """With its own workload, the build contains the repair."""
    component = _call(REPAIR, "--output=component", stdin=BROKEN).stdout
    files = {
        "kustomization.yaml": "resources: [ksm.yaml]\ncomponents: [repair]\n",
        "repair/kustomization.yaml": component,
    }
    built, failed = (
        run(kubectl, "kustomize", write(tmp_path / folder, {**files, "ksm.yaml": text}))
        for folder, text in (("as-it-was", BROKEN), ("changed", BROKEN.replace(old, new)))
    )

    assert (built.returncode, b"port: 8642" in built.stdout) == (0, True)
    assert (failed.returncode, failed.stdout) == (1, b"")
    assert b"nothing selected by Deployment.v1.apps/" in failed.stderr
