"""Hold the verdicts on generated pods against what their real programs do, and print figures.

As root, from the repository's root: `python -m tests.e2e.hunt --seed 1 --first 0 --pods 300`. Each
probe whose verdict is not what was seen is printed with its pod.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from .function import CHECK, FunctionResult, run_function
from .generated import generated
from .observation import Observation
from .sandbox import observe

_FAILS = (
    "PortNameUndefined",
    "NoListener",
    "LoopbackOnly",
    "SchemeMismatch",
    "Unauthorized",
    "PathNotAllowed",
    "PathNotServed",
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One probe of one generated pod: what is said of it, and what it really gets.

    Attributes:
        pod: the number of the pod.
        probe: the container and the kind of the probe.
        said: `passes`, `fails` or `unknown`.
        seen: `passes` or `fails`.
        message: the words of the verdict.
        why: what the kubelet got, and the last words of containers that ended.

    """

    pod: int
    probe: str
    said: str
    seen: str
    message: str
    why: str

    @property
    def agrees(self) -> bool:
        """Tell whether what is said is what is seen; an unknown one says nothing."""
        return self.said in ("unknown", self.seen)


def compare(seed: int, index: int, kept: Path | None = None) -> tuple[Compared, ...]:
    """Run pod number `index` of the hunt `seed`, and return its probes.

    What was seen is written to the folder `kept`; what is there already is not run again.
    """
    return tuple(_compare(index, generated(seed, index), kept))


def _compare(index: int, text: str, kept: Path | None) -> Iterator[Compared]:
    sights = _sights(text, kept)
    results = {(each.container, each.probe): each for each in run_function(text, CHECK).results}
    for seen in sights:
        ended = [f"{c.name}: {c.last_words}" for c in seen.containers if c.restarts]
        for probe in seen.probes:
            result = results.get((probe.container, probe.probe))
            yield Compared(
                index,
                f"{probe.container} {probe.probe}",
                _said(result),
                "passes" if probe.outcome.passes else "fails",
                result.message if result else "",
                "; ".join((f"{probe.outcome.target} {probe.outcome.why}", *ended)),
            )


def _sights(text: str, kept: Path | None) -> tuple[Observation, ...]:
    if kept is None:
        return observe(text, probes_only=True)
    file = kept / f"{sha256(text.encode()).hexdigest()[:24]}.json"
    if not file.exists():
        seen = [each.to_json() for each in observe(text, probes_only=True)]
        file.write_text(json.dumps(seen))
    return tuple(Observation.from_json(each) for each in json.loads(file.read_text()))


def _said(result: FunctionResult | None) -> str:
    if result is None:
        return "passes"
    if result.reason == "Unknown":
        return "unknown"
    return "fails" if result.reason in _FAILS else "passes"


def main() -> int:
    """Run the pods that the arguments name; the exit code is 1 where a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--pods", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for what was seen, used again")
    chosen = parser.parse_args()
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
    pods = range(chosen.first, chosen.first + chosen.pods)
    compared: list[Compared] = []
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for probes in pool.map(lambda index: compare(chosen.seed, index, chosen.keep), pods):
            compared += probes
            for each in probes:
                if not each.agrees:
                    sys.stdout.write(f"DISAGREES {each}\n")
                    sys.stdout.flush()
    for line in figures(compared):
        sys.stdout.write(f"{line}\n")
    return int(any(not each.agrees for each in compared))


def figures(compared: list[Compared]) -> Iterator[str]:
    """Yield the lines of the summary: how many agree, are unknown and why, and disagree."""
    unknown = [each for each in compared if each.said == "unknown"]
    wrong = [each for each in compared if not each.agrees]
    pods = len({each.pod for each in compared})
    yield f"{pods} pods, {len(compared)} probes"
    yield f"agree: {len(compared) - len(unknown) - len(wrong)}"
    yield f"unknown: {len(unknown)}"
    causes = Counter(each.message.partition(" ")[2].partition(";")[0] for each in unknown)
    yield from (f"  {number} {cause}" for cause, number in causes.most_common())
    yield f"disagree: {len(wrong)}"


if __name__ == "__main__":
    sys.exit(main())
