"""The exec plugin in examples/kustomize, with every kubectl of this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.callers.caller import COMMAND, each_kubectl, kpt, run, with_stand_in_for_docker
from tests.callers.package import (
    OWN_CONFIG,
    Files,
    changed_lines,
    kptfile,
    manifest,
    manifests,
    read,
    write,
)
from tests.callers.stream import repair, resource_list

FUNCTION = "fix-ksm-probes"
MODES = ("probe-disable", "dedicated-port", "through-proxy")
CONTAINER = (
    "  annotations:\n    config.kubernetes.io/function: 'container: {image: example.com/f}'\n"
)


@each_kubectl
def test_6_a_sound_build_is_the_build_without_us(kubectl: Path, tmp_path: Path) -> None:
    """In a sound build, the transformer changes nothing."""
    files = manifests("sound", "host-network")

    assert _built(kubectl, tmp_path, files, "probe-disable") == _built(kubectl, tmp_path, files)


@each_kubectl
@pytest.mark.parametrize("mode", MODES)
def test_7_a_build_of_a_build_changes_nothing(kubectl: Path, tmp_path: Path, mode: str) -> None:
    """A repair that kustomize has written needs no repair."""
    files = manifests("loopback", "unauthorized", "sound")
    once = _built(kubectl, tmp_path / "once", files, mode)

    twice = _built(kubectl, tmp_path / "twice", {"built.yaml": once.decode()}, mode)

    assert twice == once != _built(kubectl, tmp_path / "not", files)


@each_kubectl
def test_12_no_annotation_is_lost_or_left(kubectl: Path, tmp_path: Path) -> None:
    """The build has the annotations of the user, and no ids of kustomize."""
    text = manifest("loopback").replace("metadata:\n", "metadata:\n  annotations: {a/b: c}\n", 1)

    built = _built(kubectl, tmp_path, {"loopback.yaml": text}, "dedicated-port")

    (deployment,) = _documents(built)
    assert b":8642" in built
    assert deployment["metadata"]["annotations"] == {"a/b": "c"}


@each_kubectl
@pytest.mark.parametrize("name", ["host-network", "spellings"])
def test_21_both_spellings_of_a_value_get_one_verdict(
    kubectl: Path, tmp_path: Path, name: str
) -> None:
    """kpt sends `yes` and `0x1F91`, kustomize `"yes"` and 8081, and the verdicts are equal."""
    package = write(tmp_path / "p", manifests(name))
    assert kpt("fn", "eval", package, "--exec", FUNCTION).returncode == 0

    by_kpt = "readinessProbe" not in (package / f"{name}.yaml").read_text()
    by_kustomize = b"readinessProbe" not in _built(
        kubectl, tmp_path / "k", manifests(name), "probe-disable"
    )

    assert by_kpt == by_kustomize == (name == "spellings")


@each_kubectl
def test_30_one_config_means_the_same_everywhere(kubectl: Path, tmp_path: Path) -> None:
    """kustomize, configPath of kpt, and a pipe give the same pods for the same file."""
    config = OWN_CONFIG.format(mode="dedicated-port") + "  dedicatedPort: {port: 9999}\n"
    pipeline = kptfile(f"exec: {FUNCTION}\nconfigPath: config.yaml")
    files = {"Kptfile": pipeline, "config.yaml": config, **manifests("loopback")}
    package = write(tmp_path / "p", files)

    ran, _ = _build(kubectl, tmp_path / "k", manifests("loopback"), config)
    rendered = kpt("fn", "render", "--allow-exec", package)
    piped = repair(resource_list(manifest("loopback"), config=config))

    assert ran.returncode == rendered.returncode == 0
    (pod,) = yaml.safe_load(piped)["items"]
    assert pod != yaml.safe_load(manifest("loopback"))
    assert _documents(ran.stdout) == [pod]
    assert yaml.safe_load((package / "loopback.yaml").read_text()) == pod


@each_kubectl
@pytest.mark.parametrize("mode", MODES)
def test_38_the_plugin_repairs_a_build(kubectl: Path, tmp_path: Path, mode: str) -> None:
    """It takes argv[1] and documents, and kubectl builds without a container engine."""
    before = _built(kubectl, tmp_path / "before", manifests("loopback", "sound"))

    after = _built(kubectl, tmp_path / "after", manifests("loopback", "sound"), mode)

    lines = changed_lines(before, after)
    assert {
        "probe-disable": "-        readinessProbe:" in lines,
        "dedicated-port": "+        - --secure-listen-address=:8642" in lines,
        "through-proxy": "+        - --ignore-paths=/readyz" in lines,
    }[mode]
    assert len(_documents(before)) == len(_documents(after)) == 2


@each_kubectl
def test_38_other_transformers_and_resources_are_no_matter(kubectl: Path, tmp_path: Path) -> None:
    """With a builtin transformer, and with resources of other programs."""
    rename = (
        "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: x-\n"
        "fieldSpecs: [{path: metadata/name}]\n---\n"
    )
    files = {
        **manifests("loopback"),
        "c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
    }

    ran, _ = _build(kubectl, tmp_path, files, rename + OWN_CONFIG.format(mode="probe-disable"))

    assert ran.returncode == 0, ran.stderr.decode()
    assert [each["metadata"]["name"] for each in _documents(ran.stdout)] == ["x-c", "x-loopback"]
    assert b"readinessProbe" not in ran.stdout


def test_38_a_resource_list_beside_a_config_file_is_not_ignored(tmp_path: Path) -> None:
    """A ResourceList instead of documents is repaired or refused, and never passed on broken."""
    config = write(tmp_path, {"config.yaml": OWN_CONFIG.format(mode="probe-disable")})

    ran = run(COMMAND, config / "config.yaml", stdin=resource_list(manifest("loopback")))

    assert ran.returncode != 0 or b"readinessProbe:" not in ran.stdout


@each_kubectl
def test_39_check_fails_a_broken_build_and_gives_back_a_sound_one(
    kubectl: Path, tmp_path: Path
) -> None:
    """As a transformer, mode check returns every item, or fails the build."""
    sound = manifests("sound", "host-network")
    broken, changed = _build(
        kubectl, tmp_path / "b", manifests("loopback"), OWN_CONFIG.format(mode="check")
    )

    assert _built(kubectl, tmp_path / "s", sound, "check") == _built(kubectl, tmp_path / "n", sound)
    assert broken.returncode != 0
    assert broken.stdout == b""
    assert b"`readinessProbe` dials the pod IP on 9091" in broken.stderr
    assert not changed


@each_kubectl
def test_10_a_container_answers_as_the_plugin_does(kubectl: Path, tmp_path: Path) -> None:
    """It gets a ResourceList and no arguments; a stand-in for docker runs it."""
    config = OWN_CONFIG.format(mode="dedicated-port")
    declared = config.replace("spec:\n", CONTAINER + "spec:\n")

    plugin, _ = _build(kubectl, tmp_path / "p", manifests("loopback"), config)
    container, _ = _build(
        kubectl, tmp_path / "c", manifests("loopback"), declared, with_stand_in_for_docker()
    )

    assert plugin.returncode == container.returncode == 0
    assert plugin.stdout == container.stdout
    assert b":8642" in plugin.stdout


def _build(
    kubectl: Path,
    folder: Path,
    files: Files,
    config: str = "",
    env: Mapping[str, str] | None = None,
) -> tuple[subprocess.CompletedProcess[bytes], bool]:
    """Build `files`; return the process, and whether it changed a file of the user."""
    transformers = "transformers: [config/config.yaml]\n" if config else ""
    own = {"kustomization.yaml": f"resources: [{', '.join(files)}]\n{transformers}"}
    write(folder, {**own, **files, "config/config.yaml": config})
    before = read(folder)
    ran = run(kubectl, "kustomize", "--enable-alpha-plugins", folder, env=env)
    return ran, read(folder) != before


def _built(kubectl: Path, folder: Path, files: Files, mode: str = "") -> bytes:
    ran, changed = _build(kubectl, folder, files, OWN_CONFIG.format(mode=mode) if mode else "")
    assert ran.returncode == 0, ran.stderr.decode()
    assert not changed
    return ran.stdout


def _documents(built: bytes) -> list[dict[str, dict[str, object]]]:
    return list(yaml.safe_load_all(built))
