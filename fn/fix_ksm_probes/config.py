"""The settings: one definition of the fields, from which all their forms are made."""

from __future__ import annotations

from typing import NamedTuple

from fix_ksm_probes.errors import BadInput
from fix_ksm_probes.pod import PROBES
from fix_ksm_probes.pointer import Pointer

API_VERSION = "fix-ksm-probes.dev/v1alpha1"
KIND = "FixKSMProbes"

PROBE_DISABLE = "probe-disable"
DEDICATED_PORT = "dedicated-port"
THROUGH_PROXY = "through-proxy"
CHECK = "check"

BROKEN = "broken"
ALL = "all"

NONE = "none"

KUBE_STATE_METRICS = "kube-state-metrics"
KUBE_RBAC_PROXY = "kube-rbac-proxy"


class Target(NamedTuple):
    """Which workloads are looked at; empty matches all."""

    name: str = ""
    namespace: str = ""
    labels: tuple[tuple[str, str], ...] = ()


class Config(NamedTuple):
    """All settings; `port` is the first health port."""

    mode: str = PROBE_DISABLE
    scope: str = BROKEN
    probes: tuple[str, ...] = PROBES
    target: Target = Target()
    port: int = 8642
    answered_by: str = KUBE_STATE_METRICS
    image: str = ""
    emit: str = ALL


class ConfigError(BadInput):
    """A setting that is not accepted; `field` is where it stands, such as `spec.mode`."""

    def __init__(self, field: str, accepted: str) -> None:
        super().__init__(f"{field}: {accepted}")
        self.field = field


class Field(NamedTuple):
    """One setting: its flat name, its place in `spec`, its type, and what it is for.

    `type` is `choice`, `choices`, `port`, `text` or `labels`; `choices` are the accepted words.
    """

    name: str
    place: Pointer
    type: str
    help: str
    choices: tuple[str, ...] = ()
    default: str = ""


FIELDS = (
    Field(
        "mode",
        ("mode",),
        "choice",
        "what becomes of a probe that fails",
        (PROBE_DISABLE, DEDICATED_PORT, THROUGH_PROXY, CHECK),
        PROBE_DISABLE,
    ),
    Field(
        "scope",
        ("scope",),
        "choice",
        "probes that fail, or all of kube-state-metrics",
        (BROKEN, ALL),
        BROKEN,
    ),
    Field("probes", ("probes",), "choices", "which probes", PROBES, ",".join(PROBES)),
    Field("targetName", ("target", "name"), "text", "only workloads of this name"),
    Field("targetNamespace", ("target", "namespace"), "text", "only workloads of this namespace"),
    Field("targetLabels", ("target", "labels"), "labels", "only workloads with these labels"),
    Field("port", ("dedicatedPort", "port"), "port", "first health port", (), "8642"),
    Field(
        "answeredBy",
        ("dedicatedPort", "answeredBy"),
        "choice",
        "who answers on the health port",
        (KUBE_STATE_METRICS, KUBE_RBAC_PROXY),
        KUBE_STATE_METRICS,
    ),
    Field(
        "image",
        ("dedicatedPort", "image"),
        "text",
        "kube-rbac-proxy image where the pod has none to copy",
    ),
    Field(
        "emit",
        ("emit",),
        "choice",
        "none: give nothing back, under validators: of kustomize",
        (ALL, NONE),
        ALL,
    ),
)


def settle(*layers: dict[str, object]) -> Config:
    """Return the settings of all layers, later ones first, with defaults for the rest."""
    values: dict[str, object] = {}
    for layer in layers:
        values.update(layer)
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    labels = values.get("targetLabels")
    probes = values.get("probes")
    port = values.get("port")
    return Config(
        texts.get("mode", PROBE_DISABLE),
        texts.get("scope", BROKEN),
        probes if isinstance(probes, tuple) else PROBES,
        Target(
            texts.get("targetName", ""),
            texts.get("targetNamespace", ""),
            labels if isinstance(labels, tuple) else (),
        ),
        port if isinstance(port, int) else Config().port,
        texts.get("answeredBy", KUBE_STATE_METRICS),
        texts.get("image", ""),
        texts.get("emit", ALL),
    )
