"""Judge and repair the probes of kube-state-metrics behind kube-rbac-proxy."""

__version__ = "0.2.0"
