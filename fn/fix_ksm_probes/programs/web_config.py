"""The file that says how an exporter serves: web configuration of Prometheus' exporter-toolkit.

From its sources, 0.10 to 0.17 (web/tls_config.go, web/handler.go), and measured.
"""

from __future__ import annotations

from fix_ksm_probes.manifests.files import ABSENT, ELSEWHERE, Files
from fix_ksm_probes.programs.listeners import (
    BAD_FILE,
    CLIENT_CERTIFICATE,
    MISSING_FILE,
    PASSWORD,
    ListenAnalysis,
)
from fix_ksm_probes.yamlpatch import BadInput, load, parse
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.scalars import as_text

_FIELDS = frozenset(("tls_server_config", "http_server_config", "rate_limit", "basic_auth_users"))
_TLS_FIELDS = frozenset(
    "cert key cert_file key_file client_auth_type client_ca client_ca_file client_allowed_sans "
    "cipher_suites curve_preferences min_version max_version prefer_server_cipher_suites".split()
)
# Without any of these, TLS is off.
_DECIDING = ("cert", "key", "cert_file", "key_file", "client_ca", "client_ca_file")
_DEMANDING = ("RequireAnyClientCert", "RequireClientCert", "RequireAndVerifyClientCert")
_ASKING = ("", "NoClientCert", "RequestClientCert", "VerifyClientCertIfGiven")
_BCRYPT_LENGTH = 60


class WebConfig(NamedTuple):
    """How an exporter serves: `tls` is None where `file`, which is not there, decides it.

    `demands` is what it demands of everybody: CLIENT_CERTIFICATE, PASSWORD or nothing.
    """

    tls: bool | None = False
    file: str = ""
    demands: str = ""


def read_web_config(path: str, files: Files) -> WebConfig | ListenAnalysis:
    """Return what the web configuration at `path` says, or that it ends the exporter."""
    file = files.read(path)
    if file.state == ELSEWHERE:
        return WebConfig(None, path)
    if file.state == ABSENT:
        return ListenAnalysis(exits=MISSING_FILE, culprit=path)
    config = read_yaml(file.text)
    config = {} if config is None else config
    tls = config.get("tls_server_config") if isinstance(config, dict) else None
    users = config.get("basic_auth_users") if isinstance(config, dict) else None
    is_config = isinstance(config, dict) and _FIELDS.issuperset(config)
    parts = [part for part in (tls, users) if part is not None]
    if not is_config or not all(isinstance(part, dict) for part in parts):
        return ListenAnalysis(exits=BAD_FILE, culprit=path)
    demands = PASSWORD if users else ""
    if isinstance(users, dict) and not all(map(_is_hash, users.values())):
        return ListenAnalysis(exits=BAD_FILE, culprit=path)
    if not isinstance(tls, dict):
        return WebConfig(False, "", demands)
    if not _TLS_FIELDS.issuperset(tls):
        return ListenAnalysis(exits=BAD_FILE, culprit=path)
    given = {name: as_text(value) or "" for name, value in tls.items()}
    client = given.get("client_auth_type", "")
    if not client and not any(given.get(name) for name in _DECIDING):
        return WebConfig(False, "", demands)
    return _served_with_tls(path, given, files) or WebConfig(
        True, "", CLIENT_CERTIFICATE if client in _DEMANDING else demands
    )


def read_yaml(text: str) -> object:
    """Return the first document of `text` as data: None for none, {} for null, "" for no YAML."""
    try:
        documents = parse(text)
        found = load(documents[0].root) if documents else None
    except BadInput:
        return ""
    return {} if documents and found is None else found


def _served_with_tls(path: str, given: dict[object, str], files: Files) -> ListenAnalysis | None:
    client = given.get("client_auth_type", "")
    has_roots = bool(given.get("client_ca") or given.get("client_ca_file"))
    is_sound = (
        bool(given.get("cert") or given.get("cert_file"))
        and bool(given.get("key") or given.get("key_file"))
        and client in (*_ASKING, *_DEMANDING)
        and not (has_roots and client in ("", "NoClientCert"))
    )
    if not is_sound:
        return ListenAnalysis(exits=BAD_FILE, culprit=path)
    for name in ("cert_file", "key_file", "client_ca_file"):
        named = given.get(name, "")
        place = named if named.startswith("/") else f"{path.rpartition('/')[0]}/{named}"
        if named and files.read(place).state == ABSENT:
            return ListenAnalysis(exits=MISSING_FILE, culprit=place)
    return None


def _is_hash(value: object) -> bool:
    text = as_text(value) or ""
    return text.startswith("$2") and len(text) == _BCRYPT_LENGTH
