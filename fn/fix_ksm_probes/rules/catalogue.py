"""What each reason means, in one line."""

from __future__ import annotations

PORT_NAME_UNDEFINED = "PortNameUndefined"
NO_LISTENER = "NoListener"
LOOPBACK_ONLY = "LoopbackOnly"
SCHEME_MISMATCH = "SchemeMismatch"
UNAUTHORIZED = "Unauthorized"
PATH_NOT_ALLOWED = "PathNotAllowed"
PATH_NOT_SERVED = "PathNotServed"
UNKNOWN = "Unknown"
VACUOUS = "Vacuous"

# What keeps a pod that is Ready from being sound.
BYPASS = "Bypass"
PROXY_MISSING = "ProxyMissing"
HEALTH_PORT_OPEN = "HealthPortOpen"
PROXY_NOT_FIRST = "ProxyNotFirst"
PROBES_MISSING = "ProbesMissing"
GAPS = (BYPASS, PROXY_MISSING, HEALTH_PORT_OPEN, PROXY_NOT_FIRST, PROBES_MISSING)

MEANINGS = {
    PORT_NAME_UNDEFINED: "The probe names a port that its own container does not declare",
    NO_LISTENER: "Nothing listens where the probe dials, or nothing behind the proxy there",
    LOOPBACK_ONLY: "The listener is bound to loopback, and the kubelet dials the pod IP",
    SCHEME_MISMATCH: "The probe speaks plain HTTP to TLS, or TLS to plain HTTP",
    UNAUTHORIZED: "A proxy demands a token for the path of the probe",
    PATH_NOT_ALLOWED: "The --allow-paths of a proxy do not name the path of the probe",
    PATH_NOT_SERVED: "This version of the program does not serve the path of the probe",
    UNKNOWN: "It cannot be known whether the probe passes",
    VACUOUS: "The probe passes, and says nothing about kube-state-metrics",
    BYPASS: "A listener answers from outside, beside the proxy that guards it",
    PROXY_MISSING: "A listener answers from outside, and no proxy guards it",
    HEALTH_PORT_OPEN: "A health port answers others than the node, without a token",
    PROXY_NOT_FIRST: "kube-state-metrics starts before the proxy that guards it stands",
    PROBES_MISSING: "kube-state-metrics lacks a probe",
}
