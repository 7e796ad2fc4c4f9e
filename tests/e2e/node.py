"""One test node: runs one pod inside namespaces of its own and prints what it saw.

Started by `sandbox.py`, which says on stdin which pod of which manifest, and where programs are.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from . import api_server
from .certificate import server_context
from .container_process import ContainerProcess
from .container_root import make_root
from .doors import open_doors, status_with_token
from .environment import expanded, fields_of, variables_of
from .images import Image, image_of
from .kubelet import Kubelet, Outcome
from .listening import listening_sockets, owns_one
from .manifest import read_pods
from .network import NODE_IP, PodNetwork, node_network, pod_network
from .observation import Observation, SeenContainer, SeenProbe, TokenAnswer
from .pod import Container, Pod, Probe

# Covered by a tmpfs of this node alone; iproute2 keeps its namespaces there as well.
_RUN = Path("/run")
_SCRATCH = _RUN / "e2e"
_SETTLED_SECONDS = 0.8
_LONGEST_START_SECONDS = 20.0
_SIDECAR_ATTEMPTS = 20
_LONGEST_HUNG_SECONDS = 2.0


def main() -> None:
    """Run the pod that stdin names and print the observation as JSON."""
    order = json.load(sys.stdin)
    pod = read_pods(order["text"])[order["pod"]]
    binaries = {name: Path(path) for name, path in order["binaries"].items()}
    node = _Node(pod, binaries, Path(order["prober"]))
    seen = node.observe(order["versions"], probes_only=order["probesOnly"])
    json.dump(seen.to_json(), sys.stdout)
    sys.stdout.flush()
    # Not by way of the interpreter's end, which threads of the API server may be in the middle of;
    # the kernel ends everything else in this pid namespace.
    os._exit(0)


class _Node:
    """The node, its API server, and the processes of its pod."""

    def __init__(self, pod: Pod, binaries: dict[str, Path], prober: Path) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", _RUN], check=True)
        _SCRATCH.mkdir()
        node_network()
        tls, trusted = server_context(_SCRATCH, NODE_IP)
        owner = api_server.stateful_set(pod.name, pod.namespace)
        api_server.serve(NODE_IP, tls, owner if pod.kind == "StatefulSet" else None)
        self._pod = pod
        self._network = pod_network(host_network=pod.host_network)
        self._of_the_node = frozenset(listening_sockets(self._network.enter))
        self._processes = {
            container.name: _process(pod, container, image, path, trusted, self._network)
            for container in pod.containers
            if (path := binaries.get(container.name)) and (image := image_of(container.image))
        }
        self._kubelet = Kubelet(prober, self._network.address, pod.containers)

    def observe(self, versions: dict[str, tuple[str, str]], *, probes_only: bool) -> Observation:
        """Start the pod and look at it; `versions` says what stands for each container."""
        self._start()
        self._settle()
        outcomes = self._probe_all()
        # Crashes show by now; what is seen later may be of our own making.
        containers = tuple(self._seen_container(c, versions) for c in self._pod.containers)
        address, ports = self._network.address, frozenset(self._sockets().values())
        doors = () if probes_only else open_doors(address, ports)
        tokens = () if probes_only else tuple(_token_answers(address, ports))
        hung = [None] * len(outcomes) if probes_only else self._probe_while_hung(outcomes)
        probes = zip(self._pod.probes(), outcomes, hung, strict=True)
        return Observation(
            kind=self._pod.kind,
            name=self._pod.name,
            namespace=self._pod.namespace,
            host_network=self._pod.host_network,
            containers=containers,
            probes=tuple(SeenProbe(p.container, p.name, was, then) for p, was, then in probes),
            doors=doors,
            tokens=tokens,
        )

    def _start(self) -> None:
        for container in self._pod.containers:
            process = self._processes.get(container.name)
            if process is None:
                continue
            process.start()
            startup = [probe for probe in container.probes if probe.name == "startupProbe"]
            if not container.sidecar or not startup:
                continue
            if not self._kubelet.probe(startup[0], _SIDECAR_ATTEMPTS).passes:
                # What comes after a sidecar waits until that has started.
                return

    def _settle(self) -> None:
        """Wait until every running program listens and nothing has changed for a while."""
        end = time.monotonic() + _LONGEST_START_SECONDS
        sockets, since = self._sockets(), time.monotonic()
        while time.monotonic() < end:
            time.sleep(0.1)
            if (now := self._sockets()) != sockets:
                sockets, since = now, time.monotonic()
            quiet = time.monotonic() - since > _SETTLED_SECONDS
            running = [pid for p in self._processes.values() if (pid := p.running_pid())]
            if quiet and all(owns_one(pid, sockets) for pid in running):
                return

    def _sockets(self) -> dict[str, int]:
        everything = listening_sockets(self._network.enter)
        return {key: port for key, port in everything.items() if key not in self._of_the_node}

    def _probe_all(self) -> list[Outcome]:
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(self._kubelet.probe, self._pod.probes()))

    def _probe_while_hung(self, before: list[Outcome]) -> list[Outcome | None]:
        hanging = [
            self._processes[container.name]
            for container in self._pod.containers
            if container.name in self._processes and _is_metrics(container)
        ]
        for process in hanging:
            process.stop()
        with ThreadPoolExecutor(16) as pool:
            pairs = list(zip(self._pod.probes(), before, strict=True))
            # A stopped process stays stopped: one short attempt tells as much as three long ones.
            hung = [
                pool.submit(self._kubelet.probe, _hurried(probe), 1) if outcome.passes else None
                for probe, outcome in pairs
            ]
            seen = [future.result() if future else None for future in hung]
        for process in hanging:
            process.resume()
        return seen

    def _seen_container(
        self, container: Container, versions: dict[str, tuple[str, str]]
    ) -> SeenContainer:
        process = self._processes.get(container.name)
        program, version = versions.get(container.name, ("", ""))
        restarts = process.restarts if process else 0
        words = process.last_words() if process and restarts else ""
        return SeenContainer(container.name, program, version, restarts, words)


def _hurried(probe: Probe) -> Probe:
    return replace(probe, timeout=min(probe.timeout, _LONGEST_HUNG_SECONDS))


def _is_metrics(container: Container) -> bool:
    image = image_of(container.image)
    return image is not None and image.program.name == "kube-state-metrics"


def _process(
    pod: Pod, container: Container, image: Image, binary: Path, trusted: Path, network: PodNetwork
) -> ContainerProcess:
    root = _SCRATCH / "containers" / container.name
    root.mkdir(parents=True)
    make_root(root, pod, container, image, binary, trusted)
    service = {
        "KUBERNETES_SERVICE_HOST": NODE_IP,
        "KUBERNETES_SERVICE_PORT": str(api_server.PORT),
    }
    fields = fields_of(pod, f"{pod.name}-0", network.address, NODE_IP)
    variables = variables_of(container, fields, service)
    words = (*(container.command or image.entrypoint), *container.arguments)
    command = tuple(expanded(word, variables) for word in words)
    user = image.user if container.user is None else container.user
    group = user if container.group is None else container.group
    owner = user, group
    return ContainerProcess(container.name, network.enter, root, command, variables, owner)


def _token_answers(address: str, ports: frozenset[int]) -> list[TokenAnswer]:
    answers = []
    tokens = api_server.GOOD, api_server.FORBIDDEN, api_server.UNKNOWN
    for port in sorted(ports):
        for scheme in ("http", "https"):
            got = [status_with_token(scheme, address, port, token) for token in tokens]
            if got[0][0] == 200:
                answers.append(TokenAnswer(scheme, port, *got))
    return answers


if __name__ == "__main__":
    main()
