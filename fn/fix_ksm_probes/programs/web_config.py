"""The web configuration file of Prometheus' exporter-toolkit, which decides TLS and credentials.

From its sources, 0.10 to 0.17 (web/tls_config.go, web/handler.go), and measured. Versions are those
of kube-state-metrics.
"""

from __future__ import annotations

from fix_ksm_probes.manifests.files import ABSENT, ELSEWHERE, FOUND
from fix_ksm_probes.programs.listeners import (
    BAD_FILE,
    CLIENT_CERTIFICATE,
    DEMANDED_SUITES,
    MISSING_FILE,
    PASSWORD,
    UNKNOWN_TO_SOME,
    Version,
    exits,
    unknown,
)
from fix_ksm_probes.programs.program import Invocation
from fix_ksm_probes.programs.releases import read_file
from fix_ksm_probes.yamlpatch import BadInput, NamedTuple, load, parse
from fix_ksm_probes.yamlpatch.scalars import as_bool, as_text

_FIELDS = frozenset(("tls_server_config", "http_server_config", "rate_limit", "basic_auth_users"))
_TLS_FIELDS = frozenset(
    "cert key cert_file key_file client_auth_type client_ca client_ca_file client_allowed_sans "
    "cipher_suites curve_preferences min_version max_version prefer_server_cipher_suites".split()
)
# Without all of these fields, TLS is off.
_DECIDING = ("cert", "key", "cert_file", "key_file", "client_ca", "client_ca_file")
_DEMANDING = ("RequireAnyClientCert", "RequireClientCert", "RequireAndVerifyClientCert")
_ASKING = ("", "NoClientCert", "RequestClientCert", "VerifyClientCertIfGiven")
_BCRYPT_LENGTH = 60
_SINCE: dict[str, Version] = {
    "cert": (2, 11, 0),
    "key": (2, 11, 0),
    "client_ca": (2, 11, 0),
    "rate_limit": (2, 16, 0),
}
# An empty tuple accepts any value.
_HEADERS: dict[str, tuple[str, ...]] = {
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
    "Content-Security-Policy": (),
}
_VERSIONS = ("", "TLS10", "TLS11", "TLS12", "TLS13")
_CURVES = frozenset(("CurveP256", "CurveP384", "CurveP521", "X25519"))
_SUITES = frozenset(
    "TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256".split()
) | {
    f"TLS_ECDHE_{key}_WITH_{suite}"
    for key in ("ECDSA", "RSA")
    for suite in (
        "AES_128_CBC_SHA AES_256_CBC_SHA AES_128_GCM_SHA256 AES_256_GCM_SHA384 "
        "CHACHA20_POLY1305_SHA256".split()
    )
}
# Go 1.22 refuses them, and earlier releases accept them.
_OF_OLD_GO = frozenset(
    f"TLS_RSA_WITH_AES_{suite}"
    for suite in ("128_CBC_SHA", "256_CBC_SHA", "128_GCM_SHA256", "256_GCM_SHA384")
)
_BEGINS = {"cert": "-----BEGIN CERTIFICATE-----", "key": " PRIVATE KEY-----"}


class WebConfig(NamedTuple):
    """How an exporter serves: with `tls`, as `file` says; None if the input lacks that file.

    `demands` is what it demands of all clients: CLIENT_CERTIFICATE, PASSWORD or nothing.
    """

    tls: bool | None = False
    file: str = ""
    demands: str = ""


def read_web_config(path: str, invocation: Invocation) -> WebConfig:
    """Return the web configuration at `path`.

    Raises Stopped if the program exits because of it, or may because of a file that it names.
    """
    file = invocation.files.read(path)
    if file.state == ELSEWHERE:
        return WebConfig(None, path)
    if file.state == ABSENT:
        raise exits(MISSING_FILE, path)
    config = read_yaml(file.text)
    config = {} if config is None else config
    if not isinstance(config, dict) or not _FIELDS.issuperset(config):
        raise exits(BAD_FILE, path)
    tls = _mapping(config.get("tls_server_config"), path)
    users = _mapping(config.get("basic_auth_users"), path)
    http = _mapping(config.get("http_server_config"), path)
    given = {str(name): as_text(value) or "" for name, value in tls.items()}
    is_sound = (
        _TLS_FIELDS.issuperset(tls)
        and all(map(_is_hash, users.values()))
        and {"http2", "headers"}.issuperset(http)
        and all(_is_header(*header) for header in _mapping(http.get("headers"), path).items())
        and {"burst", "interval"}.issuperset(_mapping(config.get("rate_limit"), path))
        and given.get("min_version", "") in _VERSIONS
        and given.get("max_version", "") in _VERSIONS
    )
    version = invocation.version
    is_new = version and any(version < _SINCE.get(str(name), version) for name in (*config, *tls))
    if not is_sound or is_new:
        raise exits(BAD_FILE, path)
    speaks_http2 = as_bool(http.get("http2")) is not False
    _check_suites(path, tls, given.get("min_version", ""), speaks_http2=speaks_http2)
    client = given.get("client_auth_type", "")
    demands = PASSWORD if users else ""
    if not client and not any(given.get(name) for name in _DECIDING):
        return WebConfig(False, "", demands)
    _check_tls(path, given, invocation)
    return WebConfig(True, path, CLIENT_CERTIFICATE if client in _DEMANDING else demands)


def read_yaml(text: str) -> object:
    """Return the first document of `text` as data: None for none, {} for null, "" for no YAML."""
    try:
        documents = parse(text)
        found = load(documents[0].root) if documents else None
    except BadInput:
        return ""
    return {} if documents and found is None else found


def _mapping(part: object, path: str) -> dict[object, object]:
    if part is not None and not isinstance(part, dict):
        raise exits(BAD_FILE, path)
    return part or {}


def _check_tls(path: str, given: dict[str, str], invocation: Invocation) -> None:
    client = given.get("client_auth_type", "")
    has_roots = given.get("client_ca") or given.get("client_ca_file")
    is_sound = (
        (given.get("cert") or given.get("cert_file"))
        and (given.get("key") or given.get("key_file"))
        and client in (*_ASKING, *_DEMANDING)
        and not (has_roots and client in ("", "NoClientCert"))
    )
    if not is_sound:
        raise exits(BAD_FILE, path)
    held = {name: text for name in _BEGINS if (text := given.get(name))}
    for name in ("cert_file", "key_file", "client_ca_file"):
        named = given.get(name, "")
        place = named if named.startswith("/") else f"{path.rpartition('/')[0]}/{named}"
        file = read_file(place, invocation) if named else None
        if file and file.state == FOUND:
            held[name] = file.text
    for name, text in held.items():
        if f"{name}_file" not in held and _BEGINS.get(name.removesuffix("_file"), "") not in text:
            raise exits(BAD_FILE, given[name] if name.endswith("_file") else path)


def _check_suites(path: str, tls: dict[object, object], oldest: str, *, speaks_http2: bool) -> None:
    suites = _names(tls.get("cipher_suites"), path)
    curves = _names(tls.get("curve_preferences"), path)
    of_old_go = [each for each in suites if each in _OF_OLD_GO]
    if not _CURVES.issuperset(curves) or not (_SUITES | _OF_OLD_GO).issuperset(suites):
        raise exits(BAD_FILE, path)
    if of_old_go:
        raise unknown(UNKNOWN_TO_SOME, of_old_go[0])
    # HTTP/2 requires one of these, unless the minimum is TLS 1.3.
    if suites and speaks_http2 and oldest != "TLS13" and DEMANDED_SUITES.isdisjoint(suites):
        raise exits(BAD_FILE, path)


def _names(listed: object, path: str) -> list[str]:
    if listed is not None and not isinstance(listed, list):
        raise exits(BAD_FILE, path)
    return [as_text(each) or "" for each in listed or ()]


def _is_header(name: object, value: object) -> bool:
    accepted = _HEADERS.get(str(name))
    return accepted is not None and (not accepted or value in accepted)


def _is_hash(value: object) -> bool:
    text = as_text(value) or ""
    return text.startswith("$2") and len(text) == _BCRYPT_LENGTH
