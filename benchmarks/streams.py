"""The streams that are measured: seeded, so the same on every machine."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import NamedTuple

_HERE = Path(__file__).parent

BROKEN = (_HERE / "kube-state-metrics.yaml").read_text().partition("\n")[2]
"""kube-state-metrics behind two proxies; its readiness probe fails."""
SOUND = BROKEN.replace("port: 9091\n", "port: 9443\n            scheme: HTTPS\n")
"""The same, its probes answered by the proxies."""
CONFIG = """\
apiVersion: fix-ksm-probes.dev/v1alpha1
kind: FixKSMProbes
metadata:
  name: fix-ksm-probes
spec:
  mode: dedicated-port
"""
"""The functionConfig of all runs."""

_TEAMS = ("billing", "checkout", "search", "data", "identity", "monitoring", "edge")
_SENTENCES = (
    "If unset, the field defaults to the value of the cluster-wide setting of the same name.",
    "Must be one of: Always, OnFailure, Never; anything else is rejected by the webhook.",
    'Setting this to "0" turns the limit off; an empty string ("") keeps the default.',
    "Don't rely on the order of the entries: it isn't kept when the object is written back.",
    "This is an alpha field and needs the feature gate `PodReplacement` [v1.31+].",
    "Paths like /etc/config/{name}/ca.crt are relative to the container's own root.",
    "The value is a quantity such as 100m, 1.5Gi or 10e6 # see resource.Quantity",
    "Represents what kube-state-metrics reports about the object, if it is installed.",
)
_METADATA = """\
metadata:
  annotations:
    config.kubernetes.io/index: 'INDEX'
    internal.config.kubernetes.io/path: "apps/TEAM/{name}.yaml"
  labels:
    app.kubernetes.io/managed-by: Helm
    app.kubernetes.io/name: {name}
    team: TEAM
  name: {name}
  namespace: TEAM
"""
# Kept as `# repeat FROM TO`, lines, `# end`.
_REPEATED = re.compile(r"# repeat (\d+) (\d+)\n(.*?)# end\n", re.DOTALL)
_CHART_SIZE = 16


class Kind(NamedTuple):
    """How many of a hundred resources are of this kind, and the text that each is made of."""

    share: int
    text: str

    def make(self, random: Random, index: int) -> str:
        """Return a resource."""

        def repeated(found: re.Match[str]) -> str:
            least, most, text = int(found[1]), int(found[2]), found[3]
            times = random.randint(least, most)
            return "".join(_filled(text, random, number) for number in range(times))

        text = _REPEATED.sub(repeated, self.text)
        return text.replace("INDEX", str(index)).replace("TEAM", _TEAMS[index % len(_TEAMS)])


def read_kinds() -> tuple[Kind, ...]:
    """Return the kinds of platform.txt, in their order."""
    _, *parts = (_HERE / "platform.txt").read_text().split("---\n")
    return tuple(map(_kind, parts))


def resources(kinds: Sequence[Kind], seed: int) -> Iterator[str]:
    """Yield resources without end, in every hundred of them as many of a kind as it has."""
    random, hundred = Random(seed), [kind for kind in kinds for _ in range(kind.share)]
    for start in count(0, len(hundred)):
        random.shuffle(hundred)
        yield from (kind.make(random, start + number) for number, kind in enumerate(hundred))


def platform(items: int, workload: str = BROKEN) -> list[str]:
    """Return `items` resources of a platform, `workload` in the middle of them."""
    found = list(islice(resources(read_kinds(), 20), items))
    found[items // 2] = workload
    return found


def tree(files: int, size: int) -> dict[str, bytes]:
    """Return files by their paths, `size` bytes each or a little more, one workload broken."""
    small = [kind for kind in read_kinds() if len(kind.make(Random(0), 0)) < size // 2]
    rest = resources(small, 6)
    found = {}
    for number in range(files):
        items = [BROKEN] if number == files // 2 else []
        while sum(map(len, items)) < size:
            items.append(next(rest))
        found[f"team-{number // 20}/part-{number}.yaml"] = documents(items)
    return found


def chart(workload: str = BROKEN) -> list[str]:
    """Return 16 resources, as a chart renders them, `workload` in the middle of them."""
    random, kinds = Random(16), [kind for kind in read_kinds() if kind.share > _SELDOM]
    found = [kinds[number % len(kinds)].make(random, number) for number in range(_CHART_SIZE)]
    found[_CHART_SIZE // 2] = workload
    return found


def fleet(items: int) -> list[str]:
    """Return `items` workloads of kube-state-metrics, each with a probe to repair."""
    return [
        BROKEN.replace("namespace: monitoring", f"namespace: cluster-{index}")
        for index in range(items)
    ]


def resource_list(items: Iterable[str], config: str = CONFIG) -> bytes:
    """Return a ResourceList as kustomize writes it."""
    listed = "".join("- " + _indented(item) for item in items)
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
    return f"{head}{listed}functionConfig:\n  {_indented(config)}".encode()


def documents(items: Iterable[str]) -> bytes:
    """Return the documents that `helm template` writes of a chart of these templates."""
    source = "---\n# Source: platform/templates/part-{}.yaml\n{}"
    return "".join(source.format(index, item) for index, item in enumerate(items)).encode()


# What a chart for one program has none of: dashboards, rules by the dozen, definitions.
_SELDOM = 5


def _kind(part: str) -> Kind:
    share, text = part.split("\n", 1)
    written = re.sub(r"METADATA (\S+)\n", lambda found: _METADATA.format(name=found[1]), text)
    return Kind(int(share.removeprefix("# share ")), written)


def _filled(text: str, random: Random, number: int) -> str:
    text = re.sub("WORDS", lambda _: random.choice(_SENTENCES), text)
    text = re.sub("BASE64", lambda _: _secret(random), text)
    return text.replace("NUMBER", str(number))


def _secret(random: Random) -> str:
    return base64.b64encode(random.randbytes(random.randint(20, 2000))).decode()


def _indented(text: str) -> str:
    """Return lines two spaces further in but for the first; blank ones stay blank."""
    return re.sub(r"\n(?=[^\n])", "\n  ", text)
