"""What each reason means, in one line."""

from __future__ import annotations

from fix_ksm_probes import config, reach

UNKNOWN = "Unknown"
VACUOUS = "Vacuous"
BYPASS = config.BYPASS

MEANINGS = {
    reach.PORT_NAME_UNDEFINED: "The probe names a port that its own container does not declare",
    reach.NO_LISTENER: "Nothing listens where the probe dials, or nothing behind the proxy there",
    reach.LOOPBACK_ONLY: "The listener is bound to loopback, and the kubelet dials the pod IP",
    reach.SCHEME_MISMATCH: "The probe speaks plain HTTP to TLS, or TLS to plain HTTP",
    reach.UNAUTHORIZED: "A proxy demands a token for the path of the probe",
    reach.PATH_NOT_ALLOWED: "The --allow-paths of a proxy do not name the path of the probe",
    reach.PATH_NOT_SERVED: "This version of the program does not serve the path of the probe",
    UNKNOWN: "It cannot be known whether the probe passes",
    VACUOUS: "The probe passes, and says nothing about kube-state-metrics",
    BYPASS: "A listener answers from outside, beside the proxy that guards it",
    config.PROXY_MISSING: "A listener answers from outside, and no proxy guards it",
    config.HEALTH_PORT_OPEN: "A health port answers others than the node, without a token",
    config.PROXY_NOT_FIRST: "kube-state-metrics starts before the proxy that guards it stands",
    config.PROBES_MISSING: "kube-state-metrics lacks a probe",
}
