"""The settings: one definition of each, with its default."""

from __future__ import annotations

from fix_ksm_probes.manifests.pod import PROBES
from fix_ksm_probes.rules.catalogue import BYPASS, RULES, WARNING
from fix_ksm_probes.settings.kinds import (
    Choice,
    Choices,
    ConfigError,
    Field,
    Labels,
    Port,
    Switch,
    Text,
)

API_VERSION = "fix-ksm-probes.dev/v1alpha1"
KIND = "FixKSMProbes"

PROBE_DISABLE = "probe-disable"
DEDICATED_PORT = "dedicated-port"
THROUGH_PROXY = "through-proxy"
CHECK = "check"
_REPAIRS = (PROBE_DISABLE, DEDICATED_PORT, THROUGH_PROXY)
MODES = (*_REPAIRS, CHECK)

BROKEN = "broken"
ALL = "all"

NONE = "none"

KUBE_STATE_METRICS = "kube-state-metrics"
KUBE_RBAC_PROXY = "kube-rbac-proxy"


class Settings:
    """All settings, each defined once: names, flags, schema, help and pages are made from here."""

    mode = Choice(
        *MODES,
        default=PROBE_DISABLE,
        help="what to do about a probe that fails",
    )
    scope = Choice(
        BROKEN,
        ALL,
        default=BROKEN,
        modes=_REPAIRS,
        help="repair the probes that fail, or all probes of kube-state-metrics",
    )
    probes = Choices(*PROBES, least=1, default=PROBES, help="only these kinds of probes")
    target_name = Text(default="", within="target", help="only workloads of this name")
    target_namespace = Text(default="", within="target", help="only workloads of this namespace")
    target_labels = Labels(within="target", help="only workloads with these labels")
    port = Port(
        default=8642,
        within="dedicatedPort",
        modes=(DEDICATED_PORT,),
        beside="proxyFirst",
        help="the first health port; ports in use are skipped",
    )
    answered_by = Choice(
        KUBE_STATE_METRICS,
        KUBE_RBAC_PROXY,
        default=KUBE_STATE_METRICS,
        within="dedicatedPort",
        modes=(DEDICATED_PORT, CHECK),
        help="the program that answers on the health port",
    )
    image = Text(
        default="",
        within="dedicatedPort",
        modes=(DEDICATED_PORT,),
        help="the kube-rbac-proxy image, if the pod has none to copy",
    )
    network_policy = Switch(
        within="dedicatedPort",
        modes=(DEDICATED_PORT,),
        help="add a NetworkPolicy that lets only the node reach the health port",
    )
    bind_loopback = Switch(
        modes=_REPAIRS, help="bind to loopback each listener that clients can reach past its proxy"
    )
    proxy_first = Switch(
        modes=_REPAIRS,
        help="start the proxies first, as native sidecars (Kubernetes 1.29 or later)",
    )
    add_missing = Switch(
        modes=(DEDICATED_PORT, THROUGH_PROXY), help="add the probes that kube-state-metrics lacks"
    )
    alert = Switch(
        modes=(PROBE_DISABLE,),
        help="add a PrometheusRule that alerts in place of the removed probes",
    )
    fix_scrapes = Switch(
        modes=_REPAIRS,
        help="repair the monitors that get no metrics, and the role that the proxy lacks",
    )
    fail_on = Choices(
        *RULES,
        WARNING,
        least=0,
        default=(BYPASS,),
        modes=(CHECK,),
        help="what fails the check besides failing probes: reasons, as --rule lists them, "
        "or warning for all warnings",
    )
    emit = Choice(
        ALL,
        NONE,
        default=ALL,
        modes=(CHECK,),
        help="none returns no items; only for validators: of kustomize",
    )

    def __init__(self, typed: dict[str, str] | None = None, **given: object) -> None:
        self._given = given
        self._typed = typed or {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and all(
            each.of(self) == each.of(other) for each in FIELDS
        )

    def __hash__(self) -> int:
        return hash(tuple(each.of(self) for each in FIELDS))

    def typed(self, name: str) -> str:
        """Return the name of a setting as it was written, such as `--emit` or `spec.emit`."""
        return self._typed.get(name, name)

    @property
    def has_target(self) -> bool:
        """Tell whether only some workloads are judged."""
        return bool(self.target_name or self.target_namespace or self.target_labels)

    @property
    def changes_beside(self) -> bool:
        """Tell whether items other than the workloads may be changed."""
        return (
            self.bind_loopback
            or self.proxy_first
            or self.network_policy
            or self.alert
            or self.fix_scrapes
        )

    @property
    def looks_beside(self) -> bool:
        """Tell whether items other than the workloads matter."""
        return self.mode == CHECK or self.changes_beside

    @property
    def looks_at_scrapes(self) -> bool:
        """Tell whether it matters what scrapes, and what proxies may ask the API server."""
        return self.mode == CHECK or self.repairs_scrapes

    @property
    def repairs_scrapes(self) -> bool:
        """Tell whether monitors may be changed: those that fail, or that a repair cuts off."""
        return self.fix_scrapes or self.bind_loopback

    @property
    def looks_at_other_pods(self) -> bool:
        """Tell whether it matters which other pods a selector matches."""
        return self.proxy_first or self.network_policy or self.repairs_scrapes

    def fails(self, reason: str, severity: str) -> bool:
        """Tell whether a finding of this reason and severity fails the check."""
        is_warning = severity == WARNING and WARNING in self.fail_on
        return self.mode == CHECK and (reason in self.fail_on or is_warning)


FIELDS: tuple[Field, ...] = tuple(
    each for each in vars(Settings).values() if isinstance(each, Field)
)


def settle(*layers: dict[str, object], typed: dict[str, str] | None = None) -> Settings:
    """Return the settings of all layers; a later layer overrides, and defaults fill the rest.

    A layer has values by the names of fields; `typed` has each name as it was written, such as
    `--failOn` or `spec.failOn`. Raises ConfigError if one is set that the mode cannot use.
    """
    given = {name: value for layer in layers for name, value in layer.items()}
    attributes = {field.name: field.attribute for field in FIELDS}
    settings = Settings(typed, **{attributes[name]: value for name, value in given.items()})
    for field in FIELDS:
        if field.of(settings) != field.default:
            _refuse_without_effect(field, settings)
    return settings


def _refuse_without_effect(field: Field, settings: Settings) -> None:
    beside = next((each for each in FIELDS if each.name == field.beside), None)
    is_beside = beside is not None and settings.mode in _REPAIRS and beside.of(settings) is True
    if not field.modes or settings.mode in field.modes or is_beside:
        return
    accepted = ", ".join(field.modes)
    more = f", or with {beside.name} in any mode that repairs" if beside else ""
    raise ConfigError(
        settings.typed(field.name),
        f"mode {settings.mode} cannot use it; accepted with mode {accepted}{more}",
    )
