"""The repair on its way into a cluster, by the commands that people type."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.callers.caller import EXAMPLES, environment
from tests.docs.page import SHELL, read_page
from tests.e2e.helm import HELMS, helm_environment

from .cluster import Cluster
from .manifests import in_namespace, rights, surroundings

_BROKEN = (EXAMPLES / "kpt" / "kube-state-metrics.yaml").read_text()
_PLUGIN, _INSTALL, _, _CHECK, _PIPE = (
    block.body.strip().replace("helm install", "helm install --namespace=$NAMESPACE")
    for block in read_page(EXAMPLES / "helm" / "README.md").blocks
    if block.language == SHELL
)
_READY = "rollout status deployment/kube-state-metrics --timeout=240s"


@pytest.fixture
def namespace(node: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a namespace with the account that kube-state-metrics of the examples needs."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_")).strip("-")
    node.kubectl("apply", "-f=-", given=f"{rights()}\n---\n{surroundings(_BROKEN, name)}")
    yield name
    node.kubectl("delete", "namespace", name, "--wait=false")


def _example(name: str, namespace: str, folder: Path) -> Path:
    """Return a copy of an example whose workloads are in `namespace`."""
    copy = shutil.copytree(EXAMPLES / name, folder / name)
    for file in copy.rglob("*.yaml"):
        file.write_text(in_namespace(file.read_text(), namespace))
    return copy


def _does(node: Cluster, command: str, cwd: Path, env: dict[str, str]) -> None:
    done = node.run("bash", "-euo", "pipefail", "-c", command, cwd=cwd, env=env)
    assert done.returncode == 0, done.stderr


def _is_ready(node: Cluster, namespace: str) -> None:
    done = node.run("kubectl", f"--namespace={namespace}", *_READY.split())
    assert done.returncode == 0, done.stderr + node.kubectl(
        "describe", "pods", f"--namespace={namespace}"
    )


@pytest.fixture(params=HELMS)
def helm(request: pytest.FixtureRequest, namespace: str, tmp_path: Path) -> dict[str, str]:
    """Give the environment of a user of each helm."""
    env = helm_environment(request.param, tmp_path / "home") | {"NAMESPACE": namespace}
    if request.param == "helm4":
        subprocess.run(["bash", "-c", _PLUGIN], cwd=EXAMPLES / "helm", env=env, check=True)
    return env


@pytest.mark.core
def test_helm(node: Cluster, namespace: str, helm: dict[str, str]) -> None:
    """`helm install` with its post-renderer sends what `helm template | kubectl apply` does."""
    folder = EXAMPLES / "helm"
    _does(node, f"{_INSTALL} --wait --timeout=240s", folder, helm)
    (installed,) = node.get("deployments", f"--namespace={namespace}")
    _does(node, "helm uninstall kube-state-metrics --namespace=$NAMESPACE --wait", folder, helm)
    pipe = _PIPE.replace(" chart", " chart --namespace=$NAMESPACE")
    _does(node, pipe, folder, helm)
    _is_ready(node, namespace)
    (piped,) = node.get("deployments", f"--namespace={namespace}")

    assert installed["spec"]["template"]["spec"] == piped["spec"]["template"]["spec"]
    assert len(piped["spec"]["template"]["spec"]["containers"]) == 5


@pytest.mark.core
def test_a_finding_stops_helm(node: Cluster, namespace: str, helm: dict[str, str]) -> None:
    """Where a probe fails, mode `check` ends `helm install` before anything is sent."""
    command = _CHECK.replace("helm template", f"helm install --namespace={namespace}")
    done = node.run("bash", "-euo", "pipefail", "-c", command, cwd=EXAMPLES / "helm", env=helm)

    assert done.returncode != 0
    assert "PortNameUndefined" in done.stderr
    assert node.get("deployments", f"--namespace={namespace}") == []


def test_component(node: Cluster, namespace: str, tmp_path: Path) -> None:
    """`kubectl apply -k` over a Component that the function wrote."""
    folder = _example("component", namespace, tmp_path)
    component = "fix-ksm-probes/kustomization.yaml"
    command = (
        "fix-ksm-probes --mode=dedicated-port --output=component < kube-state-metrics.yaml"
        f" > {component}; kubectl apply -k ."
    )

    _does(node, command, folder, environment())
    _is_ready(node, namespace)


def test_kpt(node: Cluster, namespace: str, tmp_path: Path) -> None:
    """`kpt fn render`, then `kubectl apply` of what it left in the package."""
    folder = _example("kpt", namespace, tmp_path)
    command = "kpt fn render --allow-exec; kubectl apply -f kube-state-metrics.yaml"

    _does(node, command, folder, environment(HOME=str(tmp_path)))
    _is_ready(node, namespace)


@pytest.mark.parametrize("verb", [pytest.param("apply", marks=pytest.mark.core), "replace"])
def test_live(node: Cluster, namespace: str, verb: str, tmp_path: Path) -> None:
    """`kubectl get | fix-ksm-probes | kubectl apply` over a Deployment that never is Ready."""
    node.kubectl("apply", "-f=-", given=in_namespace(_BROKEN, namespace))
    waiting = node.run(
        *("kubectl", f"--namespace={namespace}", "rollout", "status"),
        *("deployment/kube-state-metrics", "--timeout=40s"),
    )
    assert "timed out waiting" in waiting.stderr
    command = (
        f"kubectl get deployments --namespace={namespace} -o yaml |"
        f" fix-ksm-probes --mode=dedicated-port --bindLoopback=true | kubectl {verb} -f -"
    )

    _does(node, command, tmp_path, environment())
    _is_ready(node, namespace)


@pytest.mark.parametrize(
    ("repair", "containers"),
    [
        ("| kubectl apply -f -", 3),
        ("| kubectl replace -f -", 3),
        ("> new; kubectl patch deployment kube-state-metrics -n $N --patch-file new", 5),
    ],
    ids=["apply", "replace", "patch"],
)
def test_the_next_apply(
    node: Cluster, namespace: str, tmp_path: Path, repair: str, containers: int
) -> None:
    """`kubectl apply` of the source undoes a repair of the cluster, or half of it."""
    source = in_namespace(_BROKEN, namespace)
    node.kubectl("apply", "-f=-", given=source)
    get = "kubectl get deployment kube-state-metrics -n $N -o yaml"
    command = f"{get} | fix-ksm-probes --mode=dedicated-port --bind-loopback {repair}"
    _does(node, command, tmp_path, environment() | {"N": namespace})
    (repaired,) = node.get("deployments", f"--namespace={namespace}")
    node.kubectl("apply", "-f=-", given=source)
    (applied,) = node.get("deployments", f"--namespace={namespace}")

    pod = applied["spec"]["template"]["spec"]
    assert len(repaired["spec"]["template"]["spec"]["containers"]) == 5
    assert len(pod["containers"]) == containers
    probed = next(each for each in pod["containers"] if each["name"] == "kube-state-metrics")
    assert probed["readinessProbe"]["httpGet"]["port"] == 9091


def test_a_finding_stops_the_pipe(node: Cluster, namespace: str, tmp_path: Path) -> None:
    """Where a probe fails, mode `check` gives kubectl nothing, and nothing is applied."""
    (tmp_path / "broken.yaml").write_text(in_namespace(_BROKEN, namespace))
    command = "fix-ksm-probes --mode=check < broken.yaml | kubectl apply -f -"
    pipe = ("bash", "-uo", "pipefail", "-c", command)
    done = node.run(*pipe, cwd=tmp_path, env=environment())

    assert done.returncode != 0
    assert "no objects passed to apply" in done.stderr
    assert node.get("deployments", f"--namespace={namespace}") == []
    assert [each.name for each in tmp_path.iterdir()] == ["broken.yaml"]
