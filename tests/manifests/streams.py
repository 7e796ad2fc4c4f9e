"""Streams whose items are spelled to mislead a search for items."""

from __future__ import annotations

from hypothesis import strategies as st

_POD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ksm
spec:
  template:
    spec:
      containers:
      - name: kube-state-metrics
        image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0
        args:
        - --host=127.0.0.1
        - --port=8080
        livenessProbe:
          httpGet:
            path: /livez
            port: 8080
"""
BROKEN = _POD.replace("name: ksm", "name: broken")
_SPELLED_OUT = _POD.replace(
    "image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0",
    r'image: "kube\x2dstate\u002dmetrics:v2.15.0"',
).replace("- name: kube-state-metrics", '- name: "x"')
_BY_ALIAS = "kind: Deployment\nspec: {template: {spec: {containers: [{name: x, image: *image}]}}}\n"

# Each is an item, without its dash.
ITEMS = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: b\n",
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: b\nspec:\n  ports: []\n",
    'kind: A\nquoted: "one\n- two\n\n  three"\n',
    "kind: A\nquoted: 'one\n- it''s\n- kind: B'\n",
    'kind: A\nquoted: "a string\n' + BROKEN.replace("apiVersion", "- apiVersion") + '"\n',
    'kind: A\nscript: |\n  - one\n  if [ -z "$x" ]; then echo \'a\n  # kube-state-metrics\n',
    "kind: A\nscript: |+\n  one\n\n\n",
    "kind: A\nscript: >\n  one '\n  - two\n\n# a comment 'with a quote\n",
    'kind: A\nscript: |\n  one\r- kind: "B\n- kind: C"\n',
    'kind: A\nscript: |\n  one\x85- kind: "B\n- kind: C"\n',
    "kind: A\nmarks: |\n  ---\n  ...\n  - x\n",
    'kind: A\nflow: {a: ["x", \'y\'], b: {c: "d\n- e"}}\n',
    "kind: A\nflow: [a,\n- b\n]\n",
    "kind: A\nempty: \"\"\nnone: ''\nlist: []\nmap: {}\n",
    "kind: A\nanchor: &image kube-state-metrics:v2.15.0\n",
    "kind: A\nplain: it's a \"plain\" text\n  and goes on 'here\n",
    "kind: A\n\"quoted key\": 'x'\n? complex\n: value\n",
    'kind: A\ntwo: "a b: "\nodd: a"b: "c"\n',
    "kind: A\nescaped: \"a \\\" b\"\nlast: 'b'' '\n",
    "kind: A\ntag: !!str 1\nother: !x [y]\n",
    '{"kind": "A", "image": "kube-state-metrics", "template": 1}\n',
    "kind: List\nitems:\n- kind: A\n- kind: B\n",
    BROKEN,
    _POD,
    _SPELLED_OUT,
)
# Each makes a stream that cannot be read, or not wherever it stands.
WRONG = (
    "kind: A\nalias: *image\n",
    _BY_ALIAS,
    "kind: A\nkind: A\n",
    "[kind, A]\n",
    "plain\n",
    'kind: A\nplain: it\'s a "plain" text, [not] {quoted}\n  and goes on: no\n',
    'kind: A\nscript: |-\n    - one "\n   less\n',
    "kind: A\nopen: 'quoted\n",
    "kind: A\nopen: [\n",
)
_TOKENS = (
    *('"', "'", "''", '\\"', "\\", "[", "]", "{", "}", "#", " #", "|", ">", "|-\n", ": ", "- "),
    *("\n", "\n- ", "\n---\n", "\n...\n", "\t", "\r", "\x85", "\u2028", "\ufeff", "é"),
    *("&a ", "*a ", "*image", "kube-state-metrics", "template:", '"kube\\x2d', "\\\n", "? ", "%"),
    *("items:\n", "\nitems:\n", "\nkind: ResourceList\n", "Pod\n", ", ", ',"', ' "', " '"),
)
_CONFIG = """\
functionConfig:
  apiVersion: fix-ksm-probes.dev/v1alpha1
  kind: FixKSMProbes
  spec:
    mode: MODE
"""
MODES = ("probe-disable", "dedicated-port", "check")


@st.composite
def streams(draw: st.DrawFn, mutations: int = 3) -> bytes:
    """Draw a ResourceList, a List, or documents, with `mutations` tokens added or removed."""
    items = draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=7))
    if draw(st.integers(0, 9)) == 0:
        items.insert(draw(st.integers(0, len(items))), draw(st.sampled_from(WRONG)))
    form = draw(st.sampled_from(("resource list", "config first", "list", "documents")))
    indent = draw(st.sampled_from(("", "  ")))
    text = written(items, form, indent).replace("MODE", draw(st.sampled_from(MODES)))
    for _ in range(draw(st.integers(0, mutations))):
        place = draw(st.integers(0, len(text)))
        taken = draw(st.integers(0, 3))
        text = text[:place] + draw(st.sampled_from(_TOKENS)) + text[place + taken :]
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    if draw(st.integers(0, 4)) == 0:
        text = text.replace("\n", "\r\n")
    return text.encode()


def written(items: list[str], form: str, indent: str) -> str:
    if form == "documents":
        return "---\n".join(items)
    listed = "items:\n" + "".join(_listed(item, indent) for item in items)
    if form == "list":
        return "apiVersion: v1\n" + listed + "kind: List\n"
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
    return head + (_CONFIG + listed if form == "config first" else listed + _CONFIG)


def _listed(item: str, indent: str) -> str:
    # What begins a line in a quoted scalar or in brackets stays where it is.
    lines = item.splitlines(keepends=True)
    rest = ("  " + line if not line.startswith(("- ", "]")) else line for line in lines[1:])
    return "".join(indent + line for line in ("- " + lines[0], *rest))
