"""Laws of placeholders: what is one, what only looks like one, and when a stream is a template."""

from __future__ import annotations

import pytest

from fix_ksm_probes.manifests.placeholders import (
    find_in_value,
    find_placeholder,
    find_stand_in,
    replace_placeholders,
)
from fix_ksm_probes.pipeline import run

PLACEHOLDERS = {
    "--port=${PORT}": "${PORT}",
    "--port=${port:=8080}": "${port:=8080}",
    "${HOST:-0.0.0.0}:${PORT}": "${HOST:-0.0.0.0}",
    "--port=$PORT": "$PORT",
    "$$${PORT}": "${PORT}",
    ":{{ .Values.port }}": "{{ .Values.port }}",
    "{% if tls %}https{% endif %}": "{% if tls %}",
    "http://<upstream host>:8080/": "<upstream host>",
    "%PORT%": "%PORT%",
    "#{Port}#": "#{Port}#",
    "@PORT@": "@PORT@",
    "@@PORT@@": "@@PORT@@",
    "__PORT__": "__PORT__",
    "--port=___KSM_PORT___": "___KSM_PORT___",
    "--port=<path:secret/data/ksm#port>": "<path:secret/data/ksm#port>",
    "<path:ksm#port | jsonPath {.x}>": "<path:ksm#port | jsonPath {.x}>",
    "--port=<%= @port %>": "<%= @port %>",
    "--port=%{port}": "%{port}",
    "--port=[[ .port ]]": "[[ .port ]]",
    "--port=((ksm-port))": "((ksm-port))",
    "kube-state-metrics:v{VERSION}": "{VERSION}",
    "--port=CHANGEME": "CHANGEME",
    "--host=REPLACE_WITH_HOST": "REPLACE_WITH_HOST",
    "http://YOUR_UPSTREAM/": "YOUR_UPSTREAM",
    "--port=$(params.port)": "$(params.port)",
    '--port=$(params["port"])': '$(params["port"])',
    "--port=$(tasks.render.results.port)": "$(tasks.render.results.port)",
    "--port=$(ksmPort)": "$(ksmPort)",
    "--port=${{ vars.PORT }}": "${{ vars.PORT }}",
    "--port=$[variables.port]": "$[variables.port]",
    "--port=$[[ inputs.port | expand_vars ]]": "$[[ inputs.port | expand_vars ]]",
    "--port={{inputs.parameters.port}}": "{{inputs.parameters.port}}",
    '--port=[[ env "PORT" ]]': '[[ env "PORT" ]]',
    "--port=((vault:team/ksm.port))": "((vault:team/ksm.port))",
    "--port=<<<port>>>": "<<<port>>>",
    "--port=%%port%%": "%%port%%",
    "--port=@project.port@": "@project.port@",
    "--port=__port__": "__port__",
    "--port=__ksm_port__": "__ksm_port__",
    "--upstream=http://__host__:8081/": "__host__",
    "--port=%(port)s": "%(port)s",
    "--port={values.port}": "{values.port}",
    "--port=#port#": "#port#",
    "--port=!PORT!": "!PORT!",
    "--port=$PORT$": "$PORT$",
    "--port=(@= data.values.port @)": "(@= data.values.port @)",
    "--port=ref+vault://secret/ksm#/port": "ref+vault://secret/ksm#/port",
    "--port=vault:secret/data/ksm#port": "vault:secret/data/ksm#port",
    "--port=ENC[AES256_GCM,data:x,type:str]": "ENC[AES256_GCM,data:x,type:str]",
    "--port=REPLACE-ME": "REPLACE-ME",
}
NONE = (
    "",
    "--port=$(PORT)",
    "$$PORT",
    "$${PORT}",
    "^kube_secret_labels$,^kube_.+_annotations$",
    "pods=[*],nodes=[*]",
    "/a%20b%2Fc",
    "/%41b%42",
    "image@sha256:0123456789abcdef",
    "__name__",
    "__metrics_path__",
    "/__heartbeat__",
    "--ignore-paths=/livez,/api/__health__",
    "--namespaces=to#do,a~b~c,d!e!f",
    "^kube_(?P<kind>pod|node)_info$",
    r"^\x{6b}ube_.*$",
    "$$(params.port)",
    "$(KSM_PORT)-$(_PORT2)",
    "a@b.example,c@d.example",
    "a__B__c",
    "{job=~'.+'}",
    "--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "^kube_(pod|node)_((info|labels))$",
    "^[[:alpha:]]{3}$",
    r"^\p{L}+$",
    "--namespaces=change,replaced,your-team",
    "$((PORT))",
    "a < b > c",
    "100%",
    '{"spec":{"resources":[]}}',
)
TEMPLATES = {
    "{{ if .X }}\nkind: A\n---\n{{ end }}\n": "line 1",
    "kind: A\nspec:\n  x:\n{{ toYaml .V | indent 4 }}\n  y: 1\n": "line 4",
    "kind: A\n# {{ no }}\nspec:\n  {{- with .V }}\n  x: 1\n": "line 4",
    "kind: A\n{% if x %}\nspec: 1\n{% endif %}\n": "line 2",
    "{# a comment #}\nkind: A\n": "line 1",
    "kind: A\nport: %PORT%\n": "line 2",
    "kind: A\nspec: {port: ${PORT}}\n": "line 2",
    '{{ include "all" . }}\n': "document 1",
}
NO_TEMPLATES = {
    'kind: A\nb: "x\n': "stdin: not YAML at line 3: while scanning a quoted scalar of line 2",
    "kind: A\n  b: x\n": "stdin: not YAML at line 2: mapping values are not allowed in this "
    "context; found `b:`",
    "kind: A\na: 1\nc: 2\nd: '{{ x }}'\ne: 3\nf: 4\ng: 5\nh: 6\ni: [1\nj: 2\n": "not YAML at line",
    "[a]\nb: 1\n": "expected the beginning of a document; found `b:`",
}


@pytest.mark.parametrize(("text", "found"), PLACEHOLDERS.items())
def test_a_placeholder_is_found_and_replaced(text: str, found: str) -> None:
    assert found == find_placeholder(text)
    assert found not in replace_placeholders(text, "?")
    assert find_placeholder(replace_placeholders(text, "?")) == ""


@pytest.mark.parametrize("text", NONE)
def test_what_kubernetes_reads_itself_is_none(text: str) -> None:
    assert find_placeholder(text) == ""
    assert text == replace_placeholders(text, "?")


def test_kubernetes_puts_in_the_variables_that_a_container_has() -> None:
    text = "$(ksm.port)$(params.port)"

    assert find_placeholder(text, ["ksm.port"]) == "$(params.port)"
    assert replace_placeholders(text, "?", ["ksm.port"]) == "$(ksm.port)?"
    assert find_placeholder(text, ["ksm.port", "params.port"]) == ""
    assert find_placeholder(text, None) == ""


def test_kubernetes_expands_no_variable_but_in_arguments() -> None:
    assert find_in_value({"port": "$(KSM_PORT)"}) == "$(KSM_PORT)"


@pytest.mark.parametrize(
    "text", ["PORT", "KSM_PORT", "[port]", "~port", "<port>", "changeme", "..."]
)
def test_no_number_and_no_name_of_a_port_stands_for_one(text: str) -> None:
    assert find_stand_in(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "http", "http_metrics", "80a", "1.5", "-1", "Metrics", "80 -v=1", '"80"', "$(PORT)"],
)
def test_what_is_only_written_wrongly_stands_for_nothing(text: str) -> None:
    assert find_stand_in(text) == ""


def test_a_placeholder_is_found_in_keys_and_values() -> None:
    assert find_in_value({"a": [1, {"b": "${C}"}]}) == "${C}"
    assert find_in_value({"${A}": None}) == "${A}"
    assert find_in_value({"a": [1, True, None, "b"]}) == ""


@pytest.mark.parametrize(("text", "place"), TEMPLATES.items())
def test_a_stream_that_is_a_template_is_called_one(text: str, place: str) -> None:
    output = run(text.encode(), {})

    said = f"stdin: {place} looks like a Go or Jinja template; render it first"
    assert output.stderr == (f"fix-ksm-probes: error: {said}",)


@pytest.mark.parametrize(("text", "told"), NO_TEMPLATES.items())
def test_what_is_merely_no_yaml_is_told_with_its_line(text: str, told: str) -> None:
    output = run(text.encode(), {})

    assert told in output.stderr[0]
    assert "template" not in output.stderr[0]
