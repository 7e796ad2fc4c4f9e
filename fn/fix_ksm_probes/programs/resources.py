"""Which resources a release of kube-state-metrics knows; it ends at once on any other.

From its sources, releases 2.0 to 2.20: internal/store/builder.go. What Validate of pkg/options says
of resources beside --node is never heard: it runs when the server has ended.
"""

from __future__ import annotations

import re

from fix_ksm_probes.programs.addresses import HIDDEN
from fix_ksm_probes.programs.command_line import Flag, last_value
from fix_ksm_probes.programs.listeners import Version

_ALWAYS = frozenset(
    "certificatesigningrequests configmaps cronjobs daemonsets deployments endpoints "
    "horizontalpodautoscalers ingresses jobs leases limitranges mutatingwebhookconfigurations "
    "namespaces networkpolicies nodes persistentvolumeclaims persistentvolumes "
    "poddisruptionbudgets pods replicasets replicationcontrollers resourcequotas secrets services "
    "statefulsets storageclasses validatingwebhookconfigurations volumeattachments".split()
)
_SINCE: dict[str, Version] = {
    "clusterrolebindings": (2, 6, 0),
    "clusterroles": (2, 6, 0),
    "rolebindings": (2, 6, 0),
    "roles": (2, 6, 0),
    "serviceaccounts": (2, 6, 0),
    "ingressclasses": (2, 7, 0),
    "endpointslices": (2, 8, 0),
    "mutatingadmissionpolicies": (2, 20, 0),
    "mutatingadmissionpolicybindings": (2, 20, 0),
    "validatingadmissionpolicies": (2, 20, 0),
    "validatingadmissionpolicybindings": (2, 20, 0),
}
_UNTIL: dict[str, Version] = {"verticalpodautoscalers": (2, 9, 0)}
_OLDEST: Version = (2, 0, 0)
_NEWEST: Version = (2, 20, 99)

# The lists of labels whose resources are looked up, and since when.
_LISTS: dict[str, Version] = {
    "metric-labels-allowlist": (2, 7, 0),
    "metric-annotations-allowlist": (2, 13, 0),
}
_LISTED = r"(?:\A|\],)([^=\[\]]*)=\["


def names_unknown_resource(flags: tuple[Flag, ...], version: Version | None) -> bool:
    """Tell whether flags name a resource that `version` does not know."""
    if version is None or not _OLDEST <= version <= _NEWEST:
        return False
    # The files of these flags bring resources of their own.
    if any(flag.name.startswith("custom-resource") for flag in flags):
        return False
    names = [*_resources(flags), *_listed(flags, version)]
    return any(HIDDEN not in name and not _is_known(name, version) for name in names)


def _resources(flags: tuple[Flag, ...]) -> list[str]:
    values = (flag.value for flag in flags if flag.name == "resources")
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _listed(flags: tuple[Flag, ...], version: Version) -> list[str]:
    lists = (last_value(flags, name) for name, since in _LISTS.items() if version >= since)
    values = (each.value for each in lists if each is not None)
    names = (name.strip() for value in values for name in re.findall(_LISTED, value))
    return [name for name in names if name != "*"]


def _is_known(name: str, version: Version) -> bool:
    if name in _UNTIL:
        return version < _UNTIL[name]
    return name in _ALWAYS or version >= _SINCE.get(name, (_NEWEST[0] + 1, 0, 0))
