"""The web configuration file of Prometheus' exporter-toolkit, which decides TLS and credentials.

From its sources, 0.10 to 0.17 (web/tls_config.go, web/handler.go), and measured.
"""

from __future__ import annotations

from fix_ksm_probes.manifests.files import ABSENT, ELSEWHERE
from fix_ksm_probes.programs.listeners import (
    BAD_FILE,
    CLIENT_CERTIFICATE,
    MISSING_FILE,
    PASSWORD,
    exits,
)
from fix_ksm_probes.programs.program import Invocation
from fix_ksm_probes.programs.releases import read_file
from fix_ksm_probes.yamlpatch import BadInput, NamedTuple, load, parse
from fix_ksm_probes.yamlpatch.scalars import as_text

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
    given = {str(name): as_text(value) or "" for name, value in tls.items()}
    if not _TLS_FIELDS.issuperset(tls) or not all(map(_is_hash, users.values())):
        raise exits(BAD_FILE, path)
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
    for name in ("cert_file", "key_file", "client_ca_file"):
        named = given.get(name, "")
        place = named if named.startswith("/") else f"{path.rpartition('/')[0]}/{named}"
        if named:
            read_file(place, invocation)


def _is_hash(value: object) -> bool:
    text = as_text(value) or ""
    return text.startswith("$2") and len(text) == _BCRYPT_LENGTH
