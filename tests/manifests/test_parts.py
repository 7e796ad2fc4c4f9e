"""A run item by item, compared with a run that reads the stream at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from benchmarks.streams import BROKEN, SOUND, documents, resource_list
from fix_ksm_probes.manifests import reading
from fix_ksm_probes.pipeline import item_by_item, run
from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.report.outputs import OUTPUTS, Output, OutputOptions
from tests.case import INPUT, find_cases
from tests.manifests.streams import MODES, streams

LAWS = settings(derandomize=True, deadline=None, max_examples=150)

_OWNER = "  ownerReferences: [{kind: A, name: b, controller: true}]\n  name: kube"
OWNED = BROKEN.replace("  name: kube", _OWNER, 1)
ON_NODE = BROKEN.replace("      containers:\n", "      hostNetwork: true\n      containers:\n")
SUPPRESSED = SOUND.replace(
    "  annotations:\n", '  annotations:\n    ignore.fix-ksm-probes.dev/Unknown: "so it is"\n', 1
)
ANCHORED = BROKEN.replace("port: 9443\n", "port: &port 9443\n").replace(
    "port: 9091", "port: &p 9091"
)
ALIASED = BROKEN.replace("port: 9091", "port: *p")
# Neither mode but probe-disable and check can repair it.
REFUSED = BROKEN.replace("--host=127.0.0.1", "--host=$(HOST)").replace(
    "- --upstream=http://127.0.0.1:9091/", "- --upstream=unix:///run/x"
)
FRAGMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: kube-state-metrics
spec:
  template:
    spec:
      containers:
      - name: kube-state-metrics
        args: [--port=1]
"""
BESIDE = (
    """\
apiVersion: v1
kind: Service
metadata: {name: ksm, namespace: monitoring}
spec:
  selector: {app.kubernetes.io/name: kube-state-metrics}
  ports:
  - {name: self, port: 9443, targetPort: https-self}
  - {name: odd, port: 1}
  - {name: main, port: 8443, targetPort: https-main}
""",
    """\
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: ksm, namespace: monitoring}
spec:
  selector: {}
  endpoints: [{port: self}, {port: odd}]
""",
    """\
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: watching, namespace: monitoring}
spec:
  selector: {}
  endpoints:
  - {port: main, scheme: https, bearerTokenFile: x, tlsConfig: {insecureSkipVerify: true}}
""",
    """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ksm, namespace: monitoring}
spec: {podSelector: {}, ingress: []}
""",
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: x}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n",
)
# No probe is left that notices a hang.
BLIND = BROKEN.replace("            port: 8443\n", "            port: 9090\n")
ITEMS = (
    BROKEN,
    BLIND,
    SOUND,
    OWNED,
    ON_NODE,
    SUPPRESSED,
    ANCHORED,
    ALIASED,
    REFUSED,
    FRAGMENT,
    *BESIDE,
)


def _run(raw: bytes, long: int, flags: dict[str, object], output: str) -> Output:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reading, "_LONG", long)
        return run(raw, flags, None, OutputOptions(output))


def _check(raw: bytes, flags: dict[str, object], output: str = "manifests") -> bool:
    """Compare the two; return whether one ran item by item."""
    taken, original = [], item_by_item.judge_each

    def judge_each(*given: Any) -> Outcome:
        outcome = original(*given)
        taken.append(outcome)
        return outcome

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(item_by_item, "judge_each", judge_each)
        apart = _run(raw, 0, flags, output)
    whole = _run(raw, len(raw) + 1, flags, output)

    assert apart.stdout == whole.stdout
    assert apart[1:] == whole[1:]
    return bool(taken)


@LAWS
@given(streams(), st.sampled_from(("manifests", "diff")))
def test_whatever_the_stream(raw: bytes, output: str) -> None:
    """Bytes, lines and exit code of misleading streams."""
    event("item by item" if _check(raw, {}, output) else "at once")


@settings(LAWS, max_examples=250)
@given(
    st.lists(st.sampled_from(ITEMS), min_size=2, max_size=6),
    st.sampled_from((resource_list, documents)),
    st.sampled_from((*MODES, "through-proxy")),
    st.sampled_from(OUTPUTS),
)
def test_whatever_the_fleet(items: list[str], listed: object, mode: str, output: str) -> None:
    """With anchors across items, refusals, owners, fragments, and other items that matter."""
    assert callable(listed)
    raw = listed(items, "{}") if listed is resource_list else listed(items)
    is_apart = _check(raw, {"mode": mode}, output)
    event("item by item" if is_apart else "at once")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("listed", [resource_list, documents])
def test_a_fleet_is_taken_item_by_item(listed: Callable[[list[str]], bytes], mode: str) -> None:
    """Other items that matter are no reason to read the stream at once."""
    items = [BROKEN, SOUND, OWNED, FRAGMENT, *BESIDE]

    assert _check(listed(items).replace(b"mode: dedicated-port", f"mode: {mode}".encode()), {})


def test_anchors_across_items_tie_them() -> None:
    """An alias may name another item of a list, but not another document."""
    assert not _check(resource_list([BROKEN, ANCHORED, ALIASED]), {})
    assert not _check(resource_list([BROKEN, ANCHORED]), {})
    assert _check(documents([BROKEN, ANCHORED]), {})


@pytest.mark.parametrize("case", find_cases(), ids=lambda case: case.name)
def test_every_case(case: Path) -> None:
    """In its own mode, in mode check, and as a diff."""
    raw = (case / INPUT).read_bytes()

    _check(raw, {})
    _check(raw, {"failOn": ["warning"], "mode": "check"})
    _check(raw, {}, "diff")
