"""Apply manifests to a cluster, many at once, and see what its kubelet makes of them."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .cluster import Cluster
from .command import Expectation
from .manifests import (
    CLIENTS,
    SCRAPER,
    STRANGER,
    in_namespace,
    is_stateful,
    metrics_statuses,
    rights,
    surroundings,
)

# The kubelet gives a probe up after three failures, ten seconds apart; it waits 30 s for a stopped
# process to end before it kills it.
_UNREADY_SECONDS = 75
_UNNOTICED_SECONDS = 90
# A StatefulSet that replaces a pod begins at once.
_STUCK_SECONDS = 60
# A loaded machine takes its time: what is waited for is given up when nothing came for so long.
_STALLED_SECONDS = 240
_PAUSE_SECONDS = 2
# Pods that start at once without failing probes for the load that they are; one that takes longer
# than so many seconds makes room for others.
_STARTING = 10
_ROOM_SECONDS = 120
# On a loaded machine a sound container misses its first probes, and may be restarted for it. One
# that fails for good is restarted twice more within that time, as the kubelet waits for longer only
# from the third time on.
_SETTLED_SECONDS = 90
_KSM = "kube-state-metrics"
_TOLD = ("Unhealthy", "Killing")


class Subject(NamedTuple):
    """What is applied to a namespace, and what is expected of it.

    Attributes:
        namespace: a namespace that nobody else uses.
        before: a manifest that is applied first, None for none.
        text: the manifest to look at, its namespace `monitoring`.
        expected: what its verdicts let expect; it says how long to wait for what.

    """

    namespace: str
    before: str | None
    text: str
    expected: Expectation


class Answer(NamedTuple):
    """What came of a request: `token` is the name of the one sent, "" for none."""

    scheme: str
    port: int
    path: str
    token: str
    status: int
    pod_infos: int


class Event(NamedTuple):
    """What the kubelet wrote of a container, the pod's address as ADDRESS."""

    container: str
    reason: str
    message: str
    times: int

    def is_of(self, container: str, probe: str) -> bool:
        """Tell whether it is about this probe: the kubelet begins with `Readiness probe`."""
        kind = probe.removesuffix("Probe").capitalize()
        return self.container == container and self.message.startswith(f"{kind} probe ")


class Seen(NamedTuple):
    """What was seen of a manifest.

    Attributes:
        ready_after: seconds from `kubectl apply` until its pods were Ready; None for never.
        ready: the containers that were ready at least once.
        restarts: how often each container was restarted, until kube-state-metrics was stopped.
        unsettled: the containers that were restarted a short time before.
        events: what the kubelet wrote until then.
        answers: what its ports answered.
        noticed: what the kubelet did about a stopped kube-state-metrics, after how many seconds;
            "" for nothing, None where it was not tried.
        stuck: its StatefulSet did not replace the pod of the manifest before; that was deleted.

    """

    ready_after: float | None
    ready: frozenset[str]
    restarts: Mapping[str, int]
    unsettled: frozenset[str]
    events: Sequence[Event]
    answers: Sequence[Answer]
    noticed: str | None
    stuck: bool


def observe(cluster: Cluster, subjects: Sequence[Subject]) -> dict[str, Seen]:
    """Apply all `subjects` at once; return what was seen of each, by its namespace."""
    watch = Watch(cluster, [each.namespace for each in subjects])
    apply(cluster, [rights(), *(surroundings(s.text, s.namespace) for s in subjects)])
    replaced = [s for s in subjects if s.before is not None]
    if replaced:
        say(f"{len(replaced)} manifests as they are")
        before = {s.namespace: in_namespace(s.before or "", s.namespace) for s in replaced}
        bring(cluster, watch, before, watch.runs)
    say(f"{len(subjects)} manifests")
    by_namespace = {s.namespace: s for s in subjects}
    texts = {each: in_namespace(s.text, each) for each, s in by_namespace.items()}
    bring(cluster, watch, texts, lambda namespace: _is_there(watch, by_namespace[namespace]))
    stuck = _replace_stuck(cluster, watch, replaced)
    told = _settle(cluster, watch, subjects)
    say(f"{sum(watch.ready_after(s.namespace) is not None for s in subjects)} are Ready")
    ready = {s.namespace for s in subjects if watch.ready_after(s.namespace) is not None}
    before_stop = {s.namespace: watch.restarts(s.namespace) for s in subjects}
    unsettled = {s.namespace: watch.unsettled(s.namespace) for s in subjects}
    _renew(cluster, watch, subjects)
    answers = _ask(cluster, watch, subjects)
    steady = [s for s in subjects if s.namespace in ready and not s.expected.restarted]
    noticed = _stop(cluster, watch, steady)
    seen = {
        s.namespace: Seen(
            watch.ready_after(s.namespace),
            watch.ready[s.namespace],
            before_stop[s.namespace],
            unsettled[s.namespace],
            told[s.namespace],
            answers[s.namespace],
            noticed.get(s.namespace),
            s.namespace in stuck,
        )
        for s in subjects
    }
    _remove(cluster, watch)
    return seen


class Watch:
    """The pods of namespaces, looked at again and again."""

    def __init__(self, cluster: Cluster, namespaces: Iterable[str]) -> None:
        self._cluster = cluster
        self._old: set[str] = set()
        self._ready_after: dict[str, float] = {}
        self._restarted: dict[tuple[str, str], tuple[int, float]] = {}
        self.pods: dict[str, list[dict[str, Any]]] = {each: [] for each in namespaces}
        self._begun = dict.fromkeys(self.pods, time.monotonic())
        self.ready: dict[str, frozenset[str]] = dict.fromkeys(self.pods, frozenset())
        self.ending = 0

    def begin(self, namespace: str) -> None:
        """Count from now on, and only what is not there yet."""
        self._begun[namespace] = time.monotonic()
        self._old |= {pod["metadata"]["uid"] for pod in self.pods[namespace]}
        self._ready_after.pop(namespace, None)
        self._restarted = {at: each for at, each in self._restarted.items() if at[0] != namespace}
        self.ready[namespace] = frozenset()

    def since(self, namespace: str) -> float:
        """Return for how many seconds it has been counted."""
        return time.monotonic() - self._begun[namespace]

    def look(self) -> None:
        """Look once."""
        found: dict[str, list[dict[str, Any]]] = {each: [] for each in self.pods}
        self.ending = 0
        for pod in self._cluster.get("pods", "--all-namespaces"):
            namespace = pod["metadata"]["namespace"]
            if namespace not in found:
                continue
            if "deletionTimestamp" in pod["metadata"]:
                self.ending += 1
            else:
                found[namespace].append(pod)
        self.pods = found
        for namespace, pods in found.items():
            fresh = [pod for pod in pods if pod["metadata"]["uid"] not in self._old]
            self.ready[namespace] |= {
                status["name"] for pod in fresh for status in _statuses(pod) if status["ready"]
            }
            for name, restarts in self.restarts(namespace).items():
                if self._restarted.get((namespace, name), (0, 0))[0] != restarts:
                    self._restarted[namespace, name] = restarts, time.monotonic()
            if fresh and len(fresh) == len(pods) and all(map(_is_ready, fresh)):
                self._ready_after.setdefault(namespace, self.since(namespace))

    def until(self, to_come: Callable[[], int], at_least: float = 0) -> None:
        """Look until nothing is `to_come`, or nothing came for long; at least so many seconds."""
        begin = moved = time.monotonic()
        fewest: int | None = None
        while True:
            self.look()
            left, now = to_come(), time.monotonic()
            if fewest is None or left < fewest:
                fewest, moved = left, now
            is_over = not left or now - moved > _STALLED_SECONDS
            if is_over and now - begin >= at_least:
                return
            time.sleep(_PAUSE_SECONDS)

    def runs(self, namespace: str) -> bool:
        """Tell whether every container of the namespace has been started."""
        pods = self.pods[namespace]
        return bool(pods) and all(
            len(_statuses(pod)) == len(_containers(pod))
            and all("waiting" not in status["state"] for status in _statuses(pod))
            for pod in pods
        )

    def old(self, namespace: str) -> list[str]:
        """Return the names of the pods that should have been replaced."""
        return [
            pod["metadata"]["name"]
            for pod in self.pods[namespace]
            if pod["metadata"]["uid"] in self._old
        ]

    def fresh(self, namespace: str) -> list[dict[str, Any]]:
        """Return the pods that were not there at the start."""
        return [pod for pod in self.pods[namespace] if pod["metadata"]["uid"] not in self._old]

    def addresses(self, namespace: str) -> dict[str, str]:
        """Return the addresses of the new pods of the namespace, by their uids."""
        return {
            pod["metadata"]["uid"]: pod["status"].get("podIP", "") for pod in self.fresh(namespace)
        }

    def ready_after(self, namespace: str) -> float | None:
        """Return after how many seconds all pods of the namespace were new and Ready."""
        return self._ready_after.get(namespace)

    def restarts(self, namespace: str) -> dict[str, int]:
        """Return how often each container of the new pods was restarted, without those at 0."""
        return {
            status["name"]: status["restartCount"]
            for pod in self.fresh(namespace)
            for status in _statuses(pod)
            if status["restartCount"]
        }

    def unsettled(self, namespace: str) -> frozenset[str]:
        """Return the containers of the new pods that were restarted a short time ago."""
        since = time.monotonic() - _SETTLED_SECONDS
        return frozenset(
            name
            for (of, name), (_, at) in self._restarted.items()
            if of == namespace and at > since
        )

    def is_ready(self, namespace: str) -> bool:
        """Tell whether all pods of the namespace are Ready now."""
        return all(map(_is_ready, self.pods[namespace]))


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _statuses(pod: Mapping[str, Any]) -> list[dict[str, Any]]:
    status = pod["status"]
    return [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]


def _containers(pod: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]


def apply(cluster: Cluster, texts: Iterable[str]) -> None:
    """Apply `texts` at once."""
    cluster.kubectl("apply", "--filename=-", given="\n---\n".join(texts))


def bring(
    cluster: Cluster, watch: Watch, texts: Mapping[str, str], is_there: Callable[[str], bool]
) -> None:
    """Apply `texts`, by their namespaces: a few at once, the next when one of those is there."""
    waiting, coming = list(texts), list[str]()

    def to_come() -> int:
        coming[:] = [
            each for each in coming if not is_there(each) and watch.since(each) < _ROOM_SECONDS
        ]
        few = waiting[: _STARTING - len(coming)]
        if few:
            del waiting[: len(few)]
            coming.extend(few)
            for namespace in few:
                watch.begin(namespace)
            apply(cluster, [texts[each] for each in few])
        return len(waiting) + len(coming)

    watch.until(to_come)


def _is_there(watch: Watch, subject: Subject) -> bool:
    # What comes of it is looked into later.
    if subject.expected.stuck:
        return True
    if subject.expected.is_ready:
        return watch.ready_after(subject.namespace) is not None
    return bool(watch.fresh(subject.namespace)) and watch.runs(subject.namespace)


def _settle(cluster: Cluster, watch: Watch, subjects: Sequence[Subject]) -> dict[str, list[Event]]:
    """Wait for what is expected, and long enough for what is not; return what the kubelet wrote."""
    told: dict[str, list[Event]] = {}

    def to_come() -> int:
        unsettled = [s for s in subjects if not _is_as_expected(watch, s)]
        told.update(events(cluster, watch))
        silent = [
            at
            for s in subjects
            for at in s.expected.asked
            if not any(event.is_of(*at) for event in told[s.namespace])
        ]
        return len(unsettled) + len(silent)

    all_ready = all(s.expected.is_ready for s in subjects)
    watch.until(to_come, at_least=0 if all_ready else _UNREADY_SECONDS)
    return told


def _is_as_expected(watch: Watch, subject: Subject) -> bool:
    namespace, expected = subject.namespace, subject.expected
    return (
        (watch.ready_after(namespace) is not None or not expected.is_ready)
        and expected.restarted <= set(watch.restarts(namespace))
        and watch.unsettled(namespace) <= expected.restarted
    )


def _replace_stuck(cluster: Cluster, watch: Watch, subjects: Sequence[Subject]) -> frozenset[str]:
    """Delete the pods that their StatefulSets do not replace; return the namespaces of those.

    A StatefulSet waits for a broken pod to become Ready before it brings a repaired one.
    """
    stateful = [s.namespace for s in subjects if is_stateful(s.text)]
    begin = time.monotonic()

    def to_come() -> int:
        late = time.monotonic() - begin > _STUCK_SECONDS
        return 0 if late else sum(map(bool, map(watch.old, stateful)))

    if stateful:
        watch.until(to_come)
    stuck = {each: watch.old(each) for each in stateful if watch.old(each)}
    for namespace, names in stuck.items():
        cluster.kubectl("delete", "pod", f"--namespace={namespace}", "--wait=false", *names)
    return frozenset(stuck)


def events(cluster: Cluster, watch: Watch) -> dict[str, list[Event]]:
    """Return what the kubelet wrote of the new pods of each namespace."""
    addresses = {
        (namespace, pod["metadata"]["name"]): pod["status"].get("podIP", "")
        for namespace in watch.pods
        for pod in watch.fresh(namespace)
    }
    told: dict[str, list[Event]] = {namespace: [] for namespace in watch.pods}
    for each in cluster.get("events", "--all-namespaces"):
        about = each["involvedObject"]
        key = about.get("namespace", ""), about["name"]
        if key in addresses and each["reason"] in _TOLD:
            container = about.get("fieldPath", "").partition("{")[2].rstrip("}")
            message = each["message"].replace(addresses[key] or "\0", "ADDRESS")
            told[key[0]].append(Event(container, each["reason"], message, each.get("count", 1)))
    return told


def _renew(cluster: Cluster, watch: Watch, subjects: Sequence[Subject]) -> None:
    """Replace the pods of those that are restarted again and again, and answer in between.

    The kubelet waits twice as long before each restart, up to five minutes; a new pod starts now.
    """
    for subject in subjects:
        if subject.expected.restarted and watch.ready_after(subject.namespace) is None:
            of = f"--namespace={subject.namespace}"
            cluster.kubectl("delete", "pod", "--all", of, "--wait=false", "--grace-period=1")


def _ask(
    cluster: Cluster, watch: Watch, subjects: Sequence[Subject]
) -> dict[str, tuple[Answer, ...]]:
    """Ask the ports of all new pods without a token, and /metrics with those of two accounts."""
    accounts = {each: _token(cluster, each) for each in (SCRAPER, STRANGER)}
    found: dict[str, tuple[Answer, ...]] = {}

    def to_come() -> int:
        missing = [s for s in subjects if not _is_answered(watch, s, found.get(s.namespace, ()))]
        for namespace in (s.namespace for s in missing):
            order = {"pods": watch.addresses(namespace), "tokens": {"": ""} | accounts}
            answers = on_node(cluster, "ask", order).values()
            found[namespace] = tuple(Answer(*each) for of_pod in answers for each in of_pod)
        return sum(not _is_answered(watch, s, found[s.namespace]) for s in missing)

    watch.until(to_come)
    return found


def _is_answered(watch: Watch, subject: Subject, answers: Sequence[Answer]) -> bool:
    """Tell whether a subject answers as one does that has started and listed the pods."""
    if not answers:
        return False
    asked = [each for each in answers if each.path == "/metrics"]
    if watch.ready_after(subject.namespace) is None:
        # One that is restarted again and again answers only in between.
        if subject.expected.open_metrics:
            return any(each.status == 200 and not each.token for each in asked)
        return watch.runs(subject.namespace)
    wanted = metrics_statuses(subject.text)
    got: dict[int, dict[str, int]] = {port: {} for port in wanted}
    for each in asked:
        if each.scheme == "https" and each.port in got:
            got[each.port][each.token] = each.status
    is_given = any(200 in statuses.values() for statuses in wanted.values())
    infos = any(each.pod_infos for each in asked)
    return got == wanted and infos == (subject.expected.open_metrics or is_given)


def _token(cluster: Cluster, account: str) -> str:
    return cluster.kubectl("create", "token", account, f"--namespace={CLIENTS}").strip()


def _stop(cluster: Cluster, watch: Watch, subjects: Sequence[Subject]) -> dict[str, str]:
    """Stop kube-state-metrics everywhere, and see who notices."""
    if not subjects:
        return {}
    before = {s.namespace: watch.restarts(s.namespace).get(_KSM, 0) for s in subjects}
    uids = [pod["metadata"]["uid"] for s in subjects for pod in watch.fresh(s.namespace)]
    order = {"uids": uids, "program": f"/{_KSM}", "signal": "SIGSTOP"}
    sent = on_node(cluster, "signal", order)
    if set(sent.values()) != {1}:
        raise RuntimeError(f"not one kube-state-metrics in each pod: {sent}")
    start = time.monotonic()
    noticed: dict[str, str] = {}

    def is_restarted(namespace: str) -> bool:
        return watch.restarts(namespace).get(_KSM, 0) > before[namespace]

    def to_come() -> int:
        after = round(time.monotonic() - start)
        for namespace in before.keys() - noticed.keys():
            if is_restarted(namespace):
                noticed[namespace] = f"restarted after {after} s"
            elif not watch.is_ready(namespace):
                noticed[namespace] = f"not Ready after {after} s"
        return sum(s.namespace not in noticed for s in subjects if s.expected.notices)

    watch.until(to_come, at_least=_UNNOTICED_SECONDS)
    for namespace in list(noticed):
        # On a loaded machine a probe of the proxy alone may fail for a moment, too.
        if watch.is_ready(namespace) and not is_restarted(namespace):
            del noticed[namespace]
    say(f"{len(noticed)} of {len(subjects)} noticed that kube-state-metrics was stopped")
    return {s.namespace: noticed.get(s.namespace, "") for s in subjects}


def on_node(cluster: Cluster, command: str, order: Mapping[str, Any]) -> Any:
    """Return what `on_node.py` answers.

    Raises:
        RuntimeError: it failed.

    """
    module = f"{__package__}.on_node"
    done = cluster.run(sys.executable, "-m", module, command, given=json.dumps(order))
    if done.returncode:
        raise RuntimeError(f"{module} {command}: {done.stderr}")
    return json.loads(done.stdout)


def _remove(cluster: Cluster, watch: Watch) -> None:
    namespaces = list(watch.pods)
    bindings = [f"{each}-{_KSM}" for each in namespaces]
    cluster.kubectl("delete", "clusterrolebinding", "--wait=false", *bindings)
    cluster.kubectl("delete", "namespace", "--wait=false", *namespaces)
    for namespace in namespaces:
        force = ("--all", "--force", "--grace-period=0", "--wait=false")
        cluster.run("kubectl", "delete", "pods", f"-n={namespace}", *force)
    # What is still ending would slow down what starts next.
    watch.until(lambda: watch.ending)


def say(what: str) -> None:
    """Write what goes on to stderr, with the time."""
    sys.stderr.write(f"{time.strftime('%X')} {what}\n")
