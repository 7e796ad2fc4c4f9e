"""A new program needs only its entry in the registry."""

from __future__ import annotations

import pytest

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.programs import registry
from fix_ksm_probes.programs.command_line import GO_FLAG, KINGPIN, PFLAG, FlagSet
from fix_ksm_probes.programs.listeners import (
    HEALTH,
    METRICS,
    MISSING,
    ListenAnalysis,
    Listener,
    RouteTable,
    Version,
    read_address,
)
from fix_ksm_probes.programs.program import Invocation, Program

ROUTES = RouteTable((("/series", METRICS), ("/alive", HEALTH)), MISSING)

# Each package reads flags as the others do not: one dash, a switch with `no-`, a shorthand.
SPELLINGS = {
    PFLAG: '["-v", "--listen", "0.0.0.0:9300"]',
    GO_FLAG: '["-quiet", "-listen", "0.0.0.0:9300"]',
    KINGPIN: '["--no-quiet", "--listen=0.0.0.0:9300"]',
}

POD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: something-else
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: tides
spec:
  template:
    spec:
      containers:
        - name: tides
          image: example.org/tide-exporter:v3.1.0
          args: {args}
          readinessProbe:
            httpGet:
              path: /alive
              port: 8443
        - name: proxy
          image: example.org/kube-rbac-proxy:v0.18.0
          args:
            - --secure-listen-address=:8443
            - --upstream=http://127.0.0.1:9300/
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: something-else-again
"""


def _flag_set(style: str) -> FlagSet:
    return FlagSet(frozenset(("listen",)), frozenset(("quiet",)), frozenset(("-l",)), style=style)


def _program(style: str) -> Program:
    flag_set = _flag_set(style)

    def listen(invocation: Invocation) -> ListenAnalysis:
        flag = invocation.read(flag_set).last("listen")
        host, _, port = (flag.value if flag else ":80").rpartition(":")
        source = flag.argument.pointer if flag else invocation.container.pointer
        listener = Listener(
            invocation.place,
            "tide-exporter",
            "web",
            read_address(host),
            int(port),
            tls=False,
            route_tables=(ROUTES,),
            proxy=None,
            source=source,
        )
        return ListenAnalysis((listener,))

    def health_path(_listener: str, _version: Version | None) -> str:
        return "/alive"

    return Program(
        "tide-exporter",
        majors=(3,),
        repositories=("tides/tide-exporter",),
        newest=(3, 1, 0),
        bare_since=(3, 0, 0),
        binary="/NAME",
        flag_set=flag_set,
        listen=listen,
        health_path=health_path,
        health_listener=lambda _kind, _version: "web",
        main="web",
        binding=lambda listener, address: ("listen", f"{address}:{listener.port}"),
    )


@pytest.fixture(params=SPELLINGS)
def manifest(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return a pod of a program that is registered while the test runs."""
    style: str = request.param
    monkeypatch.setattr(registry, "PROGRAMS", (*registry.PROGRAMS, _program(style)))
    return POD.replace("{args}", SPELLINGS[style]).encode()


def _repaired(manifest: bytes, **flags: object) -> str:
    return run(manifest, flags).stdout.decode()


def test_without_its_entry_it_is_passed_by() -> None:
    """A program that is not registered is not judged."""
    manifest = POD.replace("{args}", SPELLINGS[PFLAG])
    assert _repaired(manifest.encode()) == manifest


def test_a_failing_probe_is_removed(manifest: bytes) -> None:
    """It is found, although other items are left out of the parse, and its probe is judged."""
    assert "readinessProbe" not in _repaired(manifest)


def test_a_probe_goes_through_its_proxy(manifest: bytes) -> None:
    """The proxy lets its health path through."""
    repaired = _repaired(manifest, mode="through-proxy")
    assert "--ignore-paths=/alive" in repaired
    assert "scheme: HTTPS" in repaired


def test_a_health_port_asks_it(manifest: bytes) -> None:
    """The health port leads to its listener."""
    repaired = _repaired(manifest, mode="dedicated-port")
    assert "--upstream=http://127.0.0.1:9300/" in repaired.partition("health-web")[2]
    assert "--ignore-paths=/alive" in repaired


def test_it_is_bound_to_loopback(manifest: bytes) -> None:
    """Its own flag closes its listener."""
    repaired = _repaired(manifest, mode="through-proxy", bindLoopback=True)
    assert "127.0.0.1:9300" in repaired.partition("proxy")[0]


def test_it_gets_the_probes_that_it_lacks(manifest: bytes) -> None:
    """Probes are added with its own health path."""
    repaired = _repaired(manifest, mode="through-proxy", addMissing=True)
    assert repaired.count("path: /alive") == 3
