"""What was seen of one pod, as values that travel as JSON."""

from dataclasses import asdict, dataclass
from typing import Any

from .doors import Door
from .kubelet import Outcome


@dataclass(frozen=True, slots=True)
class SeenProbe:
    """One probe and what it got, when all was well and when kube-state-metrics hung."""

    container: str
    probe: str
    outcome: Outcome
    hung: Outcome | None


@dataclass(frozen=True, slots=True)
class SeenContainer:
    """One container: which version stood for its image, how often it ended, its last words."""

    name: str
    program: str
    version: str
    restarts: int
    last_words: str


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What /metrics answers on one port with each of the three tokens: (status, kind of body)."""

    scheme: str
    port: int
    good: tuple[int, str]
    forbidden: tuple[int, str]
    unknown: tuple[int, str]


@dataclass(frozen=True, slots=True)
class Observation:
    """All that was seen of one pod.

    Attributes:
        kind: of the workload.
        name: of the workload.
        namespace: of the workload.
        host_network: whether the pod shares the node's network.
        containers: in the order of the manifest.
        probes: in the order of the manifest.
        doors: what answers 2xx without a token.
        tokens: every port that serves metrics to the good token.

    """

    kind: str
    name: str
    namespace: str
    host_network: bool
    containers: tuple[SeenContainer, ...]
    probes: tuple[SeenProbe, ...]
    doors: tuple[Door, ...]
    tokens: tuple[TokenAnswer, ...]

    @property
    def restarts(self) -> int:
        """Return how often containers ended by themselves."""
        return sum(container.restarts for container in self.containers)

    @property
    def is_ready(self) -> bool:
        """Tell whether every container runs and no probe keeps the pod from being Ready."""
        return not self.restarts and not any(
            _holds_back(seen.probe, seen.outcome) for seen in self.probes
        )

    @property
    def noticed(self) -> bool:
        """Tell whether a probe that passed before fails when kube-state-metrics hangs."""
        return any(
            seen.outcome.passes and seen.hung is not None and not seen.hung.passes
            for seen in self.probes
        )

    def to_json(self) -> dict[str, Any]:
        """Return this as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Observation":
        """Return the observation that `to_json` gave `value` for."""
        return cls(
            **value
            | {
                "containers": tuple(SeenContainer(**seen) for seen in value["containers"]),
                "probes": tuple(_seen_probe(seen) for seen in value["probes"]),
                "doors": tuple(Door(**door) for door in value["doors"]),
                "tokens": tuple(_token_answer(answer) for answer in value["tokens"]),
            }
        )


def _holds_back(name: str, outcome: Outcome) -> bool:
    # The kubelet throws a probe error away: a liveness probe then stays a success.
    return not outcome.passes and not (outcome.ignored and name == "livenessProbe")


def _seen_probe(value: dict[str, Any]) -> SeenProbe:
    hung = Outcome(**value["hung"]) if value["hung"] else None
    return SeenProbe(**value | {"outcome": Outcome(**value["outcome"]), "hung": hung})


def _token_answer(value: dict[str, Any]) -> TokenAnswer:
    pairs = {key: tuple(value[key]) for key in ("good", "forbidden", "unknown")}
    return TokenAnswer(**value | pairs)
