from __future__ import annotations

from typing import Any

import pytest

from fix_ksm_probes.settings.fields import (
    API_VERSION,
    FIELDS,
    KIND,
    ConfigError,
    Settings,
    Target,
    settle,
)
from fix_ksm_probes.settings.function_config import read_flat, read_function_config
from fix_ksm_probes.yamlpatch import load, parse

ALL_SET = Settings(
    "dedicated-port",
    "all",
    ("livenessProbe", "readinessProbe"),
    Target("ksm", "monitoring", (("team", "a"),)),
    9000,
    "kube-rbac-proxy",
    "example/krp:v1",
    "none",
    network_policy=True,
    bind_loopback=True,
    proxy_first=True,
    add_missing=True,
    alert=True,
    fail_on=("Bypass", "ProbesMissing"),
)


def _custom(spec: Any) -> dict[str, object]:
    return {"apiVersion": API_VERSION, "kind": KIND, "spec": spec}


def _config_map(settings: str) -> object:
    return load(parse(f"apiVersion: v1\nkind: ConfigMap\ndata: {settings}\n")[0].root)


def test_the_three_forms_say_the_same() -> None:
    """A custom kind, a ConfigMap and flags come from one definition."""
    custom = {
        "mode": "dedicated-port",
        "scope": "all",
        "probes": ["readinessProbe", "livenessProbe"],
        "target": {"name": "ksm", "namespace": "monitoring", "labels": {"team": "a"}},
        "dedicatedPort": {
            "port": 9000,
            "answeredBy": "kube-rbac-proxy",
            "image": "example/krp:v1",
            "networkPolicy": True,
        },
        "emit": "none",
        "bindLoopback": True,
        "proxyFirst": True,
        "addMissing": True,
        "alert": True,
        "failOn": ["ProbesMissing", "Bypass"],
    }
    flat = {
        "mode": "dedicated-port",
        "scope": "all",
        "probes": "livenessProbe, readinessProbe",
        "targetName": "ksm",
        "targetNamespace": "monitoring",
        "targetLabels": "team=a",
        "port": "9000",
        "answeredBy": "kube-rbac-proxy",
        "image": "example/krp:v1",
        "emit": "none",
        "networkPolicy": "true",
        "bindLoopback": "true",
        "proxyFirst": "true",
        "addMissing": "true",
        "alert": "true",
        "failOn": "Bypass,ProbesMissing",
    }

    assert ALL_SET == settle(read_function_config(_custom(custom)))
    assert ALL_SET == settle(read_flat(flat, "--"))
    assert flat.keys() == {field.name for field in FIELDS}


@pytest.mark.parametrize(
    "function_config",
    [None, {}, _custom(None), _custom({}), {"apiVersion": "v1", "kind": "ConfigMap"}],
)
def test_no_settings_are_the_defaults(function_config: object) -> None:
    """kpt sends no functionConfig, or a ConfigMap without data."""
    assert Settings() == settle(read_function_config(function_config))


def test_flags_decide_over_the_function_config() -> None:
    """What is typed is meant."""
    config = settle(
        read_function_config(_custom({"mode": "check", "scope": "all"})),
        read_flat({"mode": "dedicated-port"}, "--"),
    )

    assert Settings(mode="dedicated-port", scope="all") == config


def test_config_map_values_are_read_as_written() -> None:
    """kpt leaves `on` and `0755` unquoted; they are the strings that stand there."""
    config = settle(read_function_config(_config_map("{targetName: on, targetNamespace: 0755}")))

    assert Target("on", "0755") == config.target


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"mode": "repair"}, "spec.mode"),
        ({"mode": 1}, "spec.mode"),
        ({"modus": "check"}, "spec.modus"),
        ({"scope": True}, "spec.scope"),
        ({"probes": "livenessProbe"}, "spec.probes"),
        ({"probes": []}, "spec.probes"),
        ({"probes": ["liveness"]}, "spec.probes"),
        ({"target": "ksm"}, "spec.target"),
        ({"target": {"kind": "Deployment"}}, "spec.target.kind"),
        ({"target": {"labels": {"a": 1}}}, "spec.target.labels"),
        ({"dedicatedPort": {"port": 0}}, "spec.dedicatedPort.port"),
        ({"dedicatedPort": {"port": 65536}}, "spec.dedicatedPort.port"),
        ({"dedicatedPort": {"port": "8642"}}, "spec.dedicatedPort.port"),
        ({"dedicatedPort": {"port": True}}, "spec.dedicatedPort.port"),
        ({"dedicatedPort": {"answeredBy": "nobody"}}, "spec.dedicatedPort.answeredBy"),
        ({"dedicatedPort": {"networkPolicy": "yes"}}, "spec.dedicatedPort.networkPolicy"),
        ({"bindLoopback": "true"}, "spec.bindLoopback"),
        ({"proxyFirst": 1}, "spec.proxyFirst"),
        ({"addMissing": []}, "spec.addMissing"),
        ({"failOn": "Bypass"}, "spec.failOn"),
        ({"failOn": ["LoopbackOnly"]}, "spec.failOn"),
        ({"emit": "some"}, "spec.emit"),
        ("dedicated-port", "spec"),
    ],
)
def test_what_is_not_accepted_is_named(spec: object, field: str) -> None:
    """An error names the field and what would be accepted there."""
    with pytest.raises(ConfigError, match="accepted") as caught:
        read_function_config(_custom(spec))

    assert field == caught.value.field


@pytest.mark.parametrize(
    "function_config",
    [
        "text",
        ["list"],
        {"kind": KIND},
        {"apiVersion": "v1", "kind": "Secret"},
        _custom({}) | {"kind": "X"},
    ],
)
def test_another_kind_is_refused_with_those_accepted(function_config: object) -> None:
    """The reader learns both kinds from the error."""
    with pytest.raises(ConfigError, match="accepted"):
        read_function_config(function_config)


@pytest.mark.parametrize(
    "settings",
    [
        "{port: http}",
        "{port: 99999}",
        "{colour: red}",
        "[]",
        "{mode: {}}",
        "{probes: ''}",
        "{alert: yes}",
        "{alert: 'True'}",
        "{failOn: everything}",
    ],
)
def test_a_config_map_is_held_to_the_same_fields(settings: str) -> None:
    """Strings are accepted there, but not every string."""
    with pytest.raises(ConfigError, match="accepted"):
        read_function_config(_config_map(settings))


def test_nothing_may_fail_the_gate() -> None:
    """An empty list is a choice of its own, in every form."""
    forms = (
        _custom({"failOn": []}),
        {"apiVersion": "v1", "kind": "ConfigMap", "data": {"failOn": ""}},
    )

    assert [Settings(fail_on=())] * 2 == [settle(read_function_config(form)) for form in forms]
