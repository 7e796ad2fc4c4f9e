"""Print what every probe of a manifest really gets, and what the pod answers without a token."""

import json
import sys
from pathlib import Path
from typing import Any

from .observation import Observation, SeenProbe
from .sandbox import observe


def main(arguments: list[str]) -> int:
    """Run the pods of each manifest (a file, or `-` for stdin) and print JSON, one key a file."""
    if not arguments:
        sys.stderr.write("usage: python -m tests.e2e.truth MANIFEST...\n")
        return 2
    texts = {
        name: sys.stdin.read() if name == "-" else Path(name).read_text() for name in arguments
    }
    seen = {Path(name).stem: [_told(pod) for pod in observe(text)] for name, text in texts.items()}
    sys.stdout.write(json.dumps(seen, indent=1) + "\n")
    return 0


def _told(seen: Observation) -> dict[str, Any]:
    return {
        "kind": seen.kind,
        "name": seen.name,
        "namespace": seen.namespace,
        "hostNetwork": seen.host_network,
        "verdict": "READY" if seen.is_ready else "NOT-READY",
        "containers": [_container(c) for c in seen.containers],
        "probes": [_probe(probe) for probe in seen.probes],
        "hungNoticed": seen.noticed,
        "answersWithoutToken": [str(door) for door in seen.doors],
        "metricsWithToken": [
            f"{t.scheme}:{t.port} good {t.good[0]} {t.good[1]}, forbidden {t.forbidden[0]}, "
            f"unknown {t.unknown[0]}"
            for t in seen.tokens
        ],
    }


def _container(container: Any) -> dict[str, Any]:
    ran = f"{container.program} {container.version}".strip() or "not run: unknown image"
    told = {"name": container.name, "ran": ran, "restarts": container.restarts}
    return told | ({"lastWords": container.last_words} if container.restarts else {})


def _probe(seen: SeenProbe) -> dict[str, Any]:
    outcome = seen.outcome
    told: dict[str, Any] = {
        "container": seen.container,
        "probe": seen.probe,
        "verdict": "passes" if outcome.passes else "fails",
    }
    if outcome.why:
        told["why"] = outcome.why
    if outcome.ignored:
        told["probeError"] = True
    if outcome.status:
        told["status"] = outcome.status
    told["target"] = outcome.target
    if seen.hung is not None:
        told["whenHung"] = "passes" if seen.hung.passes else f"fails: {seen.hung.why}"
    return told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
