"""The settings: one definition of the fields, and what they are when nobody sets them."""

from __future__ import annotations

from fix_ksm_probes.manifests.pod import PROBES
from fix_ksm_probes.rules.catalogue import BYPASS, GAPS
from fix_ksm_probes.yamlpatch import BadInput, Pointer
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

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


class Settings(NamedTuple):
    """All settings; `port` is the first health port, `fail_on` what fails mode check."""

    mode: str = PROBE_DISABLE
    scope: str = BROKEN
    probes: tuple[str, ...] = PROBES
    target: Target = Target()
    port: int = 8642
    answered_by: str = KUBE_STATE_METRICS
    image: str = ""
    emit: str = ALL
    network_policy: bool = False
    bind_loopback: bool = False
    proxy_first: bool = False
    add_missing: bool = False
    alert: bool = False
    fail_on: tuple[str, ...] = (BYPASS,)

    @property
    def changes_beside(self) -> bool:
        """Tell whether more than the workloads themselves may be changed."""
        return self.bind_loopback or self.proxy_first or self.network_policy or self.alert

    @property
    def looks_beside(self) -> bool:
        """Tell whether more than the workloads themselves has a say."""
        return self.mode == CHECK or self.changes_beside

    @property
    def looks_at_other_pods(self) -> bool:
        """Tell whether it matters what other pods a selector takes."""
        return self.proxy_first or self.network_policy


class ConfigError(BadInput):
    """A setting that is not accepted; `field` is where it stands, such as `spec.mode`."""

    def __init__(self, field: str, accepted: str) -> None:
        super().__init__(f"{field}: {accepted}")
        self.field = field


class Field(NamedTuple):
    """One setting: its flat name, its place in `spec`, its type, and what it is for.

    `type` is `choice`, `choices`, `port`, `text`, `labels` or `switch`; `choices` are the accepted
    words, and `least` is how many of them `choices` must name.
    """

    name: str
    place: Pointer
    type: str
    help: str
    choices: tuple[str, ...] = ()
    default: str = ""
    least: int = 1


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
        "networkPolicy",
        ("dedicatedPort", "networkPolicy"),
        "switch",
        "dedicated-port: a NetworkPolicy leaves its port to the node",
        (),
        "false",
    ),
    Field(
        "bindLoopback",
        ("bindLoopback",),
        "switch",
        "bind to loopback what others reach beside its proxy",
        (),
        "false",
    ),
    Field(
        "proxyFirst",
        ("proxyFirst",),
        "switch",
        "start the proxies first, as native sidecars (Kubernetes 1.29)",
        (),
        "false",
    ),
    Field(
        "addMissing",
        ("addMissing",),
        "switch",
        "dedicated-port, through-proxy: add the probes that it lacks",
        (),
        "false",
    ),
    Field(
        "alert",
        ("alert",),
        "switch",
        "probe-disable: a PrometheusRule watches instead of probes",
        (),
        "false",
    ),
    Field("failOn", ("failOn",), "choices", "check: what fails it beside probes", GAPS, BYPASS, 0),
    Field(
        "emit",
        ("emit",),
        "choice",
        "none: give nothing back, under validators: of kustomize",
        (ALL, NONE),
        ALL,
    ),
)


def settle(*layers: dict[str, object]) -> Settings:
    """Return the settings of all layers, later ones first, with defaults for the rest."""
    values: dict[str, object] = {}
    for layer in layers:
        values.update(layer)
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    lists = {name: value for name, value in values.items() if isinstance(value, tuple)}
    port = values.get("port")
    return Settings(
        texts.get("mode", PROBE_DISABLE),
        texts.get("scope", BROKEN),
        lists.get("probes", PROBES),
        Target(
            texts.get("targetName", ""),
            texts.get("targetNamespace", ""),
            lists.get("targetLabels", ()),
        ),
        port if isinstance(port, int) else Settings().port,
        texts.get("answeredBy", KUBE_STATE_METRICS),
        texts.get("image", ""),
        texts.get("emit", ALL),
        network_policy=values.get("networkPolicy") is True,
        bind_loopback=values.get("bindLoopback") is True,
        proxy_first=values.get("proxyFirst") is True,
        add_missing=values.get("addMissing") is True,
        alert=values.get("alert") is True,
        fail_on=lists.get("failOn", Settings().fail_on),
    )
