"""Ports that no machine has and chains that no stack holds get an answer, not a traceback."""

from __future__ import annotations

import pytest

from fix_ksm_probes.pipeline import run
from tests.broken import HEAD, OURS, PROBE
from tests.case import split_results

_NINES = "9" * 5000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("port: 8080", f"port: 0x{_NINES}"),
        ("port: 8080", f"port: 0{'7' * 5000}"),
        ("port: 8080", f"port: '{_NINES}'"),
        ("port: 8080", "port: '\uff18\uff10\uff18\uff10'"),
    ],
)
def test_a_port_that_no_machine_has_is_no_port(old: str, new: str) -> None:
    """Python does not write numbers of thousands of digits, and Go does not read them."""
    output = run((HEAD + OURS.replace(old, new)).encode(), {})

    items, results = split_results(output.stdout)
    assert items.decode() == HEAD + OURS.replace(PROBE, "")
    assert [result["tags"] for result in results] == [
        {"reason": "PortNameUndefined", "probe": "livenessProbe"}
        | {"container": "kube-state-metrics", "mode": "probe-disable"}
    ]


def test_a_number_that_no_api_server_takes_is_left() -> None:
    """The port of a gRPC probe is a number, so it cannot be the name of a port."""
    ours = OURS.replace("httpGet: {path: /livez, port: 8080}", f"grpc: {{port: 0x{_NINES}}}")

    items, results = split_results(run((HEAD + ours).encode(), {}).stdout)

    assert items.decode() == HEAD + ours
    assert [result["tags"]["reason"] for result in results] == ["Unknown"]  # type: ignore[index]


@pytest.mark.parametrize("flag", ["--secure-listen-address=:", "--upstream=http://127.0.0.1:"])
def test_a_flag_may_name_a_port_of_thousands_of_digits(flag: str) -> None:
    """The proxy does not start, or its upstream does not exist."""
    proxy = (
        "        - name: kube-rbac-proxy\n"
        "          image: quay.io/brancz/kube-rbac-proxy:v0.19.1\n"
        f"          args: [--secure-listen-address=:8443, --ignore-paths=/, '{flag}{_NINES}']\n"
        "          livenessProbe: {httpGet: {path: /, port: 8443, scheme: HTTPS}}\n"
    )

    results = split_results(run((HEAD + OURS + proxy).encode(), {}).stdout)[1]

    reasons = [result["tags"]["reason"] for result in results]  # type: ignore[index]
    assert reasons == ["LoopbackOnly", "NoListener"]


@pytest.mark.parametrize("merged", ["*a{}", "[*a{}]"])
def test_merges_within_merges_are_no_deeper_than_the_stack(merged: str) -> None:
    """Up to 200 levels are loaded; more are an error that names the limit."""

    def chain(length: int) -> bytes:
        links = (f", &a{i} {{<<: {merged.format(i - 1)}}}" for i in range(1, length))
        return f"{HEAD}{OURS}  more: [&a0 {{a: 1}}{''.join(links)}]\n".encode()

    assert run(chain(190), {}).exit_code == 0
    assert "nest deeper than 200" in run(chain(210), {}).stderr[0]
