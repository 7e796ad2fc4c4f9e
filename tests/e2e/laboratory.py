"""Run the function and the pods of the matrix, two pods at a time, each pod once."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from .binaries import binary
from .cases import Case
from .function import CHECK, FunctionRun, Mode, run_function
from .images import image_of, version_of
from .manifest import read_pods
from .observation import Observation
from .pod import Pod
from .sandbox import observe
from .tools import install_missing

# One for each core of the smallest machine.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Experiment:
    """A case in one mode: what the function answered, and what was seen of its answer."""

    run: FunctionRun
    seen: Observation


class Laboratory:
    """Experiments that are under way, and their results; every different pod is run once."""

    def __init__(self) -> None:
        """Start with no experiment."""
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._runs: dict[tuple[Case, Mode], FunctionRun] = {}
        self._sights: dict[tuple[Pod, ...], Future[Observation]] = {}

    def begin(self, wanted: Iterable[tuple[Case, Mode]]) -> None:
        """Start on the experiments in order; pods run while the programs of later ones build."""
        install_missing()
        for case, mode in wanted:
            _build_programs(case)
            self._begin(case, CHECK)
            self._begin(case, mode)

    def experiment(self, case: Case, mode: Mode = CHECK) -> Experiment:
        """Return what came of `case` in `mode`, waiting for it if need be."""
        seen = self._begin(case, mode).result()
        return Experiment(self._runs[case, mode], seen)

    def look_at(self, text: str) -> Observation:
        """Return what is seen of the pod of the manifest `text`."""
        return self._seen(text).result()

    def close(self) -> None:
        """Start nothing more and wait for what is running."""
        self._pool.shutdown(cancel_futures=True)

    def _begin(self, case: Case, mode: Mode) -> Future[Observation]:
        if (case, mode) not in self._runs:
            self._runs[case, mode] = run_function(case.text, mode)
        return self._seen(self._runs[case, mode].text)

    def _seen(self, text: str) -> Future[Observation]:
        pods = read_pods(text)
        # Pods that differ in nothing that matters here need not be run twice.
        if pods not in self._sights:
            self._sights[pods] = self._pool.submit(_only_one, text)
        return self._sights[pods]


def _build_programs(case: Case) -> None:
    for pod in read_pods(case.text):
        for container in pod.containers:
            if image := image_of(container.image):
                program = image.program
                binary(program, program.standing_for(version_of(container.image)))


def _only_one(text: str) -> Observation:
    (seen,) = observe(text)
    return seen
