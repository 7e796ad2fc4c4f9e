"""The flags that say how kube-rbac-proxy serves TLS, and which values of them end it at once.

From its sources and those of what reads them: component-base, cli/flag, and x/net, http2.
"""

from __future__ import annotations

from fix_ksm_probes.programs.addresses import HIDDEN
from fix_ksm_probes.programs.command_line import Flag, all_values, go_bool, last_value
from fix_ksm_probes.programs.listeners import Version

_VERSIONS = ("", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13")
# What HTTP/2 demands one of, unless TLS 1.3 alone is spoken.
_DEMANDED = frozenset(f"TLS_ECDHE_{key}_WITH_AES_128_GCM_SHA256" for key in ("ECDSA", "RSA"))
_SUITES = _DEMANDED | frozenset(
    "TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 "
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 "
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 "
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 "
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA "
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 "
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 "
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 "
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA TLS_RSA_WITH_3DES_EDE_CBC_SHA TLS_RSA_WITH_AES_128_CBC_SHA "
    "TLS_RSA_WITH_AES_128_CBC_SHA256 TLS_RSA_WITH_AES_128_GCM_SHA256 "
    "TLS_RSA_WITH_AES_256_CBC_SHA TLS_RSA_WITH_AES_256_GCM_SHA384 TLS_RSA_WITH_RC4_128_SHA".split()
)


def is_refused(flags: tuple[Flag, ...], *, newest: Version, version: Version | None) -> bool:
    """Tell whether a value among `flags` ends the proxy as it begins to serve TLS.

    All suites up to release `newest` are known.
    """
    secure = last_value(flags, "secure-listen-address")
    if secure is None or not secure.value:
        return False
    given = {flag.name: flag.value for flag in flags}
    oldest = given.get("tls-min-version", "")
    pair = [given.get(name, "") for name in ("tls-cert-file", "tls-private-key-file")]
    if (oldest not in _VERSIONS and HIDDEN not in oldest) or (any(pair) and not all(pair)):
        return True
    suites = all_values(flags, "tls-cipher-suites")
    if suites is None:
        return True
    if not suites or HIDDEN in "".join(suites):
        return False
    if version is not None and version <= newest and not _SUITES.issuperset(suites):
        return True
    without_http2 = last_value(flags, "http2-disable")
    speaks_http2 = without_http2 is None or go_bool(without_http2.value) is False
    speaks_older = oldest != "VersionTLS13" and HIDDEN not in oldest
    return speaks_http2 and speaks_older and _DEMANDED.isdisjoint(suites)
