"""The Component: a build with it equals a build of the output of the function."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.manifests.stream import read_stream
from fix_ksm_probes.pipeline import run as repair
from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.report.outputs import COMPONENT, OutputOptions
from fix_ksm_probes.report.outputs.component import component
from fix_ksm_probes.settings.fields import FIELDS, Settings
from fix_ksm_probes.yamlpatch import add, decode, parse
from tests.callers.caller import COMMAND, each_kubectl, need, run
from tests.callers.package import manifest, manifests

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
WITH_OPTIONS = ("5.27.0__krp-sm", "6.1.3__krp-sm", "8.4.0__krp-sm")
KUSTOMIZATION = "kind: Kustomization\n"
MODES = ("probe-disable", "dedicated-port", "through-proxy")
OPTIONS = ("bindLoopback", "proxyFirst", "networkPolicy", "addMissing", "alert")

# The same name in two namespaces and in none, a dot that is no wildcard, words YAML would retype.
ALIKE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: ksm.on{namespace}}}
spec:
  template:
    spec:
      containers:
      - name: "no"
        image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0
        args: [--host=127.0.0.1]
        readinessProbe: {{httpGet: {{path: /livez, port: 8080}}, periodSeconds: 5}}
      - name: "0755"
        image: quay.io/brancz/kube-rbac-proxy:v0.22.1
        args: [--secure-listen-address=:8443, "--upstream=http://127.0.0.1:8080/"]
---
"""
OWN = "".join(
    ALIKE.format(namespace=namespace) for namespace in ("", ", namespace: one", ", namespace: two")
) + ALIKE.format(namespace="").replace("ksm.on", "ksmxon")


def _inputs() -> dict[str, str]:
    ours = {**manifests("loopback", "unauthorized", "sound", "host-network"), "own": OWN}
    corpus = {path.stem: path.read_text() for path in sorted(CORPUS.glob("*.yaml"))}
    # kustomize builds of resources only, and a kustomization file is none.
    return {**ours, **{name: text for name, text in corpus.items() if KUSTOMIZATION not in text}}


def _settings(name: str) -> list[dict[str, object]]:
    """Return each mode, and for some manifests each mode with all options."""
    asked = (False, True) if "__" not in name or name in WITH_OPTIONS else (False,)
    modes = {field.name: field.modes for field in FIELDS}
    return [
        {"mode": mode, **{option: each for option in OPTIONS if mode in modes[option]}}
        for mode in MODES
        for each in asked
    ]


def _fix(text: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return run(COMMAND, *arguments, stdin=text.encode())


def _write(folder: Path, number: int, text: str, component: str = "") -> None:
    """Write a kustomization of `text` with names that are unique in its tree."""
    folder.mkdir(parents=True)
    (folder / "manifests.yaml").write_text(text)
    own = f"resources: [manifests.yaml]\nnamePrefix: m{number}-\n"
    if component:
        (folder / "repair").mkdir()
        (folder / "repair" / "kustomization.yaml").write_text(component)
        own += "components: [repair]\n"
    (folder / "kustomization.yaml").write_text(own)


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return two trees: of every manifest with its Component, and of the function's outputs.

    Their roots have few resources each, since a build takes the square of that.
    """
    trees = (tmp_path_factory.mktemp("component"), tmp_path_factory.mktemp("function"))
    names: list[str] = []
    for name, text in _inputs().items():
        for settings in _settings(name):
            repaired = repair(text.encode(), settings)
            made = repair(text.encode(), settings, options=OutputOptions(COMPONENT))
            assert made.exit_code == repaired.exit_code
            if made.exit_code:
                assert made.stdout == b""
                continue
            number = len(names)
            names.append(f"root{number // 8}/m{number}")
            _write(trees[0] / names[-1], number, text, made.stdout.decode())
            _write(trees[1] / names[-1], number, repaired.stdout.decode())
    for tree in trees:
        for root in tree.iterdir():
            below = sorted(path.name for path in root.iterdir())
            (root / "kustomization.yaml").write_text(yaml.safe_dump({"resources": below}))
    return trees


def _build(kubectl: Path, tree: Path) -> bytes:
    built = b""
    for root in sorted(tree.iterdir()):
        done = run(kubectl, "kustomize", root)
        assert done.returncode == 0, done.stderr.decode()
        built += done.stdout
    return built


@each_kubectl
def test_a_build_with_it_is_the_build_of_what_the_function_writes(
    kubectl: Path, trees: tuple[Path, Path]
) -> None:
    """Equal bytes for every manifest and mode."""
    by_component, by_function = (_build(kubectl, tree) for tree in trees)

    assert by_component == by_function
    assert b":8642" in by_component


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["loopback", "unauthorized", "host-network"])
def test_a_helm_release_takes_its_patches(name: str, mode: str, tmp_path: Path) -> None:
    """helm-controller makes a kustomization of `postRenderers`, and it takes patches only."""
    need("kubectl")
    text = manifest(name)
    made = yaml.safe_load(_fix(text, f"--mode={mode}", "--output=component").stdout or "{}")
    repaired = _fix(text, f"--mode={mode}").stdout.decode()
    if not repaired:
        assert made == {}
        return
    _write(tmp_path / "function", 0, repaired)
    _write(tmp_path / "release", 0, text)
    with (tmp_path / "release" / "kustomization.yaml").open("a") as kustomization:
        yaml.safe_dump({"patches": made["patches"]}, kustomization)

    by_release, by_function = (
        run("kubectl", "kustomize", tmp_path / each) for each in ("release", "function")
    )

    assert made.keys() - {"transformers"} == {"apiVersion", "kind", "patches"}
    for patch in made["patches"]:
        assert patch.keys() == {"target", "patch"}
        assert patch["target"].keys() <= {"group", "version", "kind", "name", "namespace"}
    assert by_release.returncode == 0, by_release.stderr
    assert by_release.stdout == by_function.stdout


@each_kubectl
def test_other_manifests_than_it_was_made_for_fail_the_build(kubectl: Path, tmp_path: Path) -> None:
    """One more argument may change what an index means, so the build fails and names the place."""
    text = manifest("loopback")
    made = _fix(text, "--mode=dedicated-port", "--output=component").stdout.decode()
    changed = text.replace("args:\n", "args:\n        - --v=4\n", 1)
    assert changed != text
    _write(tmp_path / "changed", 0, changed, made)

    done = run(kubectl, "kustomize", tmp_path / "changed")

    assert done.returncode != 0
    assert b"/args failed" in done.stderr


@each_kubectl
@pytest.mark.parametrize("between", ["namespace: other", "namePrefix: my-", "nameSuffix: -two"])
def test_another_name_or_namespace_than_it_was_made_for_fails_the_build(
    kubectl: Path, between: str, tmp_path: Path
) -> None:
    """kustomize runs Components before the transformers of the same file."""
    own = f"resources: [manifests.yaml]\n{between}\n"
    (tmp_path / "manifests.yaml").write_text(manifest("loopback"))
    (tmp_path / "kustomization.yaml").write_text(own)
    built = run(kubectl, "kustomize", tmp_path).stdout
    made = run(COMMAND, "--output=component", stdin=built).stdout
    (tmp_path / "repair").mkdir()
    (tmp_path / "repair" / "kustomization.yaml").write_bytes(made)
    (tmp_path / "kustomization.yaml").write_text(own + "components: [repair]\n")

    done = run(kubectl, "kustomize", tmp_path)

    assert (done.returncode, done.stdout) == (1, b"")
    assert b"nothing selected by Deployment.v1.apps/" in done.stderr


@each_kubectl
def test_a_name_of_a_layer_in_the_middle_fails_the_build_above(
    kubectl: Path, tmp_path: Path
) -> None:
    """A replacement finds its source by every name that it had, a patch by the first and the last.

    So without a mark that the patch leaves, the build passes with nothing repaired.
    """
    layers = (
        ("below", "resources: [../manifests]\nnamePrefix: a-\n"),
        ("above", "resources: [../below]\nnamePrefix: b-\n"),
        ("top", "resources: [../above]\ncomponents: [repair]\n"),
        ("manifests", "resources: [manifests.yaml]\n"),
    )
    for name, written in layers:
        (tmp_path / name).mkdir()
        (tmp_path / name / "kustomization.yaml").write_text(written)
    (tmp_path / "manifests" / "manifests.yaml").write_text(manifest("loopback"))
    built = run(kubectl, "kustomize", tmp_path / "below").stdout
    made = run(COMMAND, "--output=component", stdin=built).stdout
    (tmp_path / "top" / "repair").mkdir()
    (tmp_path / "top" / "repair" / "kustomization.yaml").write_bytes(made)

    done = run(kubectl, "kustomize", tmp_path / "top")

    assert (done.returncode, done.stdout) == (1, b"")
    assert b"is missing for replacement source Deployment.v1.apps/a-" in done.stderr


@each_kubectl
def test_a_layer_above_takes_what_was_made_of_the_build_below(
    kubectl: Path, tmp_path: Path
) -> None:
    """The order that works: resources with their names, then the Component."""
    below, above = tmp_path / "below", tmp_path / "above"
    _write(below, 0, manifest("loopback"))
    with (below / "kustomization.yaml").open("a") as kustomization:
        kustomization.write("namespace: other\n")
    built = run(kubectl, "kustomize", below).stdout
    (above / "repair").mkdir(parents=True)
    made = run(COMMAND, "--output=component", stdin=built).stdout
    (above / "repair" / "kustomization.yaml").write_bytes(made)
    (above / "kustomization.yaml").write_text("resources: [../below]\ncomponents: [repair]\n")

    done = run(kubectl, "kustomize", above)

    assert done.returncode == 0, done.stderr.decode()
    assert list(yaml.safe_load_all(done.stdout)) == list(
        yaml.safe_load_all(run(COMMAND, stdin=built).stdout)
    )


@each_kubectl
def test_what_a_run_adds_is_added_by_the_build(kubectl: Path, tmp_path: Path) -> None:
    """A Component cannot add a resource by a patch, so a stub becomes that resource."""
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "ksm.on", "namespace": "one", "labels": {"on": "0755"}},
        "spec": {"podSelector": {"matchLabels": {"a": "y"}}, "policyTypes": ["Ingress"]},
    }
    documents = parse(OWN)
    stream = read_stream(documents)
    assert stream.addition is not None
    read = Input(decode(OWN.encode()), documents, stream, Index(stream.items))
    outcome = Outcome(read, Settings(), patch=(add(stream.addition, policy),))
    _write(tmp_path / "root", 0, OWN, component(outcome))

    done = run(kubectl, "kustomize", tmp_path / "root")

    assert done.returncode == 0, done.stderr.decode()
    added = [each for each in yaml.safe_load_all(done.stdout) if each["kind"] != "Deployment"]
    assert added == [policy | {"metadata": policy["metadata"] | {"name": "m0-ksm.on"}}]  # type: ignore[operator]


def test_nothing_to_repair_is_a_component_that_does_nothing() -> None:
    """kustomize refuses an empty file, and accepts an empty list."""
    done = _fix(manifest("sound"), "--output=component")

    assert yaml.safe_load(done.stdout) == {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "patches": [],
    }


@pytest.mark.parametrize(
    "text",
    [ALIKE.format(namespace="") * 2, ALIKE.replace("name: ksm.on", "x: y").format(namespace="")],
    ids=["twice", "no name"],
)
def test_what_no_target_can_name_is_refused(text: str) -> None:
    """One line on stderr, and nothing on stdout."""
    done = _fix(text, "--output=component")

    assert (done.returncode, done.stdout) == (2, b"")
    assert b"a Component patches" in done.stderr
