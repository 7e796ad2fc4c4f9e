"""Let scrapers ask the pods of manifests, each manifest in a namespace of its own."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tests.cluster.cluster import Cluster
from tests.cluster.command import check, repair
from tests.cluster.manifests import CLIENTS, SCRAPER, STRANGER, listeners, rights
from tests.cluster.observation import Watch, apply, bring, on_node
from tests.e2e.function import Mode

from .cases import Manifest
from .judgement import endpoint_of
from .scrapers import PROMETHEUS, SCRAPERS, VICTORIA_METRICS, Scrape, program
from .translation import Translation, is_monitor, translated

_ISOLATED = ("unshare", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child")
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
# What Prometheus needs to find its targets.
_DISCOVERY = f"""\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: discovery}}
rules:
  - apiGroups: [""]
    resources: [pods, services, endpoints, nodes, namespaces]
    verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: discovery}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: discovery}}
subjects: [{{kind: ServiceAccount, name: {SCRAPER}, namespace: {CLIENTS}}}]
"""


FIX = Mode("fixScrapes", (("mode", "probe-disable"), ("fixScrapes", True)))


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a manifest stream.

    Attributes:
        text: the manifest stream.
        results: what mode `check` says.
        scrapes: what scrapers got.

    """

    text: str
    results: list[dict[str, Any]]
    scrapes: tuple[Scrape, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a manifest as it is, and after `fixScrapes`."""

    before: Look
    after: Look


def look_at(cluster: Cluster, manifests: Sequence[Manifest]) -> dict[Manifest, Seen]:
    """Return what comes of `manifests` in `cluster`; the repair is applied over what is there."""
    laboratory = Laboratory(cluster, [each.namespace for each in manifests])
    texts = {each.namespace: each.text for each in manifests}
    before = laboratory.look(texts)
    repaired = {namespace: fixed(text) for namespace, text in texts.items()}
    after = laboratory.look(repaired)
    laboratory.close()
    return {
        each: Seen(_of(each, each.text, before), _of(each, repaired[each.namespace], after))
        for each in manifests
    }


def fixed(text: str) -> str:
    """Return what `fixScrapes` makes of the manifest stream `text`.

    Raises:
        RuntimeError: it refuses.

    """
    made = repair(text, FIX)
    if made.text is None:
        raise RuntimeError(made.words)
    return made.text


def _of(manifest: Manifest, text: str, scrapes: Sequence[Scrape]) -> Look:
    mine = (each for each in scrapes if endpoint_of(each.job).namespace == manifest.namespace)
    return Look(text, check(text), tuple(mine))


class Laboratory:
    """A cluster with the accounts of scrapers, and pods that stay between two looks at them."""

    def __init__(self, cluster: Cluster, namespaces: list[str]) -> None:
        """Make the namespaces of manifests, and the accounts."""
        self._cluster = cluster
        self._watch = Watch(cluster, namespaces)
        made = (
            f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"
            for namespace in namespaces
        )
        apply(cluster, [rights(), _DISCOVERY, *made])
        self._tokens = {
            account: cluster.kubectl("create", "token", account, f"--namespace={CLIENTS}").strip()
            for account in (SCRAPER, STRANGER)
        }
        self._applied: dict[str, str] = {}

    def look(self, texts: Mapping[str, str]) -> tuple[Scrape, ...]:
        """Return what scrapers get, by the manifests `texts`, each by its namespace.

        What an earlier look applied stays, and only what is new is applied.
        """
        texts = {namespace: self._with_tokens(text) for namespace, text in texts.items()}
        objects = {namespace: _objects(text) for namespace, text in texts.items()}
        new = {each: text for each, text in objects.items() if self._applied.get(each) != text}
        self._applied |= new
        bring(self._cluster, self._watch, new, self._listens)
        told = translated("\n---\n".join(texts.values()))
        if told.rejected:
            raise RuntimeError(f"the operator rejects a monitor: {told.rejected}")
        return tuple(self._scrapes(told))

    def close(self) -> None:
        """Remove the pods: others have the node to themselves."""
        namespaces = list(self._applied)
        self._cluster.kubectl("delete", "namespace", "--wait=false", *namespaces)
        for namespace in namespaces:
            order = (f"--namespace={namespace}", "--all", "--force", "--grace-period=0")
            self._cluster.run("kubectl", "delete", "pods", "--wait=false", *order)

    def _listens(self, namespace: str) -> bool:
        """Tell whether the pods of a namespace listen; without probes they are Ready before."""
        if not (self._watch.runs(namespace) and self._watch.is_ready(namespace)):
            return False
        order = {"uids": [pod["metadata"]["uid"] for pod in self._watch.pods[namespace]]}
        ports = on_node(self._cluster, "listeners", order).values()
        return all(listeners(self._applied[namespace]) <= set(of_pod) for of_pod in ports)

    def _with_tokens(self, text: str) -> str:
        for account, token in self._tokens.items():
            text = text.replace(f"token of {account}", token)
        return text

    def _scrapes(self, told: Translation) -> Iterator[Scrape]:
        jobs = {PROMETHEUS: told.prometheus, VICTORIA_METRICS: told.victoria_metrics}
        order = {
            "files": {
                **told.files,
                f"{_ACCOUNT}/token": self._tokens[SCRAPER],
                f"{_ACCOUNT}/ca.crt": (self._cluster.place.certificates / "ca.crt").read_text(),
                f"{_ACCOUNT}/namespace": CLIENTS,
            },
            "hosts": dict(self._hosts()),
            "scrapers": {
                each.name: [str(program(each)), jobs[each]] for each in SCRAPERS if jobs[each]
            },
        }
        module = f"{__package__}.on_node"
        done = self._cluster.run(*_ISOLATED, sys.executable, "-m", module, given=json.dumps(order))
        if done.returncode:
            raise RuntimeError(f"{module}: {done.stderr}")
        for each in json.loads(done.stdout):
            yield Scrape(**each | {"kinds": tuple(each["kinds"])})

    def _hosts(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each Service and its pod, for a Service that keeps its pod's ports."""
        self._watch.look()
        for namespace, pods in self._watch.pods.items():
            for service in self._cluster.get("services", f"--namespace={namespace}"):
                for pod in pods:
                    yield f"{service['metadata']['name']}.{namespace}.svc", pod["status"]["podIP"]


def _objects(text: str) -> str:
    """Return what of a manifest stream the API server is given: it knows no monitors."""
    documents = [each for each in yaml.safe_load_all(text) if each and not is_monitor(each)]
    return yaml.safe_dump_all(documents, sort_keys=False)
