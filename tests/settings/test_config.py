from __future__ import annotations

from typing import Any

import pytest

from fix_ksm_probes.settings.fields import (
    API_VERSION,
    FIELDS,
    KIND,
    Settings,
    settle,
)
from fix_ksm_probes.settings.function_config import read_flat, read_function_config
from fix_ksm_probes.settings.kinds import ConfigError
from fix_ksm_probes.yamlpatch import load, parse

ALL_SET = Settings(
    mode="dedicated-port",
    scope="all",
    probes=("livenessProbe", "readinessProbe"),
    target_name="ksm",
    target_namespace="monitoring",
    target_labels=(("team", "a"),),
    port=9000,
    answered_by="kube-rbac-proxy",
    image="example/krp:v1",
    network_policy=True,
    bind_loopback=True,
    proxy_first=True,
    add_missing=True,
    fix_scrapes=True,
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
        "bindLoopback": True,
        "proxyFirst": True,
        "addMissing": True,
        "fixScrapes": True,
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
        "networkPolicy": "true",
        "bindLoopback": "true",
        "proxyFirst": "true",
        "addMissing": "true",
        "fixScrapes": "true",
    }

    assert ALL_SET == settle(read_function_config(_custom(custom)))
    assert ALL_SET == settle(read_flat(flat, "--"))
    assert {field.name for field in FIELDS} - flat.keys() == {"alert", "failOn", "emit"}


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

    assert ("on", "0755") == (config.target_name, config.target_namespace)


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
        ({"failOn": ["Loopback"]}, "spec.failOn"),
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
        "{targetLabels: team}",
        "{targetLabels: 'team==a'}",
        "{targetLabels: 'team!=a'}",
        "{targetLabels: '=a'}",
        "{targetLabels: 'team in (a, b)'}",
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

    assert [()] * 2 == [
        settle({"mode": "check"}, read_function_config(form)).fail_on for form in forms
    ]


OTHER_VALUES = {
    "scope": "all",
    "port": "9000",
    "answeredBy": "kube-rbac-proxy",
    "image": "example/krp:v1",
    "networkPolicy": "true",
    "bindLoopback": "true",
    "proxyFirst": "true",
    "addMissing": "true",
    "alert": "true",
    "fixScrapes": "true",
    "failOn": "Unknown",
    "emit": "none",
}
MISUSED = [
    (field.name, mode)
    for field in FIELDS
    for mode in FIELDS[0].choices
    if field.modes and mode not in field.modes
]


def _flat(**settings: str) -> dict[str, object]:
    return read_flat(settings, "--")


@pytest.mark.parametrize(("name", "mode"), MISUSED)
def test_a_setting_without_effect_is_refused(name: str, mode: str) -> None:
    """The error has the name as it was typed, the mode, and those that can use it."""
    (field,) = (each for each in FIELDS if each.name == name)
    with pytest.raises(ConfigError) as caught:
        settle(_flat(mode=mode, **{name: OTHER_VALUES[name]}), typed={name: f"--{name}"})

    assert caught.value.field == f"--{name}"
    assert f"mode {mode} cannot use it" in str(caught.value)
    assert all(each in str(caught.value) for each in field.modes)


@pytest.mark.parametrize(("name", "mode"), MISUSED)
def test_its_default_is_fine_in_any_mode(name: str, mode: str) -> None:
    """One functionConfig with all fields may serve a mutator and a validator."""
    (field,) = (each for each in FIELDS if each.name == name)

    assert settle(_flat(mode=mode, **{name: field.shown_default})) == Settings(mode=mode)


def test_every_setting_but_those_of_all_modes_is_tried() -> None:
    """A new one brings the value to try it with."""
    assert OTHER_VALUES.keys() == {field.name for field in FIELDS if field.modes}


def test_the_port_is_used_beside_proxy_first() -> None:
    """Proxies that are asked first need a port in any mode that repairs."""
    settle(_flat(mode="through-proxy", port="9000", proxyFirst="true"))

    with pytest.raises(ConfigError, match="with proxyFirst"):
        settle(_flat(mode="through-proxy", port="9000"))


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (_custom({"mode": "disable"}), "did you mean probe-disable?"),
        (_custom({"answeredBy": "kube-rbac-proxy"}), "spec.dedicatedPort.answeredBy"),
        (_custom({"dedicatedport": {}}), "did you mean dedicatedPort?"),
        (_custom({"targetName": "ksm"}), "spec.target.name"),
        (_custom({"failOn": ["bypass"]}), "did you mean Bypass?"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "data": {"prot": "1"}}, "did you mean port?"),
    ],
)
def test_what_is_mistyped_is_guessed(config: object, told: str) -> None:
    """By the nearest word, or by the place where it belongs."""
    with pytest.raises(ConfigError) as caught:
        read_function_config(config)

    assert told in str(caught.value)
