"""The catalogue: all there is to say about each reason, in one entry.

Tables and pages of the docs, `--rule`, SARIF rules, `failOn` and the severity of results are made
from it. Texts are Markdown without links; a paragraph is one line.
"""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

ERROR = "error"
WARNING = "warning"
INFO = "info"
SEVERITIES = (ERROR, WARNING, INFO)

PORT_NAME_UNDEFINED = "PortNameUndefined"
COMMAND_MISSING = "CommandMissing"
NO_LISTENER = "NoListener"
LOOPBACK_ONLY = "LoopbackOnly"
SCHEME_MISMATCH = "SchemeMismatch"
UNAUTHORIZED = "Unauthorized"
PATH_NOT_ALLOWED = "PathNotAllowed"
PATH_NOT_SERVED = "PathNotServed"
UNKNOWN = "Unknown"
VACUOUS = "Vacuous"

# What keeps a pod that is Ready from being sound.
BYPASS = "Bypass"
PROXY_MISSING = "ProxyMissing"
HEALTH_PORT_OPEN = "HealthPortOpen"
PROXY_NOT_FIRST = "ProxyNotFirst"
PROBES_MISSING = "ProbesMissing"
PORT_TAKEN = "PortTaken"
API_SERVER_OUTAGE = "ApiServerOutage"
PROXY_MAY_NOT_ASK = "ProxyMayNotAsk"
SCRAPE_FAILS = "ScrapeFails"
SCRAPE_UNKNOWN = "ScrapeUnknown"
PERMISSION_NEEDED = "PermissionNeeded"
GAPS = (
    BYPASS,
    PROXY_MISSING,
    HEALTH_PORT_OPEN,
    PORT_TAKEN,
    PROXY_NOT_FIRST,
    PROBES_MISSING,
    API_SERVER_OUTAGE,
    PROXY_MAY_NOT_ASK,
    SCRAPE_FAILS,
    SCRAPE_UNKNOWN,
    PERMISSION_NEEDED,
)

NO_WORKLOAD = "NoWorkload"
UNUSED_SUPPRESSION = "UnusedSuppression"


class Rule(NamedTuple):
    """One reason.

    `severity` is that of a finding which stays as it is; in mode check `failOn` raises it to an
    error. `remedy` says in one sentence what to do, `modes` what each mode does about it, and
    `option` is the setting that puts it right, empty where a mode does or nothing can. `clause` is
    what a probe meets that fails for it; analysis/wording.py fills in what stands in braces.
    """

    id: str
    severity: str
    meaning: str
    explanation: tuple[str, ...]
    remedy: str
    modes: tuple[tuple[str, str], ...]
    option: str = ""
    clause: str = ""


_CATALOGUE = (
    Rule(
        PORT_NAME_UNDEFINED,
        ERROR,
        "The probe names a port that its own container does not declare",
        (
            "The kubelet looks up a port name in the `ports` of the container that has the probe, "
            "and in no other container of the pod. Charts 6.3.0 and 8.4.0 give the names `http` "
            "and `metrics` to the proxies, and the probes of kube-state-metrics still ask for "
            "them.",
            "This failure is hard to see: the kubelet counts its own error neither as a success "
            "nor as a failure. A `readinessProbe` never succeeds, a `startupProbe` neither "
            "succeeds nor restarts the container, and a `livenessProbe` never restarts it, even "
            "when it is dead.",
        ),
        "Ask for the port by its number, or let mode dedicated-port or through-proxy do so.",
        (
            ("`probe-disable`", "removes the probe, which never checked anything"),
            (
                "`dedicated-port`",
                "adds a health port in front of the listener that serves the path, and asks it "
                "by number",
            ),
            ("`through-proxy`", "asks the proxy by the number of its port"),
        ),
        clause=(
            "`{probed}` declares no port of that name, and the kubelet looks in no other container"
        ),
    ),
    Rule(
        COMMAND_MISSING,
        ERROR,
        "The probe runs a command that the image does not have",
        (
            "The images of kube-state-metrics and kube-rbac-proxy hold their one program and "
            "nothing else: no shell, no `curl`, no `wget`. So the command of an `exec` probe "
            "cannot start. Only a command that a volume brings can; then, and with images of "
            "others, the verdict is Unknown.",
            "This failure is hard to see: the kubelet counts its own error neither as a success "
            "nor as a failure. A `readinessProbe` never succeeds, a `startupProbe` neither "
            "succeeds nor restarts the container, and a `livenessProbe` never restarts it, even "
            "when it is dead.",
        ),
        "Ask by `httpGet`, as modes dedicated-port and through-proxy do.",
        (
            ("`probe-disable`", "removes the probe, which never checked anything"),
            (
                "`dedicated-port`",
                "asks by `httpGet`, through a health port where the listener is not in reach",
            ),
            ("`through-proxy`", "asks the proxy by `httpGet`"),
        ),
        clause="the image of `{probed}` holds nothing but {program}",
    ),
    Rule(
        NO_LISTENER,
        ERROR,
        "Nothing listens where the probe dials, or nothing behind the proxy there",
        (
            "The arguments of a program, and the defaults of its version, tell where it listens. "
            "A wrong `port` in the probe or a changed `--port` has this reason. So has a program "
            "that cannot start: with a flag that its version does not know it exits at once. So "
            "has a proxy whose `--upstream` names a port that nothing serves: it answers with 502.",
        ),
        "Correct the port of the probe or the arguments of the program, or use mode "
        "dedicated-port or through-proxy.",
        (
            ("`probe-disable`", "removes the probe"),
            (
                "`dedicated-port`",
                "adds a health port in front of the listener that serves the path",
            ),
            (
                "`through-proxy`",
                "asks the proxy in front of that listener, and adds the path to its "
                "`--ignore-paths`",
            ),
        ),
    ),
    Rule(
        LOOPBACK_ONLY,
        ERROR,
        "The listener is bound to loopback, and the kubelet dials the pod IP",
        (
            "It is right to bind kube-state-metrics to loopback: only the proxy beside it can "
            "reach it. But the kubelet sends a probe without `host` to the pod IP, where nothing "
            "listens. `host: 127.0.0.1` does not help, because that is the loopback of the node. "
            "Only in a pod with `hostNetwork: true` are the two the same, and such a probe "
            "passes. The command of an `exec` probe runs inside the pod and is not affected.",
            "Chart 5.27.0 binds the telemetry listener to loopback and probes it.",
        ),
        "Use mode dedicated-port, which adds a port that answers the health path alone, or "
        "through-proxy, which asks the proxy.",
        (
            ("`probe-disable`", "removes the probe"),
            (
                "`dedicated-port`",
                "adds a health port in front of the listener; with `hostNetwork: true` it needs "
                "none, and the probe gets `host: 127.0.0.1`",
            ),
            (
                "`through-proxy`",
                "asks the proxy in front of the listener, and adds the path to its "
                "`--ignore-paths`",
            ),
        ),
        clause="`{container}` listens on {bound} only ({argument})",
    ),
    Rule(
        SCHEME_MISMATCH,
        ERROR,
        "The probe speaks plain HTTP to TLS, or TLS to plain HTTP",
        (
            "`--secure-listen-address` of kube-rbac-proxy speaks TLS, so a probe of it needs "
            "`scheme: HTTPS`. kube-state-metrics speaks plain HTTP unless `--tls-config` says "
            "otherwise. The kubelet verifies no certificate, so a self-signed one is fine. A "
            "`grpc` probe of either program is a mismatch too: neither answers it.",
        ),
        "Set the `scheme` of the probe to what the listener speaks; modes dedicated-port and "
        "through-proxy do so.",
        (
            ("`probe-disable`", "removes the probe"),
            ("`dedicated-port`", "adds a health port, and asks it with `scheme: HTTPS`"),
            ("`through-proxy`", "sets `scheme: HTTPS`"),
        ),
        clause="`{container}` speaks {spoken} there ({argument})",
    ),
    Rule(
        UNAUTHORIZED,
        ERROR,
        "A proxy demands a token for the path of the probe",
        (
            "kube-rbac-proxy asks for a token on every path but those that `--ignore-paths` names "
            "(patterns of Go's `path.Match`, in which `*` does not match a `/`), and a kubelet "
            "sends none. Charts 6.1.3 and 8.4.0 name `/livez` and `/readyz`, but not the "
            "`/healthz` of the `startupProbe`. A token in the probe's `httpHeaders` would be a "
            "secret in a manifest.",
            "kube-state-metrics 2.16 and later with `--auth-filter` guards its `/metrics` the "
            "same way.",
        ),
        "Add the path to the `--ignore-paths` of the proxy, as mode through-proxy does, or use "
        "mode dedicated-port.",
        (
            ("`probe-disable`", "removes the probe"),
            (
                "`dedicated-port`",
                "adds a health port that answers this path and no other without a token",
            ),
            ("`through-proxy`", "adds the path to the proxy's `--ignore-paths`"),
        ),
        clause="`{container}` demands a {demanded} for it{ignored}",
    ),
    Rule(
        PATH_NOT_ALLOWED,
        ERROR,
        "The --allow-paths of a proxy do not name the path of the probe",
        (
            "kube-rbac-proxy checks `--allow-paths` before it asks for a token: a path that the "
            "flag does not name is answered with 404, and a path that it names still needs a "
            "token. So the flag can never make a probe pass. It excludes `--ignore-paths`: a proxy "
            "with both exits at start.",
        ),
        "Use mode dedicated-port, or replace `--allow-paths` of the proxy by `--ignore-paths`.",
        (
            ("`probe-disable`", "removes the probe"),
            ("`dedicated-port`", "adds a health port beside this proxy"),
            (
                "`through-proxy`",
                "cannot, and says which modes can: the proxy would have to lose its "
                "`--allow-paths`",
            ),
        ),
        clause="the --allow-paths of `{container}` does not name it",
    ),
    Rule(
        PATH_NOT_SERVED,
        ERROR,
        "This version of the program does not serve the path of the probe",
        (
            "kube-state-metrics serves `/healthz` on its main listener, from 2.13 also `/livez` "
            "there and `/readyz` on its telemetry listener. Before 2.14 any other path is a "
            "landing page, which answers 200 and says nothing (Vacuous); from 2.14 it is 404, and "
            "the landing page is at `/`. The version is that of the image's tag; where the tag "
            "tells none and the versions differ, the verdict is Unknown.",
        ),
        "Ask for a path that the version serves on this listener, or use mode dedicated-port or "
        "through-proxy.",
        (
            ("`probe-disable`", "removes the probe"),
            (
                "`dedicated-port`",
                "adds a health port in front of the listener that serves the path",
            ),
            (
                "`through-proxy`",
                "asks the proxy in front of that listener; where there is none, it asks for a "
                "path of the main listener instead",
            ),
        ),
        clause="{server} does not serve {asked} on its {listener} listener",
    ),
    Rule(
        UNKNOWN,
        WARNING,
        "It cannot be known whether the probe passes",
        (
            "Something hides who listens where: an option file, a variable from a ConfigMap or a "
            "Secret, a shell that starts the program, another program that may listen on the port, "
            "a tag without a version, an `exec` probe, a placeholder that is yet to be replaced, "
            "or a `host` that may not be this pod. A "
            "guess could break a probe that passes, so a warning names what hides it, and the "
            "probe is never repaired.",
        ),
        "Write in the manifest what the finding names as hidden, or check the probe by hand.",
        (
            (
                "`probe-disable`, `dedicated-port`, `through-proxy`",
                "leave the probe as it is, with a warning",
            ),
            ("`check`", "warns, and fails where `failOn` names it"),
        ),
    ),
    Rule(
        VACUOUS,
        INFO,
        "The probe passes, and says nothing about kube-state-metrics",
        (
            "Two things answer 200 whatever the state of kube-state-metrics is: the `/healthz` of "
            "the proxy's `--proxy-endpoints-port`, which tells of the proxy alone, and the landing "
            "page of kube-state-metrics, which is at `/` and, before 2.14, at any path that it "
            "does not know. A hung kube-state-metrics goes unnoticed.",
        ),
        "Ask kube-state-metrics itself: set `scope: all` with mode dedicated-port or "
        "through-proxy.",
        (
            ("all, by default", "leave the probe as it is: it passes"),
            (
                "`dedicated-port`, `through-proxy` with `scope: all`",
                "point it at kube-state-metrics itself, as if it failed",
            ),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
        "scope",
    ),
    Rule(
        BYPASS,
        WARNING,
        "A listener answers from outside, beside the proxy that guards it",
        (
            "Everybody who reaches that port reads the metrics without a token, and with them the "
            "names of all objects that kube-state-metrics watches; up to 2.18 the main listener "
            "also serves `/debug/pprof/`. Charts 4.32.0 to 5.27.0 with `kubeRBACProxy.enabled` are "
            "like that: port 9090 answers everybody.",
            "No probe fails for it. But if you close the listener by hand, a probe that dials it "
            "begins to fail, as LoopbackOnly.",
        ),
        "Bind the listener to loopback: `bindLoopback` does so and repairs the probes that dial "
        "it.",
        (
            (
                "`probe-disable`, `dedicated-port`, `through-proxy`",
                "report it as a warning, and leave it open",
            ),
            (
                "the same with `bindLoopback`",
                "bind the listener to loopback and, in the same pass, repair every probe that "
                "this breaks; name the Services and monitors of the input that lead there; refuse "
                "where a lifecycle hook asks that port, and in `probe-disable` where it would "
                "remove a probe that passes",
            ),
            ("`check`", "fails, unless `failOn` leaves it out"),
        ),
        "bindLoopback",
    ),
    Rule(
        PROXY_MISSING,
        INFO,
        "A listener answers from outside, and no proxy guards it",
        (
            "Everybody who reaches the port reads the metrics without a token, and with them the "
            "names of all objects that kube-state-metrics watches. That is how its charts and "
            "examples are by default, and it is fine where a NetworkPolicy, or trust, keeps "
            "others out; so it is a notice and no more.",
            "It is not found where `--auth-filter` (2.16 and later) has kube-state-metrics itself "
            "ask for a token.",
        ),
        "Put kube-rbac-proxy in front of the listener, or set `--auth-filter` (2.16 and later).",
        (
            (
                "`probe-disable`, `dedicated-port`, `through-proxy`",
                "nothing: they add no proxy for metrics",
            ),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
    ),
    Rule(
        HEALTH_PORT_OPEN,
        WARNING,
        "A health port answers others than the node, without a token",
        (
            "A health port answers its one health path to everybody who reaches it, and everything "
            "else with 401. That tells a stranger little, but only the node needs to reach it, and "
            "a NetworkPolicy does not govern what comes from the node. It is found where no "
            "NetworkPolicy of the input keeps others out. Health ports are those of the "
            "containers that `dedicated-port` adds and, with `answeredBy: kube-rbac-proxy`, the "
            "proxies' `--proxy-endpoints-port`.",
            "A policy that is not part of the input is not seen. Policies add up: a client that "
            "such a policy keeps out, the added one lets in. A policy of a network plugin's own "
            "kind is seen and not read, and none is added beside it. A container that a webhook "
            "injects is not seen either: where others must reach its ports, such as those of a "
            "service mesh, add a policy that lets them in.",
        ),
        "Let only the node reach the port: `networkPolicy` with mode dedicated-port adds a "
        "NetworkPolicy.",
        (
            (
                "`dedicated-port` with `networkPolicy`",
                "adds a NetworkPolicy that lets in all that was reachable before, and nobody at "
                "the health ports, those that `proxyFirst` opens included; respects one that "
                "governs the pods already; refuses where other pods have the same labels",
            ),
            ("`probe-disable`, `through-proxy`", "nothing: they add no health port"),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
        "networkPolicy",
    ),
    Rule(
        PORT_TAKEN,
        WARNING,
        "Another workload listens on the same port of the node",
        (
            "Pods with `hostNetwork: true` share the ports of their node. Where two of them listen "
            "on one port, the one that comes second to a node never runs there: the scheduler "
            "keeps it away from a port that both declare, and otherwise its program exits. The "
            "ports of all workloads of the input count: those that they declare and, of programs "
            "that are known, those that they listen on.",
        ),
        "Give one of the two another port.",
        (
            (
                "`dedicated-port`",
                "does not change it; a health port is never one that another workload takes",
            ),
            ("`probe-disable`, `through-proxy`", "nothing: they change no port"),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
    ),
    Rule(
        PROXY_NOT_FIRST,
        INFO,
        "kube-state-metrics starts before the proxy that guards it",
        (
            "Containers of a pod start side by side. Until the proxy listens, nothing that goes "
            "through it works, and a probe that goes through it counts failures. The kubelet waits "
            "for a native sidecar (an init container with `restartPolicy: Always`, Kubernetes 1.29 "
            "and later) with a `startupProbe`: what stands behind it starts when that probe has "
            "passed.",
        ),
        "Make the proxy a native sidecar with a `startupProbe`: `proxyFirst` does so.",
        (
            (
                "each but `check`, with `proxyFirst`",
                "moves the proxies to `initContainers`, with comments and all, and gives each a "
                "`startupProbe` that asks the proxy's own `/healthz`; a Service that names one of "
                "their ports gets the number, since Services find names of sidecars only from "
                "Kubernetes 1.33 on; a Service that cannot, because it selects other pods too, is "
                "named in a warning, and so is a NetworkPolicy, or a ServiceMonitor by "
                "`targetPort`, that names one",
            ),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
        "proxyFirst",
    ),
    Rule(
        PROBES_MISSING,
        INFO,
        "kube-state-metrics lacks a probe",
        (
            "Without a `livenessProbe` or a `readinessProbe` nothing notices a hung "
            "kube-state-metrics until somebody misses its metrics. kube-prometheus has no probes, "
            "and charts 5.33.2 to 6.1.2 dropped them where the proxy is on. Only the probes that "
            "the setting `probes` names are missed.",
        ),
        "Add the probes: `addMissing` with mode dedicated-port or through-proxy does so.",
        (
            (
                "`dedicated-port`, `through-proxy` with `addMissing`",
                "add what is missing, with the timings of the chart and a path that the version "
                "serves, answered as the mode has it",
            ),
            (
                "`probe-disable`",
                "nothing: it works without probes; `alert` has Prometheus watch instead",
            ),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
        "addMissing",
    ),
    Rule(
        API_SERVER_OUTAGE,
        INFO,
        "The livenessProbe fails when the API server is away",
        (
            "From 2.13 on `/livez` of the main listener asks the API server, and answers 503 where "
            "that fails or is slow. The kubelet then restarts kube-state-metrics, which helps "
            "nobody. `/healthz` of the same listener asks nobody else, and a hung "
            "kube-state-metrics answers neither of the two.",
        ),
        "Ask for `/healthz` in the `livenessProbe`; the chart has a value for its path.",
        (
            (
                "`probe-disable`, `dedicated-port`, `through-proxy`",
                "nothing: they keep a path that its author chose",
            ),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
    ),
    Rule(
        PROXY_MAY_NOT_ASK,
        ERROR,
        "The proxy may not ask the API server about tokens",
        (
            "kube-rbac-proxy asks the API server who a token is (a TokenReview), and what that "
            "account may do (a SubjectAccessReview). Both are created in the name of the pod's own "
            "ServiceAccount. Where it may not create the first, every token gets 401, right or "
            "wrong; where it may not create the second, every known token gets 500. Nobody is let "
            "in, and Prometheus gets no metrics.",
            "It is found where the input binds roles to that account, and knows them all. A "
            "RoleBinding cannot grant it, whatever its role says: reviews are in no namespace. "
            "What `--kubeconfig`, `--client-ca-file`, `--oidc-issuer` or a `static` authorization "
            "lets in otherwise is not held against it.",
        ),
        "Bind ClusterRole `system:auth-delegator` to the ServiceAccount with a "
        "ClusterRoleBinding, or add `create` on `tokenreviews` and `subjectaccessreviews` to its "
        "ClusterRole.",
        (
            ("`probe-disable`, `dedicated-port`, `through-proxy`", "nothing: they repair probes"),
            ("`check`", "fails"),
        ),
    ),
    Rule(
        SCRAPE_FAILS,
        WARNING,
        "A monitor of the input asks kube-state-metrics for its metrics, and gets none",
        (
            "With the proxy on, the metrics are behind TLS and a token, at another port than "
            "before. A monitor that still asks for plain HTTP, sends no token or asks the old port "
            "gets 400, 401 or a refused connection: `up` is 0, and nobody is watching any more. "
            "Monitors are ServiceMonitors and PodMonitors.",
            "The tag `cause` tells why, by the same decision as for probes, with the differences "
            "of Prometheus: PortNameUndefined (no Service or container has the port), NoListener, "
            "LoopbackOnly, SchemeMismatch, CertificateUnknown (the certificate is verified, and "
            "the proxy makes a new one at each start), Unauthorized (no token is sent), "
            "PathNotAllowed and PathNotServed (no metrics there).",
        ),
        "Ask the port of the proxy with `scheme: https`, send a token, and let "
        "`tlsConfig.insecureSkipVerify` accept a certificate that the proxy makes itself.",
        (
            ("`probe-disable`, `dedicated-port`, `through-proxy`", "nothing: they repair probes"),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
    ),
    Rule(
        SCRAPE_UNKNOWN,
        INFO,
        "It cannot be known whether a monitor of the input gets metrics",
        (
            "Something hides what is asked, or who answers: relabelings that decide on address, "
            "scheme or path, or drop targets; a proxy of the scraper's own; a scrape class; a "
            "certificate from a file; a password or a client certificate; a placeholder; a port of "
            "a native sidecar, which only newer versions of Kubernetes and Prometheus find; or "
            "what hides a listener from a probe (Unknown).",
        ),
        "Look at the target in Prometheus: `up` and the last error tell.",
        (
            ("`probe-disable`, `dedicated-port`, `through-proxy`", "nothing: they repair probes"),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
    ),
    Rule(
        PERMISSION_NEEDED,
        INFO,
        "The proxy lets in only those with a permission that nothing in the input grants",
        (
            "The `resourceAttributes` in the `--config-file` of kube-rbac-proxy name what an "
            "account must be permitted to `get`, or it gets 403, however right its token is. "
            "Without them it is the path itself, `get` on the non-resource URL `/metrics`, which "
            "every Prometheus is granted. It is told where that file is in the input, somebody "
            "scrapes through the proxy, and no role of the input grants the permission to anybody.",
        ),
        "Grant the permission to the account that scrapes, with a role and a binding.",
        (
            ("`probe-disable`, `dedicated-port`, `through-proxy`", "nothing: they repair probes"),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
    ),
    Rule(
        NO_WORKLOAD,
        INFO,
        "Nothing in the input runs kube-state-metrics",
        (
            "A run that finds no workload of kube-state-metrics has judged nothing: the wrong "
            "files, a `target` that is misspelt, or a source that is not rendered yet. A "
            "HelmRelease or HelmChart, an Argo CD Application, a kustomization and a chart's "
            "template hold no probes; a tool makes the workload from them. A ConfigMap that holds "
            "manifests as text is not judged either.",
            "It is a warning where the `target` names nobody or the input holds such a source, and "
            "a notice elsewhere.",
        ),
        "Give it the manifests as they reach the cluster: the output of `helm template`, "
        "`kustomize build` or `kubectl get -o yaml`.",
        (
            (
                "`probe-disable`, `dedicated-port`, `through-proxy`",
                "say so, and write what came in",
            ),
            ("`check`", "says so, and fails where `failOn` names it"),
        ),
    ),
    Rule(
        UNUSED_SUPPRESSION,
        WARNING,
        "An annotation is there to suppress a finding, and suppresses none",
        (
            "The annotation `ignore.fix-ksm-probes.dev/REASON` of a workload suppresses the "
            "findings of that reason, and its value says why. A suppressed finding is reported as "
            "such, is not repaired, and does not fail the check.",
            "An annotation that names an unknown reason, does not say why, or meets no finding is "
            "out of date or misspelt.",
        ),
        "Remove the annotation, or correct the name of the reason and say why.",
        (
            ("`probe-disable`, `dedicated-port`, `through-proxy`", "report it"),
            ("`check`", "reports it, and fails where `failOn` names it"),
        ),
    ),
)

RULES = {rule.id: rule for rule in _CATALOGUE}
"""All rules by their ids, in the order in which a kubelet would meet them."""


def severity(reason: str) -> str:
    """Return the severity of a finding of this reason that stays as it is."""
    return RULES[reason].severity
