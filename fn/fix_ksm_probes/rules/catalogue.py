"""The catalogue: all there is to say about each reason, in one entry.

Tables and pages of the docs, `--rule`, SARIF rules, `failOn` and the severity of results are made
from it. Texts are Markdown without links; a paragraph is one line.
"""

from __future__ import annotations

from fix_ksm_probes.yamlpatch import NamedTuple

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

# Gaps in the hardening of a pod that is Ready.
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

    `severity` is that of a finding which is not repaired; in mode check `failOn` raises it to an
    error. `remedy` says in one sentence what to do, `repairs` what each mode that repairs does
    about it, and `check` what mode check does if that is more than to report it. `option` is the
    setting that corrects it, empty if a mode does or nothing can. `clause` says why a probe fails;
    analysis/wording.py fills in the words in braces.
    """

    id: str
    severity: str
    meaning: str
    explanation: tuple[str, ...]
    remedy: str
    repairs: tuple[tuple[str, str], ...]
    option: str = ""
    clause: str = ""
    check: str = ""

    @property
    def modes(self) -> tuple[tuple[str, str], ...]:
        """Return what each mode does about it."""
        check = self.check or ("" if self.severity == ERROR else _REPORTED)
        return (*self.repairs, *([("`check`", check)] if check else []))


_REPORTED = "reports it, and fails if `failOn` names it"
_REPAIRS = "`probe-disable`, `dedicated-port`, `through-proxy`"
_HARD_TO_SEE = (
    "This failure is hard to see: the kubelet counts its own error neither as a success nor as a "
    "failure. A `readinessProbe` never succeeds, a `startupProbe` neither succeeds nor restarts "
    "the container, and a `livenessProbe` never restarts it, even when it is dead."
)

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
            _HARD_TO_SEE,
        ),
        "Use the number of the port, or let mode dedicated-port or through-proxy do so.",
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
            "The images of kube-state-metrics and kube-rbac-proxy contain one program and nothing "
            "else: no shell, no `curl`, no `wget`. So the command of an `exec` probe cannot "
            "start, unless a volume provides it. In that case, and with other images, the verdict "
            "is Unknown.",
            _HARD_TO_SEE,
        ),
        "Use `httpGet` instead, as modes dedicated-port and through-proxy do.",
        (
            ("`probe-disable`", "removes the probe, which never checked anything"),
            (
                "`dedicated-port`",
                "uses `httpGet` instead, through a health port if the kubelet cannot reach the "
                "listener",
            ),
            ("`through-proxy`", "uses `httpGet` instead, and asks the proxy"),
        ),
        clause="the image of `{probed}` contains only {program}",
    ),
    Rule(
        NO_LISTENER,
        ERROR,
        "Nothing listens where the probe dials, or behind the proxy there",
        (
            "The arguments of a program, and the defaults of its version, decide where it "
            "listens. Common causes are a wrong `port` in the probe, a changed `--port`, and a "
            "program that exits at start because its version does not know a flag. A proxy whose "
            "`--upstream` names a port that nothing serves has the same reason: it answers 502.",
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
            "Binding kube-state-metrics to loopback is right: only the proxy in the same pod can "
            "reach it. But the kubelet sends a probe without `host` to the pod IP, where nothing "
            "listens. `host: 127.0.0.1` does not help, because that is the loopback of the node. "
            "In a pod with `hostNetwork: true` the two are the same, so such a probe passes. The "
            "command of an `exec` probe runs inside the pod and is not affected.",
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
        clause="`{container}` speaks {spoken} there ({said})",
    ),
    Rule(
        UNAUTHORIZED,
        ERROR,
        "A proxy requires a token for the path of the probe",
        (
            "kube-rbac-proxy requires a token for every path except those in `--ignore-paths` "
            "(patterns of Go's `path.Match`, in which `*` does not match a `/`), and the kubelet "
            "sends none. Charts 6.1.3 and 8.4.0 list `/livez` and `/readyz`, but not the "
            "`/healthz` of the `startupProbe`. Do not put a token into the probe's `httpHeaders`: "
            "it would be a secret in a manifest.",
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
        clause="`{container}` requires a {demanded} for it{ignored}",
    ),
    Rule(
        PATH_NOT_ALLOWED,
        ERROR,
        "The --allow-paths of a proxy does not name the path of the probe",
        (
            "kube-rbac-proxy checks `--allow-paths` before the token: it answers 404 for a path "
            "that the flag does not name, and still requires a token for a path that it names. So "
            "the flag can never make a probe pass. A proxy with both `--allow-paths` and "
            "`--ignore-paths` exits at start.",
        ),
        "Use mode dedicated-port, or replace `--allow-paths` of the proxy by `--ignore-paths`.",
        (
            ("`probe-disable`", "removes the probe"),
            ("`dedicated-port`", "adds a health port beside this proxy"),
            (
                "`through-proxy`",
                "cannot repair it as long as the proxy has `--allow-paths`, and names the modes "
                "that can",
            ),
        ),
        clause="the --allow-paths of `{container}` does not name it",
    ),
    Rule(
        PATH_NOT_SERVED,
        ERROR,
        "This version of the program does not serve the path of the probe",
        (
            "kube-state-metrics serves `/healthz` on its main listener and, from 2.13, also "
            "`/livez` there and `/readyz` on its telemetry listener. Before 2.14 every other path "
            "shows the landing page, which answers 200 in any state (Vacuous). From 2.14 only `/` "
            "shows it, and other paths answer 404. The tag of the image gives the version. If it "
            "gives none, and versions differ, the verdict is Unknown.",
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
                "asks the proxy in front of that listener or, if there is none, asks for a path "
                "of the main listener",
            ),
        ),
        clause="{server} does not serve {asked} on its {listener} listener",
    ),
    Rule(
        UNKNOWN,
        WARNING,
        "The manifest does not show whether the probe passes",
        (
            "Something hides which program listens on which address: an option file or a ConfigMap "
            "that the input lacks, a variable from a Secret, a shell that starts the program, "
            "another program that may listen on the port, a tag without a version, an `exec` "
            "probe, a placeholder that is not replaced yet, or a `host` that may not be this pod. "
            "A guess could break a probe that passes. So the function never repairs such a probe, "
            "and a warning names the cause.",
        ),
        "Put the value that the finding misses into the manifest, or check the probe by hand.",
        ((_REPAIRS, "leave the probe as it is, with a warning"),),
        check="warns, and fails if `failOn` names it",
    ),
    Rule(
        VACUOUS,
        INFO,
        "The probe passes, but says nothing about kube-state-metrics",
        (
            "Such a probe asks for the `/healthz` of the proxy's `--proxy-endpoints-port`, which "
            "reports only on the proxy, or for the landing page of kube-state-metrics, which is "
            "at `/` and, before 2.14, at every unknown path. Both answer 200 whatever the state "
            "of kube-state-metrics, so the kubelet may not notice that it hangs.",
        ),
        "Ask kube-state-metrics itself: set `scope: all` with mode dedicated-port or "
        "through-proxy.",
        (
            ("all, by default", "leave the probe as it is: it passes"),
            (
                "`dedicated-port`, `through-proxy` with `scope: all`",
                "point it at kube-state-metrics itself, as if it failed",
            ),
        ),
        "scope",
    ),
    Rule(
        BYPASS,
        WARNING,
        "Clients can reach a listener past the proxy that guards it",
        (
            "Anyone who can reach that port can read the metrics without a token, and with them "
            "the names of all objects that kube-state-metrics watches. Up to 2.18 the main "
            "listener also serves `/debug/pprof/`. Charts 4.32.0 to 5.27.0 with "
            "`kubeRBACProxy.enabled` have this gap: port 9090 answers anyone.",
            "No probe fails because of it. But after you bind the listener to loopback by hand, a "
            "probe that dials it fails as LoopbackOnly.",
        ),
        "Bind the listener to loopback: `bindLoopback` does so, and repairs the probes that dial "
        "it.",
        (
            (_REPAIRS, "report it as a warning, and leave it open"),
            (
                "the same with `bindLoopback`",
                "bind the listener to loopback and, in the same run, repair every probe that this "
                "breaks; name the Services and monitors in the input that lead there, or, with "
                "`fixScrapes`, have the monitors ask the proxy; refuse if a lifecycle hook uses "
                "that port, or if `probe-disable` would remove a probe that passes",
            ),
        ),
        "bindLoopback",
        check="fails, unless `failOn` leaves it out",
    ),
    Rule(
        PROXY_MISSING,
        INFO,
        "Clients can reach a listener, and no proxy guards it",
        (
            "Anyone who can reach the port can read the metrics without a token, and with them "
            "the names of all objects that kube-state-metrics watches. Its charts and examples do "
            "this by default, and it is fine where a NetworkPolicy limits the clients, so it is "
            "only a notice.",
            "It is not reported if `--auth-filter` (2.16 and later) makes kube-state-metrics "
            "itself require a token.",
        ),
        "Put kube-rbac-proxy in front of the listener, or set `--auth-filter` (2.16 and later).",
        ((_REPAIRS, "nothing: they add no proxy for metrics"),),
    ),
    Rule(
        HEALTH_PORT_OPEN,
        WARNING,
        "A health port answers clients other than the node without a token",
        (
            "A health port answers its one health path to any client, and every other path with "
            "401. That reveals little, but only the node needs the port, and a NetworkPolicy does "
            "not block traffic from the node. This is reported if no NetworkPolicy in the input "
            "limits the clients. Health ports are those of the containers that `dedicated-port` "
            "adds and, with `answeredBy: kube-rbac-proxy`, the `--proxy-endpoints-port` of the "
            "proxies.",
            "The function does not see a policy outside the input. Policies add up, so the added "
            "one allows clients that such a policy blocks. If the input has a policy of a network "
            "plugin's own kind, the function does not interpret it, and adds none. It does not "
            "see a container that a webhook injects: if clients must reach its ports, as in a "
            "service mesh, add a policy that allows them.",
        ),
        "Let only the node reach the port: `networkPolicy` with mode dedicated-port adds a "
        "NetworkPolicy.",
        (
            (
                "`dedicated-port` with `networkPolicy`",
                "adds a NetworkPolicy that allows what was reachable before, except the health "
                "ports, also those that `proxyFirst` opens; adds none if a policy already limits "
                "the pods; refuses if other pods have the same labels",
            ),
            ("`probe-disable`, `through-proxy`", "nothing: they add no health port"),
        ),
        "networkPolicy",
    ),
    Rule(
        PORT_TAKEN,
        WARNING,
        "Another workload listens on the same port of the node",
        (
            "Pods with `hostNetwork: true` share the ports of their node. If two of them use one "
            "port, the second one on a node never runs: the scheduler does not place it there if "
            "both declare the port, and otherwise its program exits. The check covers all "
            "workloads in the input: the ports that they declare and, for known programs, those "
            "that they listen on.",
        ),
        "Give one of the two another port.",
        (
            ("`dedicated-port`", "does not change it; never uses such a port as a health port"),
            ("`probe-disable`, `through-proxy`", "nothing: they change no port"),
        ),
    ),
    Rule(
        PROXY_NOT_FIRST,
        INFO,
        "kube-state-metrics starts before the proxy that guards it",
        (
            "The containers of a pod start side by side. Until the proxy listens, every request "
            "through it fails, and so does a probe. The kubelet waits for a native sidecar (an "
            "init container with `restartPolicy: Always`, Kubernetes 1.29 and later) with a "
            "`startupProbe`: the containers after it start when that probe passes.",
        ),
        "Make the proxy a native sidecar with a `startupProbe`: `proxyFirst` does so.",
        (
            (
                "`probe-disable`, `dedicated-port`, `through-proxy` with `proxyFirst`",
                "move the proxies to `initContainers`, with their comments, and give each a "
                "`startupProbe` that asks the proxy's own `/healthz`; in a Service, replace the "
                "name of such a port by its number, since Services find port names of sidecars "
                "only from Kubernetes 1.33; warn if the Service selects other pods too, or if a "
                "NetworkPolicy, or a ServiceMonitor with `targetPort`, names such a port",
            ),
        ),
        "proxyFirst",
    ),
    Rule(
        PROBES_MISSING,
        INFO,
        "kube-state-metrics lacks a probe",
        (
            "Without a `livenessProbe` or a `readinessProbe`, nothing notices a hung "
            "kube-state-metrics until someone misses its metrics. kube-prometheus has no probes, "
            "and charts 5.33.2 to 6.1.2 drop them if the proxy is on. The setting `probes` limits "
            "which probes count as missing.",
        ),
        "Add the probes: `addMissing` with mode dedicated-port or through-proxy does so.",
        (
            (
                "`dedicated-port`, `through-proxy` with `addMissing`",
                "add the missing probes, with the timings of the chart and a path that the "
                "version serves; the mode decides who answers them",
            ),
            ("`probe-disable`", "nothing; `alert` makes Prometheus watch instead"),
        ),
        "addMissing",
    ),
    Rule(
        API_SERVER_OUTAGE,
        INFO,
        "The livenessProbe fails when the API server is unavailable",
        (
            "From 2.13, `/livez` of the main listener asks the API server, and answers 503 if "
            "that fails or is slow. The kubelet then restarts kube-state-metrics, which does not "
            "help. `/healthz` of the same listener does not ask the API server, and a hung "
            "kube-state-metrics answers neither path.",
        ),
        "Use `/healthz` in the `livenessProbe`; the chart has a value for its path.",
        ((_REPAIRS, "nothing: they keep the path that you chose"),),
    ),
    Rule(
        PROXY_MAY_NOT_ASK,
        ERROR,
        "The proxy may not ask the API server about tokens",
        (
            "kube-rbac-proxy asks the API server whose token a request has (a TokenReview), and "
            "what that account may do (a SubjectAccessReview). It creates both as the "
            "ServiceAccount of the pod. If that may not create TokenReviews, the proxy answers 401 "
            "to every token. If it may not create SubjectAccessReviews, the proxy answers 500 to "
            "every valid token. Either way Prometheus gets no metrics.",
            "It is reported if the input binds roles to the ServiceAccount and contains all of "
            "these roles. A RoleBinding cannot grant the permission, whatever its role says, "
            "because reviews belong to no namespace. It is not reported if `--kubeconfig`, "
            "`--client-ca-file`, `--oidc-issuer` or a `static` authorization lets clients in "
            "without that permission.",
        ),
        "Bind ClusterRole `system:auth-delegator` to the ServiceAccount with a ClusterRoleBinding, "
        "or allow its ClusterRole to `create` `tokenreviews` and `subjectaccessreviews`, as "
        "`fixScrapes` does.",
        (
            (_REPAIRS, "nothing: they repair probes"),
            (
                "the same with `fixScrapes`",
                "add the rules to the ClusterRole of the ServiceAccount, if it is bound to no "
                "other account; otherwise say why they do not",
            ),
        ),
        "fixScrapes",
        check="fails",
    ),
    Rule(
        SCRAPE_FAILS,
        WARNING,
        "A monitor in the input scrapes kube-state-metrics and gets no metrics",
        (
            "With the proxy on, the metrics are on another port, behind TLS and a token. A monitor "
            "that still uses plain HTTP, sends no token or asks the old port gets 400, 401 or a "
            "refused connection: `up` is 0, and nothing watches kube-state-metrics any more. "
            "Monitors are ServiceMonitors, PodMonitors, VMServiceScrapes, VMPodScrapes, and "
            "ScrapeConfigs that name the Service in `staticConfigs`. If none of them selects the "
            "pods, the `prometheus.io/scrape` annotations of the Services and the pods count, with "
            "`scheme`, `port` and `path`.",
            "The tag `cause` says why. The decision is the same as for probes, except where "
            "Prometheus differs: PortNameUndefined (no Service or container has the port), "
            "NoListener, LoopbackOnly, SchemeMismatch, CertificateUnknown (Prometheus verifies the "
            "certificate, and the proxy makes a new one at each start), Unauthorized (the monitor "
            "sends no token), PathNotAllowed and PathNotServed (no metrics there).",
        ),
        "Ask the port of the proxy with `scheme: https`, send a token and, if the proxy makes its "
        "own certificate, set `tlsConfig.insecureSkipVerify`: `fixScrapes` does so.",
        (
            (_REPAIRS, "nothing: they repair probes"),
            (
                "the same with `fixScrapes`",
                "set scheme, token, port and `tlsConfig.insecureSkipVerify` where they are wrong, "
                "and say what that costs; leave the monitor as it is, and say why, if its author "
                "chose the path, if it also scrapes other Services or pods, or if it takes a token "
                "only from a Secret and the input does not show which one",
            ),
        ),
        "fixScrapes",
    ),
    Rule(
        SCRAPE_UNKNOWN,
        INFO,
        "The input does not show whether a monitor gets metrics",
        (
            "Something hides what the monitor asks for, or what answers: relabelings that depend "
            "on the address, scheme or path, or that drop targets; a proxy that the scraper itself "
            "uses; a scrape class, or the job that reads annotations, which may provide a token "
            "and certificates; a certificate from a file; a password or a client certificate; a "
            "token for another audience, or `rewrites` in the configuration of the proxy; a "
            "placeholder; a port of a native sidecar, which only newer versions of Kubernetes and "
            "Prometheus find; or anything that hides a listener from a probe (Unknown).",
        ),
        "Look at the target in Prometheus: `up` and the last error show it.",
        (
            (_REPAIRS, "nothing: they repair probes"),
            ("the same with `fixScrapes`", "leave the monitor as it is, with a notice"),
        ),
    ),
    Rule(
        PERMISSION_NEEDED,
        INFO,
        "The proxy requires a permission that no role in the input grants",
        (
            "The `resourceAttributes` in the `--config-file` of kube-rbac-proxy name what an "
            "account must be allowed to `get`. The proxy answers 403 to every other account, even "
            "with a valid token. Without `resourceAttributes`, the permission is `get` on the path "
            "itself, the non-resource URL `/metrics`, which every Prometheus has. It is reported "
            "if that file is in the input, something scrapes through the proxy, and no role in the "
            "input grants the permission to anyone.",
        ),
        "Grant the permission to the account that scrapes, with a role and a binding.",
        ((_REPAIRS, "nothing: they repair probes"),),
    ),
    Rule(
        NO_WORKLOAD,
        INFO,
        "Nothing in the input runs kube-state-metrics",
        (
            "The run checked no probe. Common causes are the wrong files, a misspelt `target`, or "
            "a source that is not rendered yet. A HelmRelease, a HelmChart, an Argo CD "
            "Application, a kustomization and the template of a chart contain no probes; a tool "
            "makes the workload from them. The function does not look into a ConfigMap that "
            "contains manifests as text.",
            "It is a warning if the `target` matches nothing or the input contains such a source, "
            "and a notice otherwise.",
        ),
        "Use the manifests as they reach the cluster: the output of `helm template`, `kustomize "
        "build` or `kubectl get -o yaml`.",
        ((_REPAIRS, "report it, and write the input unchanged"),),
    ),
    Rule(
        UNUSED_SUPPRESSION,
        WARNING,
        "An annotation that should suppress a finding suppresses none",
        (
            "The annotation `ignore.fix-ksm-probes.dev/REASON` of a workload suppresses the "
            "findings of that reason, and its value says why. A suppressed finding is reported as "
            "such, is not repaired, and does not fail the check.",
            "Such an annotation names an unknown reason, does not say why, or matches no finding: "
            "it is misspelt or out of date.",
        ),
        "Remove the annotation, or correct the name of the reason and say why.",
        ((_REPAIRS, "report it"),),
    ),
)

RULES = {rule.id: rule for rule in _CATALOGUE}
"""All rules by their ids, in the order in which a kubelet would meet them."""
